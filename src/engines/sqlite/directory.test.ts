import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockDirectory } from './directory-lock.ts';
import { openDirectoryVersion } from './directory-version.ts';

function makeDirectory(): Disposable & { readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-directory-'));
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

const HOLDER = `
  const { lockDirectory } = await import(${JSON.stringify(new URL('./directory-lock.ts', import.meta.url).href)});
  globalThis.lock = lockDirectory(process.argv[1]);
  console.log('locked');
  setInterval(() => {}, 1000);`;

test('a locked directory is refused with its name and the process that has it, until it is given back', () => {
  using place = makeDirectory();
  const directory = join(place.directory, 'new', 'data');
  const lock = lockDirectory(directory);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.throws(
    () => lockDirectory(directory),
    (error: Error) => {
      assert.match(error.message, new RegExp(`${directory} is in use by process ${process.pid}\\.`));
      return true;
    },
  );
  lock[Symbol.dispose]();
  lockDirectory(directory)[Symbol.dispose]();
});

test('a place where no directory can be made is named, and how to choose another', () => {
  using place = makeDirectory();
  const file = join(place.directory, 'file');
  writeFileSync(file, '');
  assert.throws(() => lockDirectory(file), {
    message: `The data directory ${file} cannot be made. Choose another place with --data`,
  });
});

test('another process is refused while the holder lives, and let in after the holder was killed', async () => {
  using place = makeDirectory();
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, place.directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(holder.stdout, 'data');
    assert.throws(() => lockDirectory(place.directory), new RegExp(`in use by process ${holder.pid}\\.`));
  } finally {
    const exit = once(holder, 'exit');
    holder.kill('SIGKILL');
    await exit;
  }
  lockDirectory(place.directory)[Symbol.dispose]();
});

test('a new directory gets the version of this Inlet and keeps it', () => {
  using place = makeDirectory();
  assert.equal(openDirectoryVersion(place.directory, 3), 3);
  assert.equal(openDirectoryVersion(place.directory, 4), 3, 'an older directory tells its own version');
});

test('a directory of a newer Inlet is refused with both versions', () => {
  using place = makeDirectory();
  openDirectoryVersion(place.directory, 3);
  assert.throws(() => openDirectoryVersion(place.directory, 2), /has version 3, .* up to 2\. Start a newer Inlet/);
});

test('a version that is no number is refused', () => {
  using place = makeDirectory();
  writeFileSync(join(place.directory, 'version'), '1.5\n');
  assert.throws(() => openDirectoryVersion(place.directory), /does not hold a version number/);
});
