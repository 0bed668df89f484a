/**
 * The lock of a data directory: one server at a time, for the life of its process.
 * Owns: `inlet.lock` and `inlet.pid`. Never: needs cleaning up; the kernel frees the lock of a process that was killed.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createDurableDirectory } from './durable-file.ts';
import { isBusy } from './sqlite-error.ts';

const DIRECTORY_MODE = 0o700;

/**
 * Takes the directory, making it with mode 0700 where it is missing. Disposing gives it back.
 * Throws an error that names the directory and the process that has it.
 */
export function lockDirectory(directory: string): Disposable {
  createDirectory(directory);
  const pidPath = join(directory, 'inlet.pid');
  const database = new DatabaseSync(join(directory, 'inlet.lock'));
  try {
    // An exclusive transaction that is never committed: SQLite's lock on an empty file, and no data in it.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw isBusy(error) ? directoryInUse(directory, pidPath) : error;
  }
  // In a file of its own: nobody can read inside a file that is locked exclusively.
  writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 });
  return {
    [Symbol.dispose](): void {
      rmSync(pidPath, { force: true });
      database.close();
    },
  };
}

function createDirectory(directory: string): void {
  try {
    createDurableDirectory(directory, DIRECTORY_MODE);
  } catch (error) {
    const message = `The data directory ${directory} cannot be made. Choose another place with --data`;
    throw new Error(message, { cause: error });
  }
}

function directoryInUse(directory: string, pidPath: string): Error {
  return new Error(
    `The data directory ${directory} is in use by ${holderName(pidPath)}. Stop it, or choose another directory with --data.`,
  );
}

function holderName(pidPath: string): string {
  try {
    return `process ${readFileSync(pidPath, 'utf8').trim()}`;
  } catch {
    return 'another process that is just starting';
  }
}
