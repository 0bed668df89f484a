/** Clauses of the store's exam: fates that change, results for waiting senders, and replay. */
import assert from 'node:assert/strict';
import { type FailureRef, noFates, type ObjectResult, type RequestChange, type WorkspaceTotals } from '#model/fates.ts';
import type { FateCounts } from '#model/words.ts';
import {
  ALPHA,
  BETA,
  failureRecord,
  NOON,
  requestId,
  requestRecord,
  type StoreClause,
  type StoreSubject,
} from './store-subject.ts';
import { batch } from './store-waiting-subject.ts';

/** A request of three objects of which this many are pending, and the others created. */
function pendingRequest(n: number, pending: number): ReturnType<typeof requestRecord> {
  const { finishedAt: _, ...request } = requestRecord(n);
  return { ...request, counts: { ...noFates(), received: 3, created: 3 - pending, pending } };
}

function change(n: number, counts: Partial<RequestChange['counts']>, at: number = NOON + 100): RequestChange {
  return { requestId: requestId(n), counts: { ...noFates(), ...counts }, at };
}

async function settle(subject: StoreSubject, ...changes: RequestChange[]): Promise<void> {
  await batch(subject, (transaction) => transaction.settleRequests(changes));
}

const NONE = { objects: 0, bytes: 0 };

function inNormal(counts: FateCounts): WorkspaceTotals['lanes'] {
  return { high: noFates(), normal: counts, events: noFates() };
}

