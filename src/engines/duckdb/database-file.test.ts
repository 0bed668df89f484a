import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { createDatabaseFile } from './database-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'inlet-duckdb-file-'));
after(() => rmSync(directory, { recursive: true }));

test('law 3: what a crash left half made is made anew', async () => {
  const file = join(directory, 'one.duckdb');
  writeFileSync(`${file}.draft`, '');
  await createDatabaseFile(file);
  assert.deepEqual(readdirSync(directory), ['one.duckdb']);
  const instance = await DuckDBInstance.create(file);
  instance.closeSync();
});

test('a file that is there is left as it is', async () => {
  const file = join(directory, 'two.duckdb');
  writeFileSync(file, 'content');
  await createDatabaseFile(file);
  assert.equal(readFileSync(file, 'utf8'), 'content');
});

test('a directory that is missing leaves nothing behind', async () => {
  await assert.rejects(createDatabaseFile(join(directory, 'none', 'three.duckdb')));
});
