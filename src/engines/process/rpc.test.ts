import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryError } from '#ports/store-reader.ts';
import { StoreError } from '#ports/store.ts';
import { Caller, serveCalls } from './rpc.ts';
import type { Channel, Handler, Message } from './rpc.ts';

/** Two ends in one process; every message is cloned, as on its way to another one. */
function channelPair(): { near: Channel; far: Channel; sent: Message[] } {
  const listeners = { near: [] as ((message: Message) => void)[], far: [] as ((message: Message) => void)[] };
  const sent: Message[] = [];
  const end = (own: 'near' | 'far', other: 'near' | 'far'): Channel => ({
    send(message) {
      const copy = structuredClone(message);
      sent.push(copy);
      setImmediate(() => listeners[other].forEach((listener) => listener(copy)));
    },
    onMessage: (listener) => void listeners[own].push(listener),
  });
  return { near: end('near', 'far'), far: end('far', 'near'), sent };
}

function serving(handlers: Record<string, Handler>): { caller: Caller; sent: Message[] } {
  const { near, far, sent } = channelPair();
  serveCalls(far, new Map(Object.entries(handlers)));
  return { caller: new Caller(near), sent };
}

test('answers find their calls, whatever the order in which they come', async () => {
  const slow = Promise.withResolvers<string>();
  const { caller } = serving({ slow: () => slow.promise, quick: async ([text]) => text });
  const waiting = caller.call('slow', []);
  assert.equal(await caller.call('quick', ['now']), 'now');
  slow.resolve('later');
  assert.equal(await waiting, 'later');
});

test('errors that callers tell apart keep their class and reason', async () => {
  const query = new QueryError('memory', 'too much');
  const store = new StoreError('rejected', 'not this');
  const range = new RangeError('out of it');
  const { caller } = serving({
    query: () => Promise.reject(query),
    store: () => Promise.reject(store),
    range: () => Promise.reject(range),
  });
  await assert.rejects(caller.call('query', []), query);
  await assert.rejects(caller.call('store', []), store);
  await assert.rejects(caller.call('range', []), { name: 'RangeError', message: 'out of it' });
});

test('a call that nobody knows, and a value that cannot cross, fail alone', async () => {
  const { caller } = serving({ uncloneable: async () => () => 1, fine: async () => 1 });
  await assert.rejects(caller.call('nothing', []), /no such call: nothing/);
  await assert.rejects(caller.call('uncloneable', []), { name: 'DataCloneError' });
  assert.equal(await caller.call('fine', []), 1);
});

test('aborting aborts the handler over there, before and during the call', async () => {
  const { caller } = serving({
    wait: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new QueryError('timeout', 'ended')));
      }),
  });
  const controller = new AbortController();
  const during = caller.call('wait', [], controller.signal);
  setImmediate(() => controller.abort());
  await assert.rejects(during, QueryError);
  await assert.rejects(caller.call('wait', [], AbortSignal.abort()), QueryError);
});

test('a call that has ended leaves nothing at its signal', async () => {
  const { caller, sent } = serving({ fine: async () => 1 });
  const controller = new AbortController();
  await caller.call('fine', [], controller.signal);
  const before = sent.length;
  controller.abort();
  assert.equal(sent.length, before);
});

test('when the other end is gone every open call fails, and every later one', async () => {
  const { caller } = serving({ hang: () => new Promise(() => undefined) });
  const open = [caller.call('hang', []), caller.call('hang', [])];
  const gone = new QueryError('unavailable', 'it ended');
  caller.fail(gone);
  for (const call of [...open, caller.call('hang', [])]) await assert.rejects(call, gone);
});
