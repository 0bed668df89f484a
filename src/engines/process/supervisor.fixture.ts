/** A store process that does nothing but live, answer and die: `ready` when started, `pid` and `die` when asked. */
import { channelToParent } from './channel.ts';
import { serveCalls } from './rpc.ts';
import { TOPICS } from './store-server.ts';

const channel = channelToParent();
const never = Promise.withResolvers<never>().promise;

serveCalls(
  channel,
  new Map([
    ['pid', async () => process.pid],
    ['die', async () => process.exit(3)],
    ['hang', () => never],
  ]),
);
channel.onMessage((message) => {
  if ('tell' in message && message.tell === TOPICS.start) channel.send({ tell: TOPICS.ready, value: undefined });
  if ('tell' in message && message.tell === TOPICS.wake) channel.send({ tell: 'woken', value: message.value });
});
process.on('disconnect', () => process.exit(0));
