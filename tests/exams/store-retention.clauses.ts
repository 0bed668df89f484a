/** Clauses of the store's exam: retention. */
import assert from 'node:assert/strict';
import { noFates } from '#model/fates.ts';
import { KEPT_BYTES } from '#model/retention.ts';
import { fatesOf, journal, journalEvent, journalize, journalPage, onePerRow } from './store-history-subject.ts';
import {
  ALPHA,
  BETA,
  failureRecord,
  NOON,
  personRun,
  requestId,
  requestRecord,
  type StoreClause,
  type StoreSubject,
  upsertPersons,
} from './store-subject.ts';
import { addWaiting, batch, reopened, waiting, waitingPerson } from './store-waiting-subject.ts';

const NO_BOUND = Number.MAX_SAFE_INTEGER;

const NOW = NOON + 500_000;

/** Limits are in seconds after noon. */
async function retain(subject: StoreSubject, seconds: number, maxBytes: number = NO_BOUND): Promise<void> {
  const before = NOON + seconds * 1000;
  await subject.store.transaction(ALPHA, (transaction) => transaction.retain({ before, maxBytes, now: NOW }));
}

/** Ordinals of the events that are kept, and that of the oldest as a page says it. */
async function journalKept(subject: StoreSubject): Promise<{ first: number; ordinals: number[] }> {
  const ordinals = (await journal(subject)).map(({ ordinal }) => ordinal);
  return { first: (await journalPage(subject)).first, ordinals };
}

/** Appends events of these seconds after noon. */
async function journalizeAt(subject: StoreSubject, ...seconds: readonly number[]): Promise<void> {
  await journalize(subject, ...seconds.map((second, at) => journalEvent(at, { time: NOON + second * 1000 })));
}

/** Seconds after noon that lie behind {@link NOW}. */
const AHEAD = 9_000;

/** Requests that are accepted at these seconds after noon, each with one person and its fate; the last is number 1. */
async function requestsAt(subject: StoreSubject, ...seconds: readonly number[]): Promise<void> {
  for (const [at, second] of seconds.entries()) {
    const counts = { ...noFates(), received: 1, created: 1 };
    await batch(subject, async (transaction) => {
      const acceptedAt = NOON + second * 1000;
      await transaction.recordRequests([requestRecord(at + 1, { acceptedAt, finishedAt: acceptedAt, counts })]);
    });
    await upsertPersons(subject, onePerRow(personRun([{ email: `${at + 1}@b.c` }]), at + 1));
  }
}

/** The numbers of the requests that are kept, and of those that have fates. */
async function kept(subject: StoreSubject): Promise<{ requests: number[]; fates: number[] }> {
  const numbers = Array.from({ length: 20 }, (_, n) => n + 1);
  const requests: number[] = [];
  const fates: number[] = [];
  for (const n of numbers) {
    if ((await subject.reader.request(ALPHA, requestId(n))) !== undefined) requests.push(n);
    if ((await fatesOf(subject, n)).length > 0) fates.push(n);
  }
  return { requests, fates };
}

async function retainedFrom(subject: StoreSubject): Promise<number> {
  return ((await subject.reader.retainedFrom(ALPHA)) - NOON) / 1000;
}

const ONE_REQUEST = KEPT_BYTES.request + KEPT_BYTES.fate;

