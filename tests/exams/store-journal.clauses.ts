/** Clauses of the store's exam: the journal. */
import assert from 'node:assert/strict';
import { noFates } from '#model/fates.ts';
import { journal, journalEvent, journalize, journalPage, record } from './store-history-subject.ts';
import { ALPHA, BETA, NOON, requestId, requestRecord, type StoreClause } from './store-subject.ts';
import { batch, reopened } from './store-waiting-subject.ts';

export const JOURNAL_CLAUSES: readonly StoreClause[] = [
  {
    name: 'an empty journal has no ends, and its reader stays where it is',
    check: async (subject) => {
      assert.deepEqual(await journalPage(subject), { events: [], through: 0, first: 0, last: 0 });
      assert.deepEqual(await journalPage(subject, { after: 7 }), { events: [], through: 7, first: 0, last: 0 });
    },
  },
  {
    name: 'journal events are kept in order, numbered from 1, and read as they were written (law 10)',
    check: async (subject) => {
      const [one, two, three] = [
        journalEvent(1, { tally: '{}' }),
        journalEvent(2, { type: 'status', requestIds: [], event: '{"😀":"\\u0000 ☃"}' }),
        journalEvent(3, { type: 'metrics', requestIds: [], time: NOON }),
      ];
      assert.equal(await journalize(subject, one, two), 2);
      const again = await reopened(subject);
      assert.equal(await journalize(again, three), 3);
      const expected = [one, two, three].map(({ id, type, time, event }, at) => ({
        id,
        type,
        time,
        event,
        ordinal: at + 1,
      }));
      assert.deepEqual(await journalPage(again), { events: expected, through: 3, first: 1, last: 3 });
      const other = await again.reader.journal(BETA, { after: 0, limit: 9, maxBytes: 9_999 });
      assert.deepEqual(other, { events: [], through: 0, first: 0, last: 0 });
    },
  },
  {
    name: 'a batch that is taken back leaves no journal event, and its ordinals are given to the next',
    check: async (subject) => {
      await journalize(subject, journalEvent(1));
      const failing = batch(subject, async (transaction) => {
        assert.equal(await transaction.appendJournal([journalEvent(2), journalEvent(3)]), 3);
        throw new RangeError('the caller gives up');
      });
      await assert.rejects(failing, RangeError);
      assert.equal(await journalize(subject, journalEvent(4)), 2);
      const events = await journal(subject);
      assert.deepEqual(
        events.map(({ ordinal, id }) => [ordinal, id]),
        [
          [1, journalEvent(1).id],
          [2, journalEvent(4).id],
        ],
      );
    },
  },
  {
    name: 'a page of the journal is bounded by events and by bytes, and the next goes on where it ended (law 6)',
    check: async (subject) => {
      const texts = [10, 20, 300, 5, 5, 5].map((length) => JSON.stringify('ä'.repeat(length)));
      await journalize(subject, ...texts.map((event, at) => journalEvent(at, { event })));
      const ordinals = async (request: object): Promise<unknown> => {
        const { events, through } = await journalPage(subject, request);
        return [events.map(({ ordinal }) => ordinal), through];
      };
      assert.deepEqual(await ordinals({ limit: 2 }), [[1, 2], 2]);
      assert.deepEqual(await ordinals({ after: 2, limit: 2 }), [[3, 4], 4]);
      assert.deepEqual(await ordinals({ after: 4, limit: 2 }), [[5, 6], 6]);
      assert.deepEqual(await ordinals({ after: 6, limit: 2 }), [[], 6]);
      assert.deepEqual(await ordinals({ after: 9 }), [[], 9]);
      assert.deepEqual(await ordinals({ maxBytes: 63 }), [[1], 1], '22 and 42 bytes, for they are UTF-8');
      assert.deepEqual(await ordinals({ maxBytes: 64 }), [[1, 2], 2]);
      assert.deepEqual(await ordinals({ after: 2, maxBytes: 1 }), [[3], 3], 'one event at least');
      assert.deepEqual(await ordinals({ after: 3, maxBytes: 36 }), [[4, 5, 6], 6]);
    },
  },
  {
    name: 'journal events are filtered by type, time and request, and nothing is left out between pages',
    check: async (subject) => {
      const types = ['results', 'status', 'metrics'] as const;
      await record(subject, 4);
      const all = Array.from({ length: 30 }, (_, n) => {
        const requestIds = n === 8 ? [4, 5] : [n];
        return journalEvent(n, { type: types[n % 3] ?? 'results', requestIds: requestIds.map(requestId) });
      });
      await journalize(subject, ...all);
      const times = { from: NOON + 5_000, to: NOON + 20_000 };
      const requests = [
        {},
        { types: ['status'] },
        { types: ['status', 'metrics'], ...times },
        { types: [] },
        { from: times.from },
        { to: times.to },
        { from: NOON + 90_000 },
        { to: NOON },
        { requestId: requestId(5) },
        { requestId: requestId(17), types: ['metrics'] },
        { requestId: requestId(17), types: ['status'] },
        { requestId: requestId(99) },
      ] as const;
      for (const request of requests) {
        const {
          types: some,
          from = 0,
          to = Infinity,
          requestId: of,
        } = { types: undefined, requestId: undefined, ...request } as {
          types?: readonly string[];
          from?: number;
          to?: number;
          requestId?: string;
        };
        const expected = all.flatMap(({ type, time, requestIds, id }) => {
          const isWanted = (some?.includes(type) ?? true) && time >= from && time < to;
          return isWanted && (of === undefined || (requestIds as readonly string[]).includes(of)) ? [id] : [];
        });
        for (const limit of [1, 2, 100]) {
          const found = await journal(subject, { ...request, limit });
          assert.deepEqual(
            found.map(({ id }) => id),
            expected,
            JSON.stringify({ ...request, limit }),
          );
        }
      }
    },
  },
  {
    name: 'the events of a request are found however long it waited, and when it is not recorded',
    check: async (subject) => {
      const { finishedAt: _, ...pending } = requestRecord(2, { acceptedAt: NOON });
      await batch(subject, (transaction) =>
        transaction.recordRequests([requestRecord(1, { acceptedAt: NOON, finishedAt: NOON + 5_000 }), pending]),
      );
      const about = [[1, 2, 3], [], [2, 3], [1], [2, 3]];
      await journalize(subject, ...about.map((ids, n) => journalEvent(n + 2, { requestIds: ids.map(requestId) })));
      const ordinals = async (n: number): Promise<number[]> =>
        (await journal(subject, { requestId: requestId(n) })).map(({ ordinal }) => ordinal);
      assert.deepEqual(await ordinals(1), [1, 4]);
      assert.deepEqual(await ordinals(2), [1, 3, 5]);
      assert.deepEqual(await ordinals(3), [1, 3, 5]);
    },
  },
  {
    name: 'the records of requests are given within the batch as it has left them (law 2)',
    check: async (subject) => {
      const counts = { ...noFates(), received: 3, created: 1, pending: 2 };
      const { finishedAt: _, ...pending } = requestRecord(1, { counts, correlationId: 'c-1', lane: 'high' });
      await subject.store.transaction(ALPHA, (transaction) => transaction.recordRequests([pending, requestRecord(2)]));
      const change = { ...noFates(), failed: 2, pending: -2 };
      const seen = await subject.store.transaction(ALPHA, async (transaction) => {
        await transaction.recordRequests([requestRecord(3)]);
        await transaction.settleRequests([{ requestId: requestId(1), counts: change, at: NOON + 7 }]);
        assert.deepEqual(await transaction.requestsOf([]), []);
        return await transaction.requestsOf([requestId(9), requestId(3), requestId(1)]);
      });
      const settled = { ...pending, counts: { ...counts, failed: 2, pending: 0 }, finishedAt: NOON + 7 };
      const byId = seen.toSorted((a, b) => (a.requestId < b.requestId ? -1 : 1));
      assert.deepEqual(byId, [settled, requestRecord(3)]);
    },
  },
  {
    name: 'tallies are read by time, in order, those of the same batch too',
    check: async (subject) => {
      await journalize(subject, journalEvent(1, { tally: '1' }), journalEvent(2), journalEvent(3, { tally: '3' }));
      await batch(subject, async (transaction) => {
        await transaction.appendJournal([journalEvent(4, { tally: '4' }), journalEvent(2, { tally: '2' })]);
        const between = (from: number, to: number): Promise<readonly string[]> =>
          transaction.journalTallies(NOON + from, NOON + to);
        assert.deepEqual(await between(1_000, 4_001), ['1', '3', '4', '2']);
        assert.deepEqual(await between(1_001, 4_000), ['3', '2']);
        assert.deepEqual(await between(5_000, 9_000), []);
      });
      assert.equal((await subject.reader.journal(ALPHA, { after: 0, limit: 9, maxBytes: 9_999 })).last, 5);
    },
  },
];
