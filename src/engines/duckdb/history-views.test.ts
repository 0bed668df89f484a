import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journalEvent, withObjects } from '../../../tests/exams/store-history-subject.ts';
import { ALPHA, EMAIL, objectRun, personRun, requestId, requestRecord } from '../../../tests/exams/store-subject.ts';
import { CARS } from '../../../tests/exams/store-waiting-subject.ts';
import { REAL_CLOCK } from './sql-runner.fixture.ts';
import { createSqlRunner } from './sql-runner.ts';
import { withDirectory } from './store.fixture.ts';
import { openDuckDbStores } from './store.ts';

test('fates and the journal are tables to SQL, and tallies are nothing for it', async () => {
  await withDirectory(async (directory) => {
    const options = { directory, memoryLimitBytes: 256_000_000, threads: 1, newGuid: () => 'guid-1' };
    await using stores = openDuckDbStores(options);
    await stores.transaction(ALPHA, async (transaction) => {
      await transaction.definePersons([EMAIL]);
      await transaction.defineCustomObject(CARS);
      await transaction.upsertPersons(
        withObjects(personRun([{ email: 'a@b.c' }], { fields: [EMAIL] }), [0, 1, 4], [0, 1, 5]),
      );
      await transaction.upsertCustomObjects(withObjects(objectRun(CARS, [{ vin: 'A' }]), [0, 2, 0]));
      await transaction.recordRequests([requestRecord(1), requestRecord(2, { kind: 'customObject', type: 'cars' })]);
      await transaction.appendJournal([journalEvent(7, { tally: '{}', event: '{"type":"x"}' })]);
    });
    const runner = createSqlRunner({
      connect: (workspace) => stores.connect(workspace),
      clock: REAL_CLOCK,
      memoryBytes: 128_000_000,
      onStuck: () => undefined,
    });
    const query = async (sql: string): Promise<readonly unknown[]> =>
      (await runner.run(ALPHA, { query: sql, timeoutMs: 20_000 }, new AbortController().signal)).rows;
    assert.deepEqual(
      await query('select requestId, "index", type, outcome, identity from inlet.fates order by requestId, "index"'),
      [
        [requestId(1), 4, 'persons', 'created', '1'],
        [requestId(1), 5, 'persons', 'updated', '1'],
        [requestId(2), 0, 'cars', 'created', 'guid-1'],
      ],
    );
    assert.deepEqual(
      (await query('describe inlet.fates')).map((row) => (row as unknown[])[0]),
      ['requestId', 'index', 'type', 'outcome', 'identity', 'decidedAt'],
    );
    assert.deepEqual(await query(`select ordinal, id, type, event->>'$.type' from inlet.journal`), [
      [1, journalEvent(7).id, 'results', 'x'],
    ]);
    assert.deepEqual(
      (await query('describe inlet.journal')).map((row) => (row as unknown[])[0]),
      ['ordinal', 'id', 'type', 'time', 'event'],
    );
  });
});
