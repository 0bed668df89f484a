/** The ceiling of "visible": DuckDB's own load of the same records from NDJSON files, in batches of 50,000. */
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordOf } from './records-load.ts';
import type { Records } from './records-load.ts';

const BATCH = 50_000;
const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['time', 'bigint'],
  ['td_title', 'varchar'],
  ['td_url', 'varchar'],
  ['td_referrer', 'varchar'],
  ['td_client_id', 'varchar'],
  ['event', 'varchar'],
  ['amount', 'double'],
  ['quantity', 'bigint'],
  ['returning', 'boolean'],
  ['number', 'bigint'],
];

/** Of records of the shapes `plain` and `uuid`. */
export async function loadedRowsPerSecond(records: Records): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-load-'));
  try {
    return await load(directory, records);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function load(directory: string, records: Records): Promise<number> {
  const columns = records.shape === 'uuid' ? [['uuid', 'varchar'] as const, ...COLUMNS] : COLUMNS;
  const files = writeBatches(directory, records);
  const instance = await DuckDBInstance.create(join(directory, 'load.duckdb'), { memory_limit: '1GB', threads: '2' });
  const connection = await instance.connect();
  await connection.run(`create table records (${columns.map(([name, type]) => `"${name}" ${type}`).join(', ')})`);
  const types = columns.map(([name, type]) => `"${name}": '${type}'`).join(', ');
  const begun = performance.now();
  for (const file of files) {
    await connection.run(
      `insert into records from read_json('${file}', format = 'newline_delimited', columns = {${types}})`,
    );
  }
  const seconds = (performance.now() - begun) / 1000;
  connection.closeSync();
  instance.closeSync();
  return records.count / seconds;
}

function writeBatches(directory: string, { shape, first, count }: Records): string[] {
  const files: string[] = [];
  for (let at = first; at < first + count; at += BATCH) {
    const file = join(directory, `batch-${at}.ndjson`);
    const length = Math.min(BATCH, first + count - at);
    writeFileSync(file, Array.from({ length }, (_, n) => JSON.stringify(recordOf(at + n, shape))).join('\n'));
    files.push(file);
  }
  return files;
}
