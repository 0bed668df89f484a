/** Clauses of the store's exam: batches, checkpoints, requests and failures. */
import assert from 'node:assert/strict';
import { addFates, noFates } from '#model/fates.ts';
import { LANES, type Position } from '#model/words.ts';
import { journalEvent, journalPage, onePerRow } from './store-history-subject.ts';
import {
  ALPHA,
  append,
  BETA,
  EMAIL,
  eventColumn,
  eventRows,
  eventTable,
  failureRecord,
  field,
  NOON,
  personRun,
  readEvents,
  requestId,
  requestRecord,
  type StoreClause,
  type StoreSubject,
  upsertPersons,
} from './store-subject.ts';
import { waiting, waitingCar, waitingPerson } from './store-waiting-subject.ts';

const TABLE = eventTable([eventColumn('v', 'integer')]);

/** A batch that touches everything. */
async function fullBatch(subject: StoreSubject, n: number, outcome: 'commit' | 'roll back'): Promise<void> {
  await subject.store.transaction(ALPHA, async (transaction) => {
    await transaction.definePersons([EMAIL, field(`made${n}`)]);
    await transaction.defineCustomObject({
      apiName: `type${n}`,
      displayName: '',
      fields: [field('k')],
      dedupeFields: ['k'],
    });
    await transaction.defineEventTable(TABLE);
    await transaction.defineEventTable({ ...TABLE, table: `made${n}` });
    const run = personRun([{ email: `${n}@b.c` }, { email: 'same@b.c' }], { fields: [EMAIL] });
    await transaction.upsertPersons(onePerRow(run, n));
    await transaction.appendJournal([journalEvent(n)]);
    await transaction.appendEvents(eventRows(TABLE, 'v', [n]));
    const { finishedAt: _, ...request } = requestRecord(n, { counts: { ...noFates(), received: 3, pending: 3 } });
    await transaction.recordRequests([request]);
    await transaction.recordFailures([failureRecord(n, 1)]);
    const counts = { ...noFates(), created: 2, failed: 1, pending: -3 };
    await transaction.settleRequests([{ requestId: requestId(n), counts, at: NOON + n }]);
    await transaction.recordResults([{ requestId: requestId(1), index: n, outcome: 'created', identity: n }]);
    await transaction.markReplayed([{ requestId: requestId(n), index: 1 }], requestId(n + 1));
    await transaction.addWaiting([waitingPerson(`${n}@b.c`), waitingCar(`${n}`, `${n + 1}@b.c`)]);
    await transaction.advance('high', n as Position);
    await transaction.advance('events', (n * 2) as Position);
    if (outcome === 'roll back') throw new RangeError('the caller gives up');
  });
}

async function everything(subject: StoreSubject): Promise<unknown> {
  return {
    persons: await subject.objects(ALPHA, 'persons'),
    tables: await subject.reader.eventTables(ALPHA),
    written: [...(await subject.store.eventTables(ALPHA))].sort(([a], [b]) => (a < b ? -1 : 1)),
    events: await readEvents(subject),
    requests: await subject.reader.requests(ALPHA, { limit: 100 }),
    failures: await subject.reader.failures(ALPHA, { limit: 100 }),
    results: await subject.reader.results(ALPHA, requestId(1)),
    waiting: await waiting(subject),
    summary: await subject.store.waiting(ALPHA),
    fates: await subject.reader.fates(ALPHA, { of: { type: 'persons', identity: 2 }, limit: 100 }),
    journal: await journalPage(subject),
    totals: await subject.reader.totals(ALPHA),
    checkpoint: await subject.store.checkpoint(ALPHA),
    seen: await subject.reader.checkpoint(ALPHA),
  };
}

