import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { ALPHA, NOON, personRun, requestId, upsertPersons } from '../../../tests/exams/store-subject.ts';
import {
  addWaiting,
  batch,
  carBehind,
  due,
  LATER,
  removeWaiting,
  upsertCars,
  waitingCar,
} from '../../../tests/exams/store-waiting-subject.ts';
import { duckDbSubject, withDirectory } from './store.fixture.ts';
import type { DuckDbStores } from './store.ts';

/** Gives every waiting object the hashes of the last, in a store that is closed. */
async function giveAllOneHash(directory: string): Promise<void> {
  const instance = await DuckDBInstance.create(join(directory, `${ALPHA}.duckdb`));
  const connection = await instance.connect();
  for (const column of ['version_hash', 'link_hash']) {
    const last = `select ${column} from "inlet-base".waiting order by "order" desc limit 1`;
    await connection.run(`update "inlet-base".waiting set ${column} = (${last}) where "order" <> 1`);
  }
  connection.closeSync();
  instance.closeSync();
}

test('the numbers that are kept in memory are those of the file after it was opened again', async () => {
  await withDirectory(async (directory) => {
    let subject = duckDbSubject(directory);
    const orders = await addWaiting(subject, waitingCar('V1', 'a@b.c'), carBehind('V1'), waitingCar('V2', 'b@b.c'));
    await removeWaiting(subject, orders[2] ?? 0);
    const summary = { objects: 2, nextDueAt: LATER };
    assert.deepEqual(await subject.store.waiting(ALPHA), summary);
    subject = (await subject.reopen?.()) ?? subject;
    assert.deepEqual(await subject.store.waiting(ALPHA), summary);
    assert.deepEqual(await upsertCars(subject, [{ vin: 'V1' }, { vin: 'V2' }]), ['behind', 'created']);
    await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
    assert.deepEqual(await subject.store.waiting(ALPHA), { objects: 2, nextDueAt: 0 });
    const [next] = await addWaiting(subject, waitingCar('V3', 'c@b.c'));
    assert.ok((next ?? 0) > Math.max(...orders), 'an order is never given twice');
    await subject[Symbol.asyncDispose]();
  });
});

test('a batch that is rolled back leaves no trace in the numbers that are kept in memory', async () => {
  await withDirectory(async (directory) => {
    await using subject = duckDbSubject(directory);
    const [first = 0] = await addWaiting(subject, waitingCar('V1', 'a@b.c'));
    const summary = await subject.store.waiting(ALPHA);
    const failed = batch(subject, async (transaction) => {
      await transaction.addWaiting([waitingCar('V2', 'b@b.c', { nextAttemptAt: NOON })]);
      await transaction.removeWaiting([first]);
      throw new RangeError('the caller gives up');
    });
    await assert.rejects(failed, RangeError);
    assert.deepEqual(await subject.store.waiting(ALPHA), summary);
    assert.deepEqual(await upsertCars(subject, [{ vin: 'V1' }, { vin: 'V2' }]), ['behind', 'created']);
  });
});

test('texts whose hashes are equal by chance are told apart', async () => {
  await withDirectory(async (directory) => {
    const closed = duckDbSubject(directory);
    const other = waitingCar('V3', 'c@b.c');
    await addWaiting(closed, waitingCar('V1', 'a@b.c'), waitingCar('V2', 'b@b.c'), carBehind('V2'), other);
    await closed[Symbol.asyncDispose]();
    await giveAllOneHash(directory);
    await using subject = duckDbSubject(directory);
    await removeWaiting(subject, 4);
    assert.deepEqual(await upsertCars(subject, [{ vin: 'V3' }, { vin: 'V1' }]), ['created', 'behind']);
    await upsertPersons(subject, personRun([{ email: 'c@b.c' }]));
    assert.deepEqual(await due(subject), []);
    await removeWaiting(subject, 2);
    assert.deepEqual(await due(subject), [3], 'the next version of V2 is not behind V1');
  });
});

test('SQL shows what waits, and what was replayed', async () => {
  await withDirectory(async (directory) => {
    await using subject = duckDbSubject(directory);
    const car = waitingCar('V1', 'a@b.c', { requestId: requestId(5), index: 3, nextAttemptAt: LATER });
    const woken = waitingCar('V2', 'b@b.c', { requestId: requestId(5), index: 4 });
    await addWaiting(subject, car, woken, carBehind('V1', 'a@b.c', { requestId: requestId(5), index: 5 }));
    await upsertPersons(subject, personRun([{ email: 'b@b.c' }]));
    const connection = await (subject.store as DuckDbStores).connect(ALPHA);
    const result = await connection.run('from inlet.retries order by "index"');
    const rows = (await result.getRowsJson()).map((row) => row.map(String));
    const columns = 'requestId index kind type key reason code message attempts nextAttemptAt acceptedAt';
    assert.deepEqual(result.columnNames(), columns.split(' '));
    const shown = [requestId(5), '3', 'customObject', 'cars', '{"vin":"V1"}', 'no-person', '1004', 'Lead not found'];
    const moment = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('.000Z', '');
    assert.deepEqual(rows[0], [...shown, '1', moment(LATER), moment(NOON)]);
    assert.equal(rows[1]?.[9], moment(NOON), 'due at once');
    assert.equal(rows[2]?.[9], 'null', 'due when nothing is before it');
    for (const column of ['requests.replayOf', 'failures.replayedBy', 'failures.acceptedAt']) {
      assert.equal((await connection.run(`select ${column} from inlet.${column.split('.')[0]}`)).columnCount, 1);
    }
    connection.closeSync();
  });
});
