import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALPHA, NOON, requestId, type StoreSubject } from '../../../tests/exams/store-subject.ts';
import { duckDbSubject, withDirectory } from './store.fixture.ts';
import type { DuckDbStores } from './store.ts';

const WINDOW_MS = 60_000;

async function claim(subject: StoreSubject, keys: readonly string[], at: number): Promise<(string | undefined)[]> {
  const claims = keys.map((key) => ({ key, requestId: requestId(1), acceptedAt: NOON + at }));
  const wanted = { database: 'db', table: 'tbl', claims, windowMs: WINDOW_MS };
  return [...(await subject.store.transaction(ALPHA, (transaction) => transaction.claimKeys(wanted)))];
}

async function query(subject: StoreSubject, sql: string): Promise<unknown[][]> {
  const connection = await (subject.store as DuckDbStores).connect(ALPHA);
  try {
    return (await (await connection.run(sql)).getRowsJson()) as unknown[][];
  } finally {
    connection.closeSync();
  }
}

test('law 6: keys are forgotten, so that their table holds three windows of them at most', async () => {
  await withDirectory(async (directory) => {
    await using subject = duckDbSubject(directory);
    for (let round = 0; round < 40; round += 1) {
      const keys = Array.from({ length: 50 }, (_, n) => `${round} ${n}`);
      await claim(subject, keys, (round * WINDOW_MS) / 4);
    }
    const [[count, least] = []] = await query(
      subject,
      'select count(*)::int, min(accepted_ms) from "inlet-base".event_keys',
    );
    assert.ok(Number(count) <= 12 * 50, `${String(count)} keys are kept`);
    assert.ok(Number(least) <= NOON + 39 * (WINDOW_MS / 4) - WINDOW_MS, 'those of the window are');
  });
});

test('keys whose hashes are equal by chance are told apart', async () => {
  await withDirectory(async (directory) => {
    await using subject = duckDbSubject(directory);
    await claim(subject, ['a', 'b'], 0);
    await query(
      subject,
      `update "inlet-base".event_keys set key_hash = (select key_hash from "inlet-base".event_keys where key = 'a')`,
    );
    await query(subject, `update "inlet-base".event_keys set key = 'c' where key = 'a'`);
    assert.deepEqual(await claim(subject, ['a'], 0), [undefined]);
  });
});
