/** Clauses of the store's exam: how much the quarantine holds, and what it loses. */
import assert from 'node:assert/strict';
import type { FailureRecord, Quarantine } from '#model/fates.ts';
import { noFates } from '#model/fates.ts';
import { failureBytes, idsBefore, KEPT_BYTES } from '#model/retention.ts';
import {
  ALPHA,
  failureRecord,
  NOON,
  requestId,
  requestRecord,
  type StoreClause,
  type StoreSubject,
} from './store-subject.ts';
import { batch, reopened } from './store-waiting-subject.ts';

const NO_BOUND = Number.MAX_SAFE_INTEGER;
const NOW = NOON + 500_000;
const ONE = failureBytes(failureRecord(1, 0));

/** A failure of request `n`, which failed so many seconds after noon. */
function failedAt(n: number, second: number, members: Partial<FailureRecord> = {}): FailureRecord {
  return failureRecord(n, 0, { failedAt: NOON + second * 1000, ...members });
}

async function fail(subject: StoreSubject, ...failures: readonly FailureRecord[]): Promise<void> {
  await batch(subject, (transaction) => transaction.recordFailures(failures));
}

/** A request that was accepted so many seconds after noon, and whose one object has failed or waits. */
async function request(subject: StoreSubject, n: number, second: number, pending = 0): Promise<void> {
  const acceptedAt = NOON + second * 1000;
  const counts = { ...noFates(), received: 1 + pending, failed: 1, pending };
  const finished = pending === 0 ? { finishedAt: acceptedAt } : {};
  await batch(subject, (transaction) =>
    transaction.recordRequests([requestRecord(n, { acceptedAt, counts, ...finished })]),
  );
}

async function retain(subject: StoreSubject, seconds: number, maxBytes: number): Promise<void> {
  const before = NOON + seconds * 1000;
  await batch(subject, (transaction) => transaction.retain({ before, maxBytes, now: NOW }));
}

/** `n` is replayed by a request that was accepted so many seconds after noon. */
async function replay(subject: StoreSubject, n: number, second: number): Promise<void> {
  const refs = [{ requestId: requestId(n), index: 0 }];
  await batch(subject, (transaction) => transaction.markReplayed(refs, idsBefore(NOON + second * 1000)));
}

/** The numbers of those that are kept, and what is said of their size. */
async function kept(subject: StoreSubject): Promise<{ failures: number[]; quarantine: Quarantine }> {
  const found = await subject.reader.failures(ALPHA, { limit: 100 });
  const { quarantine } = await subject.reader.totals(ALPHA);
  return { failures: found.map((each) => Number.parseInt(each.requestId.slice(-12), 16)), quarantine };
}

const holding = (...failures: readonly number[]): unknown => ({
  failures,
  quarantine: { objects: failures.length, bytes: failures.length * ONE },
});

export const QUARANTINE_CLAUSES: readonly StoreClause[] = [
  {
    name: 'failures of a request that is kept stay, so that the fate of each of its objects can be told',
    check: async (subject) => {
      await request(subject, 1, 1, 1);
      await request(subject, 2, 50);
      await fail(subject, failedAt(1, 1), failedAt(2, 50), failedAt(3, 60));
      await replay(subject, 1, 2);
      await replay(subject, 2, 55);
      await retain(subject, 0, KEPT_BYTES.request + ONE);
      assert.deepEqual(await kept(subject), holding(1, 2, 3));
      await retain(subject, 20, ONE);
      assert.deepEqual(await kept(subject), holding(1, 3), 'the second is forgotten, and may go');
      await retain(subject, 400, 0);
      assert.deepEqual(await kept(subject), holding(1), 'of the first something waits');
    },
  },
  {
    name: 'failures count towards the bytes with their request',
    check: async (subject) => {
      await request(subject, 1, 1);
      await request(subject, 2, 5);
      await fail(subject, failedAt(1, 1), failedAt(2, 5));
      const both = 2 * (KEPT_BYTES.request + ONE);
      await retain(subject, 0, both);
      assert.notEqual(await subject.reader.request(ALPHA, requestId(1)), undefined);
      await retain(subject, 0, both - 1);
      assert.equal(await subject.reader.request(ALPHA, requestId(1)), undefined);
      assert.notEqual(await subject.reader.request(ALPHA, requestId(2)), undefined);
      assert.deepEqual(await kept(subject), holding(1, 2));
    },
  },
  {
    name: 'the quarantine tells its objects, all those of a body that could not be read among them, and its bytes',
    check: async (subject) => {
      assert.deepEqual(await kept(subject), holding());
      const text = failedAt(1, 0, { object: '"é"', key: '"é"', message: 'é' });
      const { settings: _, ...body } = failedAt(2, 0, { index: -1, object: 'AAAA', objects: 5 });
      await fail(subject, text, body);
      const failing = batch(subject, async (transaction) => {
        await transaction.recordFailures([failedAt(3, 0)]);
        throw new RangeError('the caller gives up');
      });
      await assert.rejects(failing, RangeError);
      const again = await reopened(subject);
      assert.deepEqual(await again.reader.failures(ALPHA, { limit: 9 }), [text, body]);
      const { quarantine } = await kept(again);
      assert.deepEqual(quarantine, { objects: 6, bytes: failureBytes(text) + failureBytes(body) });
      await retain(again, 0, 0);
      assert.deepEqual(await kept(again), holding());
    },
  },
  {
    name: 'failures that no replay has tried stay until they take more than the bytes, and then the oldest seconds go',
    check: async (subject) => {
      await fail(subject, failedAt(1, 3), failedAt(2, 1.2), failedAt(3, 1.9), failedAt(4, 2));
      const totals = await subject.reader.totals(ALPHA);
      await retain(subject, 400, NO_BOUND);
      await retain(subject, 400, 4 * ONE);
      assert.deepEqual(await kept(subject), holding(1, 2, 3, 4));
      await retain(subject, 0, 4 * ONE - 1);
      assert.deepEqual(await kept(subject), holding(1, 4));
      const again = await reopened(subject);
      await fail(again, failedAt(5, 4));
      await retain(again, 0, 2 * ONE);
      assert.deepEqual(await kept(again), holding(1, 5));
      const { quarantine: _, ...counts } = await again.reader.totals(ALPHA);
      assert.deepEqual({ ...counts, quarantine: totals.quarantine }, totals, 'totals are not cut');
    },
  },
  {
    name: 'failures that a replay has tried make room for those that none has',
    check: async (subject) => {
      await fail(subject, failedAt(1, 1), failedAt(2, 2), failedAt(3, 3), failedAt(4, 4));
      await replay(subject, 2, 400);
      await replay(subject, 4, 400);
      await retain(subject, 0, 3 * ONE);
      assert.deepEqual(await kept(subject), holding(1, 3, 4));
      await retain(subject, 0, 2 * ONE);
      assert.deepEqual(await kept(subject), holding(1, 3));
    },
  },
  {
    name: 'a failure that a replay has tried goes when both requests are older than the horizon',
    check: async (subject) => {
      const acceptedAt = NOON + 20_000;
      await fail(subject, failedAt(1, 1), failedAt(2, 1), failedAt(3, 30, { acceptedAt }), failedAt(4, 1));
      await replay(subject, 1, 9);
      await replay(subject, 2, 10);
      await replay(subject, 3, 9);
      await retain(subject, 10, NO_BOUND);
      assert.deepEqual(await kept(subject), holding(2, 3, 4));
      await retain(subject, 100, NO_BOUND);
      assert.deepEqual(await kept(subject), holding(4));
    },
  },
];
