/**
 * The version of a data directory: which layout of files and tables it holds.
 * Owns: the file `version`. Never: opens a directory that a newer Inlet has written.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDurableFile } from './durable-file.ts';

/** The layout that this Inlet reads and writes. */
const DIRECTORY_VERSION = 1;

/** Marks a new directory with `supported`, or checks the mark of an older one; returns the directory's version. */
export function openDirectoryVersion(directory: string, supported: number = DIRECTORY_VERSION): number {
  const path = join(directory, 'version');
  createDurableFile(path, Buffer.from(`${supported}\n`));
  const text = readFileSync(path, 'utf8').trim();
  if (!/^[1-9][0-9]{0,8}$/.test(text)) {
    throw new Error(`${path} does not hold a version number. Restore it from a backup of the directory.`);
  }
  if (Number(text) > supported) {
    throw new Error(
      `The data directory ${directory} has version ${text}, and this Inlet knows versions up to ${supported}. Start a newer Inlet on it.`,
    );
  }
  return Number(text);
}
