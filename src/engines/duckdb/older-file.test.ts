import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { noFates } from '#model/fates.ts';
import { failureBytes } from '#model/retention.ts';
import { fatesOf, journalEvent, journalize, onePerRow } from '../../../tests/exams/store-history-subject.ts';
import {
  ALPHA,
  EMAIL,
  failureRecord,
  NOON,
  objectRun,
  personRun,
  requestId,
  requestRecord,
  type StoreSubject,
  upsertPersons,
} from '../../../tests/exams/store-subject.ts';
import { batch, CARS, due, upsertCars, waitingCar } from '../../../tests/exams/store-waiting-subject.ts';
import { KEYS_OF_ROWS, makeOlderFile, UUID_OF_OLD } from './older-file.fixture.ts';
import { duckDbSubject, withDirectory } from './store.fixture.ts';

/** The store on a copy of the files as they lie there: what a process that was killed at this moment would leave. */
function afterKill(directory: string): StoreSubject {
  const copy = join(directory, 'copy');
  mkdirSync(copy);
  for (const file of [`${ALPHA}.duckdb`, `${ALPHA}.duckdb.wal`]) cpSync(join(directory, file), join(copy, file));
  return duckDbSubject(copy);
}

function claim({ store }: StoreSubject, n: number, key = 'k'): Promise<readonly unknown[]> {
  const claims = [{ key, requestId: requestId(n), acceptedAt: NOON }];
  const wanted = { database: 'db', table: 'tbl', claims, windowMs: 1_000 };
  return store.transaction(ALPHA, (transaction) => transaction.claimKeys(wanted));
}

test('a file of the first version opens, and its records read as they were', async () => {
  await withDirectory(async (directory) => {
    await makeOlderFile(directory, ALPHA);
    await using subject = duckDbSubject(directory);
    const { reader } = subject;
    const counts = { ...noFates(), received: 3, created: 1, failed: 2 };
    assert.deepEqual(await reader.request(ALPHA, requestId(1)), requestRecord(1, { counts, lane: 'high' }));
    const old = { code: '1003', message: 'no', key: '{}', object: '{}', failedAt: NOON + 6 };
    const { settings: _, ...first } = failureRecord(1, 2, { ...old, acceptedAt: NOON + 1 });
    // Of the second no request is recorded: it is as old as its failure at least.
    const { settings: __, ...second } = failureRecord(2, 2, { ...old, acceptedAt: NOON + 6 });
    assert.deepEqual(await reader.failures(ALPHA, { limit: 9, replayed: false }), [first, second]);
    assert.deepEqual(await subject.store.waiting(ALPHA), { objects: 0 });
    const { lanes, ...totals } = await reader.totals(ALPHA);
    assert.equal(totals.failed, 4);
    const bytes = failureBytes(first) + failureBytes(second);
    assert.deepEqual(totals.quarantine, { objects: 4, bytes });
    assert.deepEqual(lanes.high, { ...noFates(), received: 3, created: 1, failed: 2 }, 'of its requests');
    assert.deepEqual(lanes.normal, { ...noFates(), received: 3, created: 1, failed: 2 }, 'what no request tells');
    assert.equal(await reader.retainedFrom(ALPHA), 0);
    assert.deepEqual(await reader.fates(ALPHA, { of: { requestId: requestId(1) }, limit: 9 }), []);
    assert.equal((await reader.journal(ALPHA, { after: 0, limit: 9, maxBytes: 9 })).last, 0);
  });
});

test('a file of the first version takes everything that a new one takes, and survives a kill', async () => {
  await withDirectory(async (directory) => {
    await makeOlderFile(directory, ALPHA);
    await using subject = duckDbSubject(directory);
    const persons = onePerRow(personRun([{ email: 'OLD@b.c' }, { email: 'new@b.c' }]), 1);
    assert.deepEqual(await upsertPersons(subject, persons), ['updated', 'created']);
    assert.equal(await journalize(subject, journalEvent(1)), 1);
    await batch(subject, async (transaction) => {
      await transaction.addWaiting([waitingCar('V1', 'nobody@b.c')]);
      await transaction.markReplayed([{ requestId: requestId(1), index: 2 }], requestId(7));
      await transaction.recordRequests([requestRecord(7, { replayOf: [requestId(1)], duplicateOf: requestId(1) })]);
    });
    const byGuid = objectRun(CARS, [{ marketoGUID: 'guid-1', note: 'x' }], { dedupeBy: 'marketoGUID' });
    const { outcomes } = await batch(subject, (transaction) => transaction.upsertCustomObjects(byGuid));
    assert.deepEqual(outcomes, ['behind'], 'the dedupe fields of a type that was there are known');
    assert.deepEqual(await upsertCars(subject, [{ vin: 'V2', owner: 'OLD@b.c' }]), ['created']);

    await claim(subject, 8);

    await using killed = afterKill(directory);
    assert.deepEqual(await claim(killed, 9), [requestId(8)]);
    assert.deepEqual(await fatesOf(killed, 1), ['0 updated 1', '1 created 2']);
    assert.equal((await killed.reader.totals(ALPHA)).lanes.normal.received, 6);
    assert.equal(await journalize(killed, journalEvent(2)), 2);
    assert.equal((await killed.reader.request(ALPHA, requestId(7)))?.duplicateOf, requestId(1));
    const replayed = await killed.reader.failures(ALPHA, { limit: 9, replayed: true });
    assert.deepEqual(
      replayed.map(({ replayedBy }) => replayedBy),
      [requestId(7)],
    );
    const emails = { type: 'persons', fields: ['id'], match: { fields: ['email'], keys: [['oLd@b.c']] }, limit: 9 };
    assert.deepEqual(await killed.reader.objects(ALPHA, emails), {
      rows: [{ identity: 1, values: [1] }],
      hasMore: false,
    });
    await upsertPersons(killed, personRun([{ email: 'Nobody@b.c' }], { fields: [EMAIL] }));
    assert.equal((await due(killed)).length, 1);
  });
});

test('keys that have a row each, as in an older file, stay taken, and survive a kill', async () => {
  await withDirectory(async (directory) => {
    await makeOlderFile(directory, ALPHA, KEYS_OF_ROWS);
    await using subject = duckDbSubject(directory);
    assert.deepEqual(await claim(subject, 8), [requestId(1)]);
    assert.deepEqual(await claim(subject, 8, UUID_OF_OLD), [requestId(2)]);
    assert.deepEqual(await claim(subject, 8, 'new'), [undefined]);
    await using killed = afterKill(directory);
    assert.deepEqual(await claim(killed, 9), [requestId(1)]);
    assert.deepEqual(await claim(killed, 9, UUID_OF_OLD), [requestId(2)]);
    assert.deepEqual(await claim(killed, 9, 'new'), [requestId(8)]);
  });
});
