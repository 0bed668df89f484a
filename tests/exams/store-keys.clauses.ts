/** Clauses of the store's exam: idempotency keys of events, and what requests say of duplicates. */
import assert from 'node:assert/strict';
import { noFates } from '#model/fates.ts';
import type { Duplicate } from '#model/fates.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import {
  ALPHA,
  append,
  BETA,
  eventColumn,
  eventRows,
  eventTable,
  NOON,
  requestId,
  requestRecord,
  type StoreClause,
  type StoreSubject,
} from './store-subject.ts';
import { batch } from './store-waiting-subject.ts';

const WINDOW_MS = 1_000;

/** Who claims what: the request's number, and milliseconds after noon. */
type Claim = readonly [key: string, request: number, at?: number];

interface ClaimOptions {
  readonly workspace?: MunchkinId;
  readonly table?: string;
}

/** The numbers of the requests that have the keys, from a batch of its own; 0 for a key that nobody had. */
async function claim(
  { store }: Pick<StoreSubject, 'store'>,
  claims: readonly Claim[],
  { workspace = ALPHA, table = 'tbl' }: ClaimOptions = {},
): Promise<number[]> {
  const owners = await store.transaction(workspace, (transaction) =>
    transaction.claimKeys({
      database: 'db',
      table,
      claims: claims.map(([key, n, at = 0]) => ({ key, requestId: requestId(n), acceptedAt: NOON + at })),
      windowMs: WINDOW_MS,
    }),
  );
  return owners.map(numberOf);
}

function numberOf(id: RequestId | undefined): number {
  return id === undefined ? 0 : Number.parseInt(id.slice(-12), 16);
}

function duplicate(index: number, of: number): Duplicate {
  return { index, of: requestId(of) };
}

