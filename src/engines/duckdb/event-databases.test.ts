import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EventRows } from '#model/event-table.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { ALPHA, eventColumn, eventRows, eventTable } from '../../../tests/exams/store-subject.ts';
import { withDirectory } from './store.fixture.ts';
import { openDuckDbStores } from './store.ts';
import type { DuckDbStores } from './store.ts';

const LIMITS = { memoryLimitBytes: 256_000_000, threads: 1 };

async function hasDatabase(stores: DuckDbStores): Promise<boolean> {
  const connection = await stores.connect(ALPHA);
  try {
    const result = await connection.run(`select schema_name from duckdb_schemas() where schema_name = 'db'`);
    return (await result.getRows()).length === 1;
  } finally {
    connection.closeSync();
  }
}

const rowsOf = (table: string): EventRows => eventRows(eventTable([eventColumn('v', 'integer')], { table }), 'v', [1]);

async function put(transaction: StoreTransaction, table: string): Promise<void> {
  const rows = rowsOf(table);
  await transaction.defineEventTable(rows.table);
  await transaction.appendEvents(rows);
}

test('a database goes with its last table, and comes back with the next event, after a crash too', async () => {
  await withDirectory(async (directory) => {
    await using stores = openDuckDbStores({ directory: join(directory, 'live'), ...LIMITS });
    const batch = (work: (transaction: StoreTransaction) => Promise<void>): Promise<void> =>
      stores.transaction(ALPHA, work);
    const drop = (table: string): Promise<void> =>
      batch((transaction) => transaction.dropEventTable({ database: 'db', table }));
    for (const table of ['one', 'two']) await batch((transaction) => put(transaction, table));
    await drop('one');
    assert.ok(await hasDatabase(stores), 'another table is left');
    await drop('two');
    assert.equal(await hasDatabase(stores), false);
    await drop('two');
    await batch((transaction) => put(transaction, 'one'));
    await batch(async (transaction) => {
      await transaction.dropEventTable({ database: 'db', table: 'one' });
      await put(transaction, 'one');
    });
    assert.ok(await hasDatabase(stores), 'gone and made anew in one batch');
    // As a process leaves its files that is killed: all of it is read out of the write-ahead log.
    cpSync(join(directory, 'live'), join(directory, 'left'), { recursive: true });
    await using again = openDuckDbStores({ directory: join(directory, 'left'), ...LIMITS });
    assert.equal((await again.eventTables(ALPHA)).get('db.one')?.rows, 1);
  });
});
