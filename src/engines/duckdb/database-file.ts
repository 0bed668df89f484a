/**
 * The making of a database file: it is there whole or not at all, after a crash and on a full disk too.
 * Owns: the file's draft. Never: opens a file that is there.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/**
 * A quarter of DuckDB's own. Each column of a table that is appended to, and its nulls, hold blocks of their own in
 * memory: a checkpoint of 512 columns takes 175 MB, where it takes 700 with blocks of 256 KB and fails, at every try,
 * in the memory that a store has. Queries and batches take the same time; files of long texts grow by a quarter.
 */
const BLOCK_BYTES = 65_536;

/**
 * Makes an empty database file where there is none. DuckDB itself creates a file and writes its header afterwards: a
 * kill or a full disk in between would leave a file that no later start could open, and the workspace would stand
 * still. Rejects with DuckDB's error; then nothing of that name is there.
 */
export async function createDatabaseFile(file: string): Promise<void> {
  if (existsSync(file)) return;
  const draft = `${file}.draft`;
  removeDraft(draft);
  try {
    const instance = await DuckDBInstance.create(draft, { default_block_size: String(BLOCK_BYTES) });
    instance.closeSync();
  } catch (error) {
    removeDraft(draft);
    throw error;
  }
  syncPath(draft);
  renameSync(draft, file);
  syncPath(dirname(file));
}

function removeDraft(draft: string): void {
  for (const path of [draft, `${draft}.wal`]) rmSync(path, { force: true });
}

function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