export const KEY_CLAUSES: readonly StoreClause[] = [
  {
    name: 'a key is that of the first claim, in its batch and afterwards (law 2)',
    check: async (subject) => {
      const first: Claim[] = [
        ['a', 1],
        ['b', 2],
        ['a', 3],
        ['a', 1],
      ];
      assert.deepEqual(await claim(subject, first), [0, 0, 1, 1]);
      const second: Claim[] = [
        ['b', 4],
        ['c', 4],
        ['a', 1],
      ];
      assert.deepEqual(await claim(subject, second), [2, 0, 1]);
      assert.deepEqual(await claim(subject, []), []);
      const reopened = await subject.reopen?.();
      if (reopened === undefined) return;
      await using again = reopened;
      assert.deepEqual(await claim(again, second), [2, 4, 1]);
    },
  },
  {
    name: 'a key holds within its window, to both sides, and not beyond',
    check: async (subject) => {
      assert.deepEqual(await claim(subject, [['a', 10]]), [0]);
      assert.deepEqual(await claim(subject, [['a', 11, 999]]), [10]);
      assert.deepEqual(await claim(subject, [['a', 9, -999]]), [10], 'what is applied late has lost it too');
      assert.deepEqual(await claim(subject, [['a', 12, 1_000]]), [0]);
      assert.deepEqual(await claim(subject, [['a', 13, 1_500]]), [12]);
      assert.deepEqual(await claim(subject, [['a', 14, 500]]), [10], 'of two that had it the earlier counts');
      const apart: Claim[] = [
        ['z', 15, 0],
        ['z', 16, 1_000],
        ['z', 17, 1_100],
      ];
      assert.deepEqual(await claim(subject, apart), [0, 0, 16]);
    },
  },
  {
    name: 'keys of another table, of another workspace and in other letters are others (law 7)',
    check: async (subject) => {
      const keys = ['a', 'A', '', ' ', 'a b', `it's "1"`, '\u0001', '\u0001\u0001', '日本\u{1F600}', 'x'.repeat(255)];
      const claims = keys.map((key): Claim => [key, 1]);
      const none = keys.map(() => 0);
      assert.deepEqual(await claim(subject, claims), none);
      assert.deepEqual(await claim(subject, claims, { table: 'tbl2' }), none);
      assert.deepEqual(await claim(subject, claims, { workspace: BETA }), none);
      const others = keys.map((key): Claim => [key, 2]);
      for (const options of [{}, { table: 'tbl2' }, { workspace: BETA }]) {
        assert.deepEqual(
          await claim(subject, others, options),
          keys.map(() => 1),
        );
      }
    },
  },
  {
    name: 'the keys of a table that is dropped are free',
    check: async (subject) => {
      const rows = eventRows(eventTable([eventColumn('v', 'text')]), 'v', ['x']);
      await append(subject, rows);
      await claim(subject, [['a', 1]]);
      await claim(subject, [['a', 1]], { table: 'other' });
      await batch(subject, (transaction) => transaction.dropEventTable(rows.table));
      await append(subject, rows);
      assert.deepEqual(await claim(subject, [['a', 2]]), [0]);
      assert.deepEqual(await claim(subject, [['a', 2]], { table: 'other' }), [1]);
    },
  },
  {
    name: 'the keys of a batch that is rolled back are free (law 3)',
    check: async (subject) => {
      const claims = { database: 'db', table: 'tbl', windowMs: WINDOW_MS };
      const gone = batch(subject, async (transaction) => {
        const each = { key: 'a', requestId: requestId(1), acceptedAt: NOON };
        assert.deepEqual(await transaction.claimKeys({ ...claims, claims: [each] }), [undefined]);
        assert.deepEqual(await transaction.claimKeys({ ...claims, claims: [each] }), [requestId(1)]);
        throw new RangeError('the caller gives up');
      });
      await assert.rejects(gone, RangeError);
      assert.deepEqual(await claim(subject, [['a', 2]]), [0]);
    },
  },
  {
    name: 'thousands of keys at once, and each of them is found again',
    check: async (subject) => {
      const keys = Array.from({ length: 5_000 }, (_, n) => `key ${n}`);
      assert.deepEqual(
        new Set(
          await claim(
            subject,
            keys.map((key): Claim => [key, 1, 0]),
          ),
        ),
        new Set([0]),
      );
      const second = await claim(subject, [...keys.map((key): Claim => [key, 2, 500]), ['new', 2, 500]]);
      assert.deepEqual(new Set(second.slice(0, -1)), new Set([1]));
      assert.equal(second.at(-1), 0);
    },
  },
  {
    name: 'requests say which of their events are duplicates, also of those that waited',
    check: async (subject) => {
      const { reader } = subject;
      const stored = { ...noFates(), received: 2, stored: 1, pending: 1 };
      const { finishedAt: _, ...waits } = requestRecord(2, { counts: stored });
      await batch(subject, (transaction) =>
        transaction.recordRequests([
          requestRecord(1, { duplicateOf: requestId(9) }),
          { ...waits, duplicates: [duplicate(1, 9)] },
          { ...waits, requestId: requestId(3), duplicates: [duplicate(1, 9)] },
          { ...waits, requestId: requestId(4) },
        ]),
      );
      assert.deepEqual((await reader.request(ALPHA, requestId(1)))?.duplicateOf, requestId(9));
      assert.deepEqual((await reader.request(ALPHA, requestId(2)))?.duplicates, [duplicate(1, 9)]);
      const change = { counts: { ...noFates(), stored: 1, pending: -1 }, at: NOON + 50 };
      await batch(subject, (transaction) =>
        transaction.settleRequests([
          { ...change, requestId: requestId(2), duplicates: [duplicate(0, 8)] },
          { ...change, requestId: requestId(3), duplicates: [duplicate(0, 9)] },
          { ...change, requestId: requestId(4) },
        ]),
      );
      const done = { ...stored, stored: 2, pending: 0 };
      const expected = { ...waits, counts: done, finishedAt: NOON + 50 };
      assert.deepEqual(await reader.request(ALPHA, requestId(2)), {
        ...expected,
        duplicates: [duplicate(0, 8), duplicate(1, 9)],
      });
      const whole = { ...expected, requestId: requestId(3), duplicateOf: requestId(9) };
      assert.deepEqual(await reader.request(ALPHA, requestId(3)), whole);
      assert.deepEqual(await reader.request(ALPHA, requestId(4)), { ...expected, requestId: requestId(4) });
    },
  },
];
