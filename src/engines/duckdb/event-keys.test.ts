import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from '#kit/assert.ts';
import { answerClaims } from '#model/idempotency.ts';
import type { KeyClaim, KeyClaims } from '#model/idempotency.ts';
import {
  ALPHA,
  append,
  eventColumn,
  eventRows,
  eventTable,
  NOON,
  requestId,
  type StoreSubject,
} from '../../../tests/exams/store-subject.ts';
import { duckDbSubject, withDirectory } from './store.fixture.ts';
import type { DuckDbStores } from './store.ts';

const WINDOW_MS = 60_000;

const UUID = '0190abcd-0000-7000-8000-00000000aa00';

function wanted(keys: readonly string[], at: number): KeyClaims {
  const claims = keys.map((key) => ({ key, requestId: requestId(1), acceptedAt: NOON + at }));
  return { database: 'db', table: 'tbl', claims, windowMs: WINDOW_MS };
}

async function claim(subject: StoreSubject, keys: readonly string[], at: number): Promise<(string | undefined)[]> {
  return [...(await subject.store.transaction(ALPHA, (transaction) => transaction.claimKeys(wanted(keys, at))))];
}

async function reopened(subject: StoreSubject): Promise<StoreSubject> {
  return must(await subject.reopen?.(), 'this store can be opened anew');
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

test('a key is free when its row says so, whatever the index in memory takes it for', async () => {
  await withDirectory(async (directory) => {
    await using subject = duckDbSubject(directory);
    await claim(subject, ['a', UUID], 0);
    await query(subject, `update "inlet-base".event_keys set key = 'c' where key = 'a'`);
    await query(subject, `update "inlet-base".event_keys set keys = [uuid()] where keys is not null`);
    assert.deepEqual(await claim(subject, ['a', UUID], 0), [undefined, undefined]);
  });
});

test('law 3: a table that was dropped in a batch that is rolled back keeps its keys, also right after opening', async () => {
  await withDirectory(async (directory) => {
    let subject = duckDbSubject(directory);
    const rows = eventRows(eventTable([eventColumn('v', 'text')]), 'v', ['x']);
    await append(subject, rows);
    await claim(subject, ['a', UUID], 0);
    for (let round = 0; round < 2; round += 1) {
      const failing = subject.store.transaction(ALPHA, async (transaction) => {
        await transaction.dropEventTable(rows.table);
        assert.deepEqual(await transaction.claimKeys(wanted(['a', UUID], 0)), [undefined, undefined]);
        throw new RangeError('the caller gives up');
      });
      await assert.rejects(failing, RangeError);
      assert.deepEqual(await claim(subject, ['a', UUID], 0), [requestId(1), requestId(1)]);
      subject = await reopened(subject);
    }
    await subject[Symbol.asyncDispose]();
  });
});

test('law 6: beyond what the index has room for, each key is found all the same, also after opening anew', async () => {
  await withDirectory(async (directory) => {
    await using subject = duckDbSubject(directory, { keySlots: 256 });
    const uuids = Array.from({ length: 3_000 }, () => randomUUID());
    const texts = Array.from({ length: 1_500 }, (_, n) => `key ${n}`);
    const none = (keys: readonly string[]): undefined[] => keys.map(() => undefined);
    for (const keys of [uuids, texts]) assert.deepEqual(await claim(subject, keys, 0), none(keys));
    const taken = [...uuids, ...texts].map(() => requestId(1));
    assert.deepEqual(await claim(subject, [...uuids, ...texts], 1), taken);
    await using again = await reopened(subject);
    assert.deepEqual(await claim(again, [...uuids, ...texts, 'new'], 1), [...taken, undefined]);
  });
});

/** A batch of claims, milliseconds after the one before. */
const round = fc.record({
  after: fc.nat(WINDOW_MS / 2),
  claims: fc.array(
    fc.record({
      key: fc.oneof(
        fc.nat(40).map(String),
        fc.nat(40).map((n) => UUID.slice(0, -2) + String(n).padStart(2, '0')),
        fc.uuid(),
      ),
      before: fc.nat(WINDOW_MS),
      request: fc.nat(3),
    }),
    { maxLength: 60 },
  ),
  fate: fc.oneof(
    { weight: 8, arbitrary: fc.constant('commit') },
    { weight: 3, arbitrary: fc.constant('roll back') },
    { weight: 1, arbitrary: fc.constant('reopen') },
  ),
});

test('law 3: whatever is rolled back, dropped from memory or loaded anew, keys are those that the model says', async () => {
  await withDirectory(async (directory) => {
    let subject = duckDbSubject(directory, { keySlots: 64 });
    let [runs, now] = [0, NOON];
    const property = fc.asyncProperty(fc.array(round, { maxLength: 12 }), async (rounds) => {
      const place = { database: 'db', table: `run${(runs += 1)}`, windowMs: WINDOW_MS };
      let taken: readonly KeyClaim[] = [];
      for (const [n, { after, claims: given, fate }] of rounds.entries()) {
        const at = (now += after);
        const claims = given
          .map(({ key, before, request }) => ({ key, requestId: requestId(10 * n + request), acceptedAt: at - before }))
          .sort((a, b) => (a.requestId < b.requestId ? -1 : 1));
        const { owners, granted } = answerClaims(taken, { ...place, claims });
        const settled = subject.store.transaction(ALPHA, async (transaction) => {
          assert.deepEqual(await transaction.claimKeys({ ...place, claims }), owners);
          if (fate === 'roll back') throw new RangeError('the caller gives up');
        });
        if (fate === 'roll back') await assert.rejects(settled, RangeError);
        else taken = [...taken, ...(await settled.then(() => granted))];
        if (fate === 'reopen') subject = await reopened(subject);
      }
    });
    await fc.assert(property, { numRuns: 25 });
    await subject[Symbol.asyncDispose]();
  });
});
