import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from './rpc.ts';
import { Caller } from './rpc.ts';
import { StoreClient } from './store-client.ts';
import type { StoreConnection } from './store-client.ts';
import { serveStore } from './store-server.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { Applying } from '#ports/applying.ts';
import { StoreError } from '#ports/store.ts';
import { type JournalPage, QueryError, type StoreReader } from '#ports/store-reader.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const REQUEST = '019aae10-0000-7000-8000-000000000001' as RequestId;

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

/** Callers of one process that serves `offered` in another; every message is cloned, as on its way to one. */
function servedBy(offered: Partial<StoreReader & Applying>): Caller {
  const near: ((message: Message) => void)[] = [];
  const far: ((message: Message) => void)[] = [];
  const end = (own: typeof near, other: typeof near): ConstructorParameters<typeof Caller>[0] => ({
    onMessage: (listener) => own.push(listener),
    send(message) {
      const copy = structuredClone(message);
      for (const listener of other) listener(copy);
    },
  });
  const offering = offered as StoreReader & Applying;
  serveStore(end(far, near), offering, offering);
  return new Caller(end(near, far));
}

test('what waits, results, objects and a rehearsal are asked for and answered across the channel as they are', async () => {
  const asked: unknown[] = [];
  const object = { identity: 7, values: [9223372036854775807n, null, 'a', true] };
  const rehearsed = { requestId: REQUEST, index: 2, outcome: 'created', overwrites: ['email'] } as const;
  const client = new StoreClient(
    connection(async () =>
      servedBy({
        results: async (...args) => (asked.push(args), [{ requestId: REQUEST, index: 0, outcome: 'deleted' }]),
        waiting: async (...args) => (asked.push(args), []),
        objects: async (...args) => (asked.push(args), { rows: [object], hasMore: true }),
        rehearseReplay: async (workspace, refs) => (asked.push([workspace, refs]), [rehearsed]),
      }),
    ),
  );
  const filter = { requestId: REQUEST, after: { requestId: REQUEST, index: 3 }, limit: 5 };
  const page = { type: 'persons', fields: ['id'], match: { fields: ['leadScore'], keys: [[2n ** 62n]] }, limit: 1 };
  const refs = [{ requestId: REQUEST, index: 2 }];
  assert.deepEqual(await client.results(WORKSPACE, REQUEST), [{ requestId: REQUEST, index: 0, outcome: 'deleted' }]);
  assert.deepEqual(await client.waiting(WORKSPACE, filter), []);
  assert.deepEqual(await client.objects(WORKSPACE, page), { rows: [object], hasMore: true });
  assert.deepEqual(await client.rehearseReplay(WORKSPACE, refs, AbortSignal.timeout(10_000)), [rehearsed]);
  assert.deepEqual(asked, [
    [WORKSPACE, REQUEST],
    [WORKSPACE, filter],
    [WORKSPACE, page],
    [WORKSPACE, refs],
  ]);
});

test('fates, the journal, the horizon and a note cross the channel as they are', async () => {
  const asked: unknown[] = [];
  const fate = { requestId: REQUEST, index: 1, type: 'cars', outcome: 'deleted', identity: 'g', decidedAt: 7 } as const;
  const page = {
    events: [{ ordinal: 4, id: 'i', type: 'status', time: 5, event: '{}' }],
    through: 4,
    first: 2,
    last: 4,
  };
  const client = new StoreClient(
    connection(async () =>
      servedBy({
        fates: async (...args) => (asked.push(args), [fate]),
        journal: async (...args) => (asked.push(args), page as JournalPage),
        retainedFrom: async (...args) => (asked.push(args), 9),
        note: async (...args) => void asked.push(args),
      }),
    ),
  );
  const filter = { of: { type: 'cars', identity: 'g' }, after: { requestId: REQUEST, index: 0 }, limit: 2 };
  const wanted = { after: 3, types: ['status'], limit: 1, maxBytes: 2 } as const;
  const note = { type: 'metrics', from: 1, to: 2, rejected: { '606': 3 } } as const;
  assert.deepEqual(await client.fates(WORKSPACE, filter), [fate]);
  assert.deepEqual(await client.journal(WORKSPACE, wanted), page);
  assert.equal(await client.retainedFrom(WORKSPACE), 9);
  assert.equal(await client.note(WORKSPACE, note), undefined);
  assert.deepEqual(asked, [[WORKSPACE, filter], [WORKSPACE, wanted], [WORKSPACE], [WORKSPACE, note]]);
});

test('a note that the store cannot take is refused with its reason', async () => {
  const full = new StoreError('unavailable', 'the disk is full');
  const client = new StoreClient(connection(async () => servedBy({ note: () => Promise.reject(full) })));
  const note = { type: 'metrics', from: 1, to: 2, rejected: {} } as const;
  await assert.rejects(client.note(WORKSPACE, note), { name: 'StoreError', reason: 'unavailable' });
});

test('a rehearsal that a hanging store process never answers ends with its signal, which crosses the channel', async () => {
  const mine = new Error('mine');
  const crossed = Promise.withResolvers<void>();
  const hanging = servedBy({
    rehearseReplay: (_workspace, _refs, signal) => {
      signal.addEventListener('abort', () => crossed.resolve());
      return new Promise(() => undefined);
    },
  });
  const controller = new AbortController();
  const client = new StoreClient(connection(() => Promise.resolve(hanging)));
  const rehearsal = client.rehearseReplay(WORKSPACE, [], controller.signal);
  setImmediate(() => controller.abort(mine));
  await assert.rejects(rehearsal, mine);
  await crossed.promise;
});