export const BATCH_CLAUSES: readonly StoreClause[] = [
  {
    name: 'a new store has applied nothing (law 3)',
    check: async ({ store, reader }) => {
      assert.deepEqual(await store.checkpoint(ALPHA), { high: 0, normal: 0, events: 0 });
      assert.deepEqual(await reader.checkpoint(ALPHA), { high: 0, normal: 0, events: 0 });
      assert.equal((await reader.totals(ALPHA)).received, 0);
    },
  },
  {
    name: 'all of a batch becomes visible with its checkpoint (law 3)',
    check: async (subject) => {
      await fullBatch(subject, 1, 'commit');
      await fullBatch(subject, 2, 'commit');
      assert.deepEqual(await subject.store.checkpoint(ALPHA), { high: 2, normal: 0, events: 4 });
      assert.deepEqual(await subject.reader.checkpoint(ALPHA), { high: 2, normal: 0, events: 4 });
      assert.deepEqual(await readEvents(subject), [{ v: 1 }, { v: 2 }]);
      assert.equal((await subject.objects(ALPHA, 'persons')).length, 3);
      assert.equal((await subject.reader.totals(ALPHA)).received, 6);
      assert.deepEqual(await subject.reader.checkpoint(BETA), { high: 0, normal: 0, events: 0 });
    },
  },
  {
    name: 'of a batch that is rolled back nothing is left, and the next one works (law 3)',
    check: async (subject) => {
      await fullBatch(subject, 1, 'commit');
      const before = await everything(subject);
      await assert.rejects(fullBatch(subject, 2, 'roll back'), RangeError);
      assert.deepEqual(await everything(subject), before);
      await fullBatch(subject, 3, 'commit');
      assert.deepEqual(await readEvents(subject), [{ v: 1 }, { v: 3 }]);
    },
  },
  {
    name: 'nothing of a batch is seen before its commit',
    check: async (subject) => {
      await append(subject, eventRows(TABLE, 'v', [1]));
      await subject.store.transaction(ALPHA, async (transaction) => {
        await transaction.appendEvents(eventRows(TABLE, 'v', [2]));
        await transaction.addWaiting([waitingPerson('a@b.c')]);
        await transaction.recordResults([{ requestId: requestId(1), index: 0, outcome: 'failed', code: '1003' }]);
        await transaction.advance('high', 5 as Position);
        assert.deepEqual(await readEvents(subject), [{ v: 1 }]);
        assert.deepEqual(await waiting(subject), []);
        assert.deepEqual(await subject.reader.results(ALPHA, requestId(1)), []);
        assert.deepEqual(await subject.store.waiting(ALPHA), { objects: 0 });
        assert.equal((await subject.reader.checkpoint(ALPHA)).high, 0);
      });
      assert.deepEqual(await readEvents(subject), [{ v: 1 }, { v: 2 }]);
      assert.equal((await waiting(subject)).length, 1);
      assert.equal((await subject.reader.results(ALPHA, requestId(1))).length, 1);
    },
  },
  {
    name: 'a second transaction of a workspace at once, and a schema after rows, are programmer errors',
    check: async (subject) => {
      await subject.store.transaction(ALPHA, async (transaction) => {
        await assert.rejects(
          subject.store.transaction(ALPHA, async () => {}),
          { name: 'AssertionError' },
        );
        await subject.store.transaction(BETA, async () => {});
        await transaction.advance('high', 1 as Position);
        await assert.rejects(transaction.definePersons([EMAIL]), { name: 'AssertionError' });
      });
    },
  },
  {
    name: 'the result of the work is the result of the transaction',
    check: async ({ store }) => {
      assert.equal(await store.transaction(ALPHA, async () => 42), 42);
    },
  },
  {
    name: 'requests come back whole, by id and newest first, filtered and paged',
    check: async (subject) => {
      const { finishedAt: _, ...pending } = requestRecord(2, { kind: 'event', type: 'db.tbl', lane: 'events' });
      const sent = [
        requestRecord(1, { correlationId: `it's "c"`, requestSource: '日本', lane: 'high' }),
        pending,
        requestRecord(3, { warnings: [{ code: 'w', message: 'key "a" at 0' }] }),
      ];
      await subject.store.transaction(ALPHA, async (transaction) => await transaction.recordRequests(sent));
      const { reader } = subject;
      for (const request of sent) assert.deepEqual(await reader.request(ALPHA, request.requestId), request);
      assert.equal(await reader.request(ALPHA, requestId(9)), undefined);
      assert.deepEqual(await reader.requests(ALPHA, { limit: 2 }), [sent[2], sent[1]]);
      assert.deepEqual(await reader.requests(ALPHA, { limit: 2, before: requestId(2) }), [sent[0]]);
      assert.deepEqual(await reader.requests(ALPHA, { limit: 9, state: 'pending' }), [sent[1]]);
      assert.deepEqual(await reader.requests(ALPHA, { limit: 9, state: 'done', kind: 'person' }), [sent[2], sent[0]]);
      assert.deepEqual(await reader.requests(ALPHA, { limit: 9, from: NOON + 2, to: NOON + 3 }), [sent[1]]);
      assert.deepEqual(await reader.requests(ALPHA, { limit: 9, correlationId: `it's "c"` }), [sent[0]]);
    },
  },
  {
    name: 'failures come back whole, by request and index, filtered and paged',
    check: async (subject) => {
      const sent = [
        failureRecord(1, 2),
        failureRecord(1, 10, { code: '1006', object: '{"a":"\\ud800"}' }),
        failureRecord(2, -1, { kind: 'event', type: 'db.tbl', key: '{}', object: 'AP8=' }),
      ];
      await subject.store.transaction(
        ALPHA,
        async (transaction) => await transaction.recordFailures(sent.toReversed()),
      );
      const { reader } = subject;
      assert.deepEqual(await reader.failures(ALPHA, { limit: 9 }), sent);
      assert.deepEqual(await reader.failures(ALPHA, { limit: 1, after: { requestId: requestId(1), index: 2 } }), [
        sent[1],
      ]);
      assert.deepEqual(await reader.failures(ALPHA, { limit: 9, after: { requestId: requestId(1), index: 10 } }), [
        sent[2],
      ]);
      assert.deepEqual(await reader.failures(ALPHA, { limit: 9, requestId: requestId(1), code: '1006' }), [sent[1]]);
      assert.deepEqual(await reader.failures(ALPHA, { limit: 9, kind: 'event' }), [sent[2]]);
    },
  },
  {
    name: 'totals sum all requests, and add up (law 2)',
    check: async (subject) => {
      for (const n of [1, 2]) {
        await subject.store.transaction(ALPHA, async (transaction) => {
          await transaction.recordRequests([requestRecord(n), requestRecord(n + 10)]);
        });
      }
      const { workspace, lanes, quarantine: _, ...totals } = await subject.reader.totals(ALPHA);
      assert.equal(workspace, ALPHA);
      assert.deepEqual(totals, { received: 12, created: 8, updated: 0, stored: 0, deleted: 0, failed: 4, pending: 0 });
      assert.deepEqual(lanes, { high: noFates(), normal: totals, events: noFates() });
    },
  },
  {
    name: 'totals are kept by lane, and the lanes add up to them (law 2)',
    check: async (subject) => {
      const counts = { ...noFates(), received: 5, created: 1, pending: 4 };
      await subject.store.transaction(ALPHA, async (transaction) => {
        const { finishedAt: _, ...pending } = requestRecord(1, { counts });
        await transaction.recordRequests(LANES.map((lane, at) => ({ ...pending, requestId: requestId(at + 1), lane })));
        await transaction.recordRequests([requestRecord(9, { lane: 'high' })]);
      });
      const change = { ...noFates(), failed: 2, pending: -2 };
      await subject.store.transaction(ALPHA, async (transaction) => {
        await transaction.settleRequests([2, 3, 3].map((n) => ({ requestId: requestId(n), counts: change, at: NOON })));
      });
      const { workspace: _, lanes, quarantine: __, ...totals } = await subject.reader.totals(ALPHA);
      assert.deepEqual(lanes, {
        high: { ...counts, received: 8, created: 3, failed: 1 },
        normal: { ...counts, failed: 2, pending: 2 },
        events: { ...counts, failed: 4, pending: 0 },
      });
      const sum = noFates();
      for (const lane of LANES) addFates(sum, lanes[lane]);
      assert.deepEqual(totals, sum);
    },
  },
  {
    name: 'everything is there after the store was closed and opened again',
    check: async (subject) => {
      if (subject.reopen === undefined) return;
      await fullBatch(subject, 1, 'commit');
      const before = await everything(subject);
      const again = await subject.reopen();
      assert.deepEqual(await everything(again), before);
      await fullBatch(again, 2, 'commit');
      assert.deepEqual(await readEvents(again), [{ v: 1 }, { v: 2 }]);
      const outcomes = await upsertPersons(again, personRun([{ email: 'SAME@b.c' }, { email: 'third@b.c' }]));
      assert.deepEqual(outcomes, ['updated', 'created']);
      const ids = (await again.objects(ALPHA, 'persons')).map(({ identity }) => identity);
      assert.equal(new Set(ids).size, 4);
      await again[Symbol.asyncDispose]();
    },
  },
];
