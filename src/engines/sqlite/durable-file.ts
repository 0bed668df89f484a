/**
 * Directories, and small files that are there whole or not at all, also after a crash.
 * Owns: the order of write, fsync and link. Never: replaces a file that exists.
 */
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Makes a directory with this mode, and those above it that are missing, durably: what is synced inside a directory
 * is lost all the same when the directory's own name is (law 1).
 */
export function createDurableDirectory(path: string, mode: number): void {
  const first = mkdirSync(path, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= resolve(first).length; made = dirname(made))
    syncDirectory(dirname(made));
}

/** Makes a file of mode 0600 with this content, durably. False when there was one already, which is left as it is. */
export function createDurableFile(path: string, content: Uint8Array): boolean {
  // A process that starts again while the disk is full needs no room for a file that it does not make.
  if (existsSync(path)) return false;
  const draft = `${path}.${process.pid}.draft`;
  rmSync(draft, { force: true });
  writeFileSync(draft, content, { flag: 'wx', mode: 0o600, flush: true });
  try {
    // A link, unlike a rename, fails when the name is taken: of two processes that start at once, one makes the file.
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isExisting(error)) return false;
    throw error;
  } finally {
    rmSync(draft);
    syncDirectory(dirname(path));
  }
}
