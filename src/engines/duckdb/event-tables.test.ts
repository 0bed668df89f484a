import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellValue, SparseCells } from '#model/event-table.ts';
import { ALPHA, append, eventColumn, eventTable } from '../../../tests/exams/store-subject.ts';
import { duckDbSubject, withDirectory } from './store.fixture.ts';

const COLUMNS = 512;
const ROWS_OF_A_BATCH = 4_000;

function sparseCells(column: number): SparseCells {
  const rows = Array.from({ length: ROWS_OF_A_BATCH }, (_, row) => row).filter((row) => row % 64 === column % 64);
  return { rows, values: rows };
}

test('law 6: batches for a table of 512 columns, and their checkpoints, get by with little memory', async () => {
  await withDirectory(async (directory) => {
    const limits = { memoryLimitBytes: 250_000_000, checkpointThresholdBytes: 40_000_000 };
    await using subject = duckDbSubject(directory, limits);
    const names = Array.from({ length: COLUMNS }, (_, at) => `c${at}`);
    const table = eventTable(names.map((name) => eventColumn(name, 'integer')));
    const times = Array.from({ length: ROWS_OF_A_BATCH }, (_, row) => row);
    const sparse = new Map(names.map((name, at) => [name, sparseCells(at)]));
    const cells = new Map<string, readonly CellValue[]>();
    for (let batch = 1; batch <= 4; batch += 1) {
      await append(subject, { table, times, cells, sparse, extras: times.map(() => null) });
      assert.equal((await subject.store.eventTables(ALPHA)).get('db.tbl')?.rows, batch * ROWS_OF_A_BATCH);
    }
  });
});
