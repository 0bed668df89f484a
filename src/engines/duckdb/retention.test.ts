import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noFates } from '#model/fates.ts';
import { failureBytes } from '#model/retention.ts';
import { ALPHA, failureRecord, NOON, requestId, requestRecord } from '../../../tests/exams/store-subject.ts';
import { lastToGo } from './quarantine.ts';
import { nearerHorizon, WEIGHTS } from './retention.ts';
import { withDirectory } from './store.fixture.ts';
import { openDuckDbStores } from './store.ts';

test('what is forgotten at once is bounded, by whole seconds, and never more than was asked for (law 6)', async () => {
  await withDirectory(async (directory) => {
    await using stores = openDuckDbStores({ directory, memoryLimitBytes: 256_000_000, threads: 1 });
    const pending = { ...noFates(), received: 1, pending: 1 };
    await stores.transaction(ALPHA, (transaction) =>
      transaction.recordRequests([
        requestRecord(1, { acceptedAt: NOON, counts: pending }),
        // Two of one second, each with two fates, and one more of the next.
        ...[1_000, 1_999, 2_500].map((after, at) => requestRecord(at + 2, { acceptedAt: NOON + after })),
      ]),
    );
    const connection = await stores.connect(ALPHA);
    try {
      const one = WEIGHTS.request + 2;
      const horizon = (wanted: number, most: number): Promise<number | undefined> =>
        nearerHorizon(connection, NOON + wanted, most);
      assert.equal(await horizon(9_000, 1), NOON + 2_000);
      assert.equal(await horizon(9_000, 2 * one), NOON + 2_000);
      assert.equal(await horizon(9_000, 2 * one + 1), NOON + 3_000);
      assert.equal(await horizon(2_600, 2 * one + 1), NOON + 2_600);
      assert.equal(await horizon(1_500, 2 * one), undefined, 'what lies behind the wanted horizon does not count');
      assert.equal(await horizon(9_000, 3 * one + 1), undefined);
    } finally {
      connection.closeSync();
    }
  });
});

test('what the quarantine loses at once is bounded, by whole seconds (law 6)', async () => {
  await withDirectory(async (directory) => {
    await using stores = openDuckDbStores({ directory, memoryLimitBytes: 256_000_000, threads: 1 });
    const refs = [{ requestId: requestId(4), index: 0 }];
    await stores.transaction(ALPHA, async (transaction) => {
      const failures = [1_000, 1_999, 2_500, 3_000].map((after, at) =>
        failureRecord(at + 1, 0, { failedAt: NOON + after }),
      );
      await transaction.recordFailures(failures);
      await transaction.markReplayed(refs, requestId(9));
    });
    const connection = await stores.connect(ALPHA);
    try {
      const one = failureBytes(failureRecord(1, 0));
      const last = async (maxBytes: number, most: number): Promise<unknown> => {
        const { isTried, second } = (await lastToGo(connection, maxBytes, most)) ?? {};
        return second === undefined ? undefined : [isTried, second - NOON / 1000];
      };
      assert.equal(await last(4 * one, 9), undefined);
      assert.deepEqual(await last(3 * one, 9), [true, 3]);
      assert.deepEqual(await last(0, 9), [false, 2]);
      assert.deepEqual(await last(0, 1), [true, 3], 'what was tried again goes first');
      assert.deepEqual(await last(0, 2), [false, 1], 'both of a second');
      assert.deepEqual(await last(0, 3), [false, 1]);
      assert.deepEqual(await last(0, 4), [false, 2]);
    } finally {
      connection.closeSync();
    }
  });
});