export const RETENTION_CLAUSES: readonly StoreClause[] = [
  {
    name: 'finished requests that were accepted before the limit are forgotten with their fates and results',
    check: async (subject) => {
      assert.equal(await subject.reader.retainedFrom(ALPHA), 0);
      await requestsAt(subject, 0, 10, 5, 20);
      await batch(subject, (transaction) =>
        transaction.recordResults([1, 4].map((n) => ({ requestId: requestId(n), index: 0, outcome: 'created' }))),
      );
      await retain(subject, 10);
      assert.deepEqual(await kept(subject), { requests: [2, 4], fates: [2, 4] });
      assert.equal(await retainedFrom(subject), 10);
      assert.equal((await subject.reader.results(ALPHA, requestId(1))).length, 0);
      assert.equal((await subject.reader.results(ALPHA, requestId(4))).length, 1);
      assert.equal(await subject.reader.retainedFrom(BETA), 0);
      assert.equal((await subject.objects(ALPHA, 'persons')).length, 4, 'objects are not cut');
    },
  },
  {
    name: 'what waits, its request and the fates in it, the quarantine and the totals are never cut',
    check: async (subject) => {
      await requestsAt(subject, 0, 1, 2);
      const counts = { ...noFates(), pending: 1, created: -1 };
      await batch(subject, (transaction) =>
        transaction.settleRequests([{ requestId: requestId(2), counts, at: NOON }]),
      );
      await addWaiting(subject, waitingPerson('w@b.c', { requestId: requestId(2) }));
      await batch(subject, (transaction) => transaction.recordFailures([failureRecord(1, 0), failureRecord(3, 4)]));
      const totals = await subject.reader.totals(ALPHA);
      await retain(subject, 100);
      assert.deepEqual(await kept(subject), { requests: [2], fates: [2] });
      assert.equal((await waiting(subject)).length, 1);
      assert.equal((await subject.reader.failures(ALPHA, { limit: 9 })).length, 2);
      assert.deepEqual(await subject.reader.totals(ALPHA), totals);
      const done = { ...noFates(), pending: -1, failed: 1 };
      await batch(subject, (transaction) =>
        transaction.settleRequests([{ requestId: requestId(2), counts: done, at: NOON + 200_000 }]),
      );
      assert.deepEqual((await kept(subject)).requests, [2]);
      await retain(subject, 100);
      assert.deepEqual(await kept(subject), { requests: [], fates: [] });
    },
  },
  {
    name: 'journal events before the limit are forgotten, but for the newest, and ordinals go on',
    check: async (subject) => {
      await journalize(subject, ...[1, 2, 3, 4].map((n) => journalEvent(n)));
      await retain(subject, 3);
      const ordinals = async (): Promise<number[]> => (await journal(subject)).map(({ ordinal }) => ordinal);
      assert.deepEqual(await ordinals(), [3, 4]);
      const { first, last } = await journalPage(subject);
      assert.deepEqual([first, last], [3, 4]);
      await retain(subject, 100);
      assert.deepEqual(await ordinals(), [4]);
      const again = await reopened(subject);
      assert.equal(await journalize(again, journalEvent(5)), 5);
      assert.deepEqual((await journalPage(again, { after: 4 })).events.length, 1);
    },
  },
  {
    name: 'the journal is cut from its oldest event on, up to the last one that is too old and has no young one before it',
    check: async (subject) => {
      await journalizeAt(subject, 1, 2, 20, 3, 30, 4, 40);
      await retain(subject, 10);
      assert.deepEqual(await journalKept(subject), { first: 3, ordinals: [3, 4, 5, 6, 7] });
      await retain(subject, 25);
      assert.deepEqual(await journalKept(subject), { first: 5, ordinals: [5, 6, 7] });
      await retain(subject, 100);
      assert.deepEqual(await journalKept(subject), { first: 7, ordinals: [7] });
    },
  },
  {
    name: 'a journal event that is stamped ahead of now goes with those around it, and holds nothing back',
    check: async (subject) => {
      await journalizeAt(subject, AHEAD, 1, AHEAD, 20, AHEAD, 30, 40);
      await retain(subject, 0);
      assert.deepEqual((await journalKept(subject)).first, 1, 'nothing behind it is too old');
      await retain(subject, 10);
      assert.deepEqual(await journalKept(subject), { first: 3, ordinals: [3, 4, 5, 6, 7] });
      await retain(subject, 35);
      assert.deepEqual(await journalKept(subject), { first: 7, ordinals: [7] });
      await journalizeAt(subject, AHEAD, 50);
      await retain(subject, 100);
      assert.deepEqual(await journalKept(subject), { first: 8, ordinals: [8, 9] }, 'the newest says nothing of others');
    },
  },
  {
    name: 'journal events that are stamped ahead of now count towards the bytes, and move no horizon beyond it',
    check: async (subject) => {
      const event = JSON.stringify('x'.repeat(998));
      await requestsAt(subject, 400);
      await journalize(
        subject,
        ...[AHEAD, AHEAD, 1, 2].map((n, at) => journalEvent(at, { event, time: NOON + n * 1000 })),
      );
      await retain(subject, 0, 2 * (1_000 + KEPT_BYTES.event) + ONE_REQUEST);
      assert.deepEqual(await journalKept(subject), { first: 4, ordinals: [4] });
      assert.deepEqual((await kept(subject)).requests, [1]);
      await journalize(
        subject,
        ...[AHEAD, AHEAD, 480].map((n, at) => journalEvent(at, { event, time: NOON + n * 1000 })),
      );
      await retain(subject, 0, 1_000);
      assert.deepEqual((await kept(subject)).requests, []);
      assert.ok((await subject.reader.retainedFrom(ALPHA)) <= NOW + 1_000);
    },
  },
  {
    name: 'beyond the bytes the oldest are forgotten first, requests and journal events alike, second by second',
    check: async (subject) => {
      await requestsAt(subject, 0, 2, 4, 6, 8);
      const event = JSON.stringify('é'.repeat(200 - KEPT_BYTES.event / 2));
      const eventBytes = KEPT_BYTES.event + 400 - KEPT_BYTES.event + 2;
      await journalize(subject, ...[1, 3, 5, 7, 9].map((n) => journalEvent(n, { event })));
      // The newest event does not count: behind second 5 there are two requests and one event.
      await retain(subject, 0, 2 * ONE_REQUEST + eventBytes);
      assert.deepEqual(await kept(subject), { requests: [4, 5], fates: [4, 5] });
      assert.equal(await retainedFrom(subject), 6);
      assert.deepEqual(
        (await journal(subject)).map(({ ordinal }) => ordinal),
        [4, 5],
      );
      await retain(subject, 0, 2 * ONE_REQUEST + eventBytes - 1);
      assert.deepEqual(await kept(subject), { requests: [5], fates: [5] });
      assert.equal(await retainedFrom(subject), 7);
      await retain(subject, 0, 0);
      assert.deepEqual(await kept(subject), { requests: [], fates: [] });
      assert.equal(await retainedFrom(subject), 9);
    },
  },
  {
    name: 'requests of the second with which there is too much go together',
    check: async (subject) => {
      await requestsAt(subject, 1.2, 1.9, 2.5, 2.1);
      await retain(subject, 0, 3 * ONE_REQUEST);
      assert.deepEqual((await kept(subject)).requests, [3, 4]);
      assert.equal(await retainedFrom(subject), 2);
    },
  },
  {
    name: 'what waits does not count towards the bytes, and results do',
    check: async (subject) => {
      await requestsAt(subject, 1, 2, 3);
      const counts = { ...noFates(), pending: 1, created: -1 };
      await batch(subject, (transaction) =>
        transaction.settleRequests([{ requestId: requestId(3), counts, at: NOON }]),
      );
      await retain(subject, 0, 2 * ONE_REQUEST);
      assert.deepEqual((await kept(subject)).requests, [1, 2, 3]);
      await batch(subject, (transaction) =>
        transaction.recordResults([{ requestId: requestId(2), index: 0, outcome: 'created', identity: 2 }]),
      );
      await retain(subject, 0, 2 * ONE_REQUEST + KEPT_BYTES.result);
      assert.deepEqual((await kept(subject)).requests, [1, 2, 3]);
      await retain(subject, 0, 2 * ONE_REQUEST + KEPT_BYTES.result - 1);
      assert.deepEqual((await kept(subject)).requests, [2, 3]);
    },
  },
  {
    name: 'the horizon never goes back, outlives a restart, and is taken back with its batch',
    check: async (subject) => {
      await requestsAt(subject, 1, 50);
      await retain(subject, 10);
      await retain(subject, 5);
      assert.equal(await retainedFrom(subject), 10);
      const failing = batch(subject, async (transaction) => {
        await transaction.retain({ before: NOON + 60_000, maxBytes: NO_BOUND, now: NOW });
        throw new RangeError('the caller gives up');
      });
      await assert.rejects(failing, RangeError);
      assert.deepEqual((await kept(subject)).requests, [2]);
      const again = await reopened(subject);
      assert.equal(await retainedFrom(again), 10);
      await requestsAt(again, 60);
    },
  },
  {
    name: 'requests of the batch that retains are judged like others',
    check: async (subject) => {
      await batch(subject, async (transaction) => {
        await transaction.recordRequests([requestRecord(1), requestRecord(2, { acceptedAt: NOON + 9_000 })]);
        await transaction.appendJournal([journalEvent(1), journalEvent(9)]);
        await transaction.retain({ before: NOON + 5_000, maxBytes: NO_BOUND, now: NOW });
      });
      assert.deepEqual((await kept(subject)).requests, [2]);
      assert.equal((await journal(subject)).length, 1);
    },
  },
];