export const REPLAY_CLAUSES: readonly StoreClause[] = [
  {
    name: 'what became of pending objects is added to their requests and to the totals (law 2)',
    check: async (subject) => {
      const { reader } = subject;
      const requests = [pendingRequest(1, 3), pendingRequest(2, 2), requestRecord(3)];
      await batch(subject, (transaction) => transaction.recordRequests(requests));
      await settle(
        subject,
        change(1, { created: 1, failed: 1, pending: -2 }, NOON + 50),
        change(2, { updated: 1, pending: -1 }, NOON + 60),
        change(2, { deleted: 1, pending: -1 }, NOON + 70),
      );
      const one = { received: 3, created: 1, updated: 0, stored: 0, deleted: 0, failed: 1, pending: 1 };
      assert.deepEqual(await reader.request(ALPHA, requestId(1)), { ...requests[0], counts: one });
      const two = { received: 3, created: 1, updated: 1, stored: 0, deleted: 1, failed: 0, pending: 0 };
      assert.deepEqual(await reader.request(ALPHA, requestId(2)), {
        ...requests[1],
        counts: two,
        finishedAt: NOON + 70,
      });
      assert.deepEqual(await reader.request(ALPHA, requestId(3)), requests[2]);
      const sum = { received: 9, created: 4, updated: 1, stored: 0, deleted: 1, failed: 2, pending: 1 };
      assert.deepEqual(await reader.totals(ALPHA), {
        workspace: ALPHA,
        ...sum,
        lanes: inNormal(sum),
        quarantine: NONE,
      });
      await settle(subject, change(1, { stored: 1, pending: -1 }, NOON + 90));
      const done = { ...requests[0], counts: { ...one, stored: 1, pending: 0 }, finishedAt: NOON + 90 };
      assert.deepEqual(await reader.request(ALPHA, requestId(1)), done);
      const all = { ...sum, stored: 1, pending: 0 };
      assert.deepEqual(await reader.totals(ALPHA), {
        workspace: ALPHA,
        ...all,
        lanes: inNormal(all),
        quarantine: NONE,
      });
    },
  },
  {
    name: 'a request may be settled in the batch that recorded it, and among many',
    check: async (subject) => {
      const numbers = Array.from({ length: 2_000 }, (_, n) => n + 1);
      await batch(subject, async (transaction) => {
        await transaction.recordRequests(numbers.map((n) => pendingRequest(n, 1)));
        await transaction.settleRequests([change(7, { created: 1, pending: -1 })]);
      });
      const odd = numbers.filter((n) => n % 2 === 1 && n !== 7);
      await settle(subject, ...odd.map((n) => change(n, { failed: 1, pending: -1 }, NOON + n)));
      const { reader } = subject;
      const done = await reader.requests(ALPHA, { state: 'done', limit: 5_000 });
      assert.equal(done.length, 1_000);
      assert.ok(done.every((request) => request.requestId === requestId(7) || request.counts.failed === 1));
      assert.equal((await reader.request(ALPHA, requestId(1_999)))?.finishedAt, NOON + 1_999);
      assert.equal((await reader.totals(ALPHA)).pending, 1_000);
    },
  },
  {
    name: 'requests are filtered by their state: pending is not done, retrying has objects that wait',
    check: async (subject) => {
      const requests = [requestRecord(1), pendingRequest(2, 1), pendingRequest(3, 2)];
      await batch(subject, (transaction) => transaction.recordRequests(requests));
      await settle(subject, change(3, { created: 2, pending: -2 }));
      const ids = async (state: 'pending' | 'retrying' | 'done'): Promise<unknown> =>
        (await subject.reader.requests(ALPHA, { state, limit: 9 })).map((request) => request.requestId);
      assert.deepEqual(await ids('retrying'), [requestId(2)]);
      assert.deepEqual(await ids('pending'), [requestId(2)]);
      assert.deepEqual(await ids('done'), [requestId(3), requestId(1)]);
    },
  },
  {
    name: 'a replay names the requests whose objects it tries again',
    check: async (subject) => {
      const replay = requestRecord(3, { replayOf: [requestId(1), requestId(2)] });
      await batch(subject, (transaction) => transaction.recordRequests([requestRecord(1), replay]));
      assert.deepEqual(await subject.reader.request(ALPHA, requestId(3)), replay);
      assert.deepEqual(await subject.reader.requests(ALPHA, { limit: 9 }), [replay, requestRecord(1)]);
    },
  },
  {
    name: 'failed objects are found by request and index, in the order asked, those of the same batch too',
    check: async (subject) => {
      const { settings: _, ...unreadable } = failureRecord(2, -1, { object: 'AP8=' });
      const kept = [failureRecord(1, 0), failureRecord(1, 7, { code: '1006' }), unreadable];
      const refs: FailureRef[] = [
        [2, -1],
        [1, 7],
        [9, 0],
        [1, 0],
        [1, 1],
        [1, 7],
      ].map(([n = 0, index = 0]) => ({ requestId: requestId(n), index }));
      const expected = [kept[2], kept[1], undefined, kept[0], undefined, kept[1]];
      await batch(subject, async (transaction) => {
        await transaction.recordFailures(kept);
        assert.deepEqual(await transaction.failures(refs), expected);
      });
      await batch(subject, async (transaction) => {
        assert.deepEqual(await transaction.failures(refs), expected);
        assert.deepEqual(await transaction.failures([]), []);
      });
    },
  },
  {
    name: 'failures keep what their request said of them, or that it could not be read',
    check: async (subject) => {
      const { settings: _, ...unreadable } = failureRecord(4, -1);
      const kept = [
        failureRecord(1, 0, {
          settings: { kind: 'person', partitionName: `EM'EA`, dedupeFields: ['a', 'b'], action: 'createDuplicate' },
        }),
        failureRecord(2, 0, { settings: { kind: 'customObject', apiName: 'cars', dedupeBy: 'marketoGUID' } }),
        failureRecord(3, 0, { settings: { kind: 'event', database: 'db', table: 't', ip: '::1', userAgent: 'ü"' } }),
        unreadable,
      ];
      await batch(subject, (transaction) => transaction.recordFailures(kept));
      assert.deepEqual(await subject.reader.failures(ALPHA, { limit: 9 }), kept);
    },
  },
  {
    name: 'what was replayed says by which request, and nothing else does',
    check: async (subject) => {
      const kept = [failureRecord(1, 0), failureRecord(1, 1), failureRecord(2, 0), failureRecord(2, 1)];
      await batch(subject, (transaction) => transaction.recordFailures(kept));
      const replay = requestId(9);
      await batch(subject, async (transaction) => {
        await transaction.markReplayed([kept[1], kept[2], failureRecord(3, 0)] as FailureRef[], replay);
        const [marked] = await transaction.failures([{ requestId: requestId(1), index: 1 }]);
        assert.equal(marked?.replayedBy, replay);
      });
      const marked = kept.map((failure, at) => (at === 1 || at === 2 ? { ...failure, replayedBy: replay } : failure));
      const { reader } = subject;
      assert.deepEqual(await reader.failures(ALPHA, { limit: 9 }), marked);
      assert.deepEqual(await reader.failures(ALPHA, { limit: 9, replayed: true }), marked.slice(1, 3));
      assert.deepEqual(await reader.failures(ALPHA, { limit: 9, replayed: false }), [kept[0], kept[3]]);
    },
  },
  {
    name: 'failures are filtered by type',
    check: async (subject) => {
      const kept = ['persons', 'cars', 'db.tbl'].map((type, at) => failureRecord(at + 1, 0, { type }));
      await batch(subject, (transaction) => transaction.recordFailures(kept));
      assert.deepEqual(await subject.reader.failures(ALPHA, { limit: 9, type: 'cars' }), [kept[1]]);
      assert.deepEqual(await subject.reader.failures(ALPHA, { limit: 9, type: 'db.tbl', code: '1003' }), [kept[2]]);
      assert.deepEqual(await subject.reader.failures(ALPHA, { limit: 9, type: 'vans' }), []);
    },
  },
  {
    name: 'results come back whole and by index, those of one request alone',
    check: async (subject) => {
      const of = (n: number, index: number, rest: Omit<ObjectResult, 'requestId' | 'index'>): ObjectResult => ({
        requestId: requestId(n),
        index,
        ...rest,
      });
      const results = [
        of(1, 2, { outcome: 'failed', code: '1003', message: `Invalid value for field 'x' and value '日"'` }),
        of(2, 0, { outcome: 'deleted', identity: 7 }),
        of(1, 10, { outcome: 'updated', identity: 'c9b8f8f0-0000-4000-8000-000000000001' }),
        of(1, 0, { outcome: 'created', identity: 12 }),
      ];
      await batch(subject, (transaction) => transaction.recordResults(results));
      assert.deepEqual(await subject.reader.results(ALPHA, requestId(1)), [results[3], results[0], results[2]]);
      assert.deepEqual(await subject.reader.results(ALPHA, requestId(2)), [results[1]]);
      assert.deepEqual(await subject.reader.results(ALPHA, requestId(3)), []);
      assert.deepEqual(await subject.reader.results(BETA, requestId(1)), []);
    },
  },
];
