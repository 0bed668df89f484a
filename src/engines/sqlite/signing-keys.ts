/**
 * Signing keys as files of mode 0600, `<name>.pem`, in a directory of their own (law 8).
 * Owns: the directory. Never: shows the content of a file in an error.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SigningKeys, StoredKey } from '#ports/signing-keys.ts';
import { createDurableDirectory, createDurableFile } from './durable-file.ts';

const SUFFIX = '.pem';
const OWNER_ALONE = 0o700;
const GROUP_AND_OTHERS = 0o077;

/** The directory is made with the first key. */
export function openFileSigningKeys({ directory }: { readonly directory: string }): SigningKeys {
  const pathOf = (name: string): string => join(directory, `${name}${SUFFIX}`);
  return {
    keys: async () => namesIn(directory).map((name) => readKey(name, pathOf(name))),
    add: async ({ name, privateKey }) => {
      createDurableDirectory(directory, OWNER_ALONE);
      createDurableFile(pathOf(name), Buffer.from(privateKey));
    },
    remove: async (name) => rmSync(pathOf(name), { force: true }),
  };
}

function namesIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).filter((file) => file.endsWith(SUFFIX));
  return files.map((file) => file.slice(0, -SUFFIX.length)).sort();
}

function readKey(name: string, path: string): StoredKey {
  if ((statSync(path).mode & GROUP_AND_OTHERS) !== 0) {
    throw new Error(`${path} can be read by others. Take their rights away: chmod 600 ${path}`);
  }
  return { name, privateKey: readFileSync(path, 'utf8') };
}
