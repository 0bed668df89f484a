/**
 * The secret from which access tokens are derived: 32 random bytes in a file of mode 0600 (law 8).
 * Owns: `token.key` in the data directory. Never: shows its content in an error.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createDurableFile } from './durable-file.ts';

const FILE = 'token.key';
const SECRET_BYTES = 32;
const GROUP_AND_OTHERS = 0o077;

/** Reads the secret of a data directory, making it at the first start. Throws when others may read it. */
export function openTokenSecret(directory: string): Uint8Array {
  const path = join(directory, FILE);
  createDurableFile(path, randomBytes(SECRET_BYTES));
  if ((statSync(path).mode & GROUP_AND_OTHERS) !== 0) {
    throw new Error(`${path} can be read by others. Take their rights away: chmod 600 ${path}`);
  }
  const secret = readFileSync(path);
  if (secret.byteLength !== SECRET_BYTES) {
    throw new Error(
      `${path} holds ${secret.byteLength} bytes instead of ${SECRET_BYTES}. Restore it, or remove it: then all access tokens end.`,
    );
  }
  return new Uint8Array(secret);
}
