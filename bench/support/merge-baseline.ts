/** The ceiling of "visible": what DuckDB itself does with the same persons, from NDJSON files, in batches of 50,000. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mixedNumbers, personOf } from './persons-load.ts';

const BATCH = 50_000;
const COLUMNS = `columns = {email: 'VARCHAR', firstName: 'VARCHAR', lastName: 'VARCHAR', company: 'VARCHAR', leadScore: 'BIGINT'}`;

export async function mergeObjectsPerSecond(run: {
  readonly existing: number;
  readonly objects: number;
}): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-merge-'));
  try {
    return await merge(directory, run);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function merge(
  directory: string,
  { existing, objects }: { readonly existing: number; readonly objects: number },
): Promise<number> {
  const instance = await DuckDBInstance.create(join(directory, 'merge.duckdb'), { memory_limit: '1GB', threads: '2' });
  const connection = await instance.connect();
  await fill(connection, existing);
  const files = writeBatches(directory, [...mixedNumbers(existing, objects)]);
  const begun = performance.now();
  for (const file of files) await connection.run(mergeStatement(file));
  const seconds = (performance.now() - begun) / 1000;
  connection.closeSync();
  instance.closeSync();
  return objects / seconds;
}

async function fill(connection: DuckDBConnection, existing: number): Promise<void> {
  await connection.run(
    'create table persons (email varchar, "firstName" varchar, "lastName" varchar, company varchar, "leadScore" bigint)',
  );
  const filled = 1_000_000;
  for (let from = 0; from < existing; from += filled) {
    await connection.run(`insert into persons
      select format('person{}.name@example-{}.com', n, n % 100), 'First' || ((n * 7) % 1000),
             'Last' || ((n * 13) % 5000), 'Company ' || (n % 333), n % 100
      from range(${from}, ${Math.min(existing, from + filled)}) as numbers(n)`);
  }
  await connection.run('checkpoint');
}

function writeBatches(directory: string, numbers: readonly number[]): string[] {
  const files: string[] = [];
  for (let from = 0; from < numbers.length; from += BATCH) {
    const file = join(directory, `batch-${from}.ndjson`);
    const lines = numbers.slice(from, from + BATCH).map((n) => JSON.stringify(personOf(n, 1)));
    writeFileSync(file, lines.join('\n'));
    files.push(file);
  }
  return files;
}

function mergeStatement(file: string): string {
  return `merge into persons using (from read_json('${file}', format = 'newline_delimited', ${COLUMNS})) as batch
    on persons.email = batch.email
    when matched then update set "firstName" = batch."firstName", "lastName" = batch."lastName",
      company = batch.company, "leadScore" = batch."leadScore"
    when not matched then insert values (batch.email, batch."firstName", batch."lastName", batch.company, batch."leadScore")`;
}
