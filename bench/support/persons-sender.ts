/** The sender's process: told once what to send and where, tells once how long it took. */
import { bodiesOf, mixedNumbers, postAll } from './persons-load.ts';
import type { Persons, Sent, SendRequest } from './persons-process.ts';

const CONNECTIONS = 8;

process.once('message', (message) => void send(message as { to: SendRequest; persons: Persons }));

async function send({ to, persons }: { to: SendRequest; persons: Persons }): Promise<void> {
  const { first, count, existing } = persons;
  const numbers = existing === 0 ? range(first, first + count) : mixedNumbers(existing, count);
  const bodies = Array.from(bodiesOf(numbers, existing === 0 ? 0 : 1), (body) => Buffer.from(body));
  const begun = performance.now();
  const ids = await postAll({ ...to, connections: CONNECTIONS }, bodies.values());
  const seconds = (performance.now() - begun) / 1000;
  const sent: Sent = { begunAt: performance.timeOrigin + begun, seconds, lastRequestId: ids.at(-1) ?? '' };
  process.send?.(sent);
}

function* range(from: number, to: number): Generator<number> {
  for (let n = from; n < to; n += 1) yield n;
}
