import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from './rpc.ts';
import { Caller } from './rpc.ts';
import { StoreClient } from './store-client.ts';
import type { StoreConnection } from './store-client.ts';
import type { MunchkinId } from '#model/words.ts';
import { QueryError } from '#ports/store-reader.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;

/** A store process that answers every call with the name of the called method. */
function answeringCaller(): Caller {
  const listeners: ((message: Message) => void)[] = [];
  return new Caller({
    onMessage: (listener) => listeners.push(listener),
    send: (message) => {
      if (!('ask' in message)) return;
      for (const listener of listeners) listener({ answer: message.ask, value: message.method });
    },
  });
}

function connection(ready: StoreConnection['ready']): StoreConnection {
  return { current: () => undefined, ready, kill: () => assert.fail('nothing is stuck') };
}

test('a call that comes before the store process is ready waits for it', async () => {
  const started = Promise.withResolvers<Caller>();
  const client = new StoreClient(connection(() => started.promise));
  const totals = client.totals(WORKSPACE);
  started.resolve(answeringCaller());
  assert.equal(await totals, 'totals');
});

test('a store process that cannot be started makes the call unavailable', async () => {
  const client = new StoreClient(connection(() => Promise.reject(new Error('too late'))));
  await assert.rejects(client.totals(WORKSPACE), (error) => {
    assert.ok(error instanceof QueryError);
    assert.equal(error.reason, 'unavailable');
    return true;
  });
});

test('whoever gives up while the store process starts gets the own reason back', async () => {
  const mine = new Error('mine');
  const client = new StoreClient(connection((signal) => Promise.reject(signal.reason as Error)));
  const query = { query: 'select 1', timeoutMs: 1000 };
  await assert.rejects(client.sql(WORKSPACE, query, AbortSignal.abort(mine)), mine);
});

test('a reading that a hanging store process never answers is given up (law 6)', async () => {
  const hanging = new Caller({ onMessage: () => undefined, send: () => undefined });
  const client = new StoreClient(
    connection(() => Promise.resolve(hanging)),
    20,
  );
  await assert.rejects(client.totals(WORKSPACE), { name: 'QueryError', reason: 'unavailable' });
});
