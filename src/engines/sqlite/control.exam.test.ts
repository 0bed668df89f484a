import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CONTROL_EXAM } from '../../../tests/exams/control.exam.ts';
import type { ControlSubject } from '../../../tests/exams/control-subject.ts';
import { openSqliteControl } from './control.ts';

function makeDirectory(): Disposable & { readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-control-'));
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

async function openSubject(directory: string): Promise<ControlSubject> {
  const control = await openSqliteControl({ directory });
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) await control[Symbol.asyncDispose]();
    isClosed = true;
  };
  const reopen = async (): Promise<ControlSubject> => {
    await close();
    return openSubject(directory);
  };
  return { control, reopen, openSecond: () => openSqliteControl({ directory }), [Symbol.asyncDispose]: close };
}

for (const { name, check } of CONTROL_EXAM) {
  test(`SQLite control: ${name}`, async () => {
    using place = makeDirectory();
    await using subject = await openSubject(place.directory);
    await check(subject);
  });
}

test('law 8: the token secret lies in a file that only its owner may read, and is refused otherwise', async () => {
  using place = makeDirectory();
  const path = join(place.directory, 'token.key');
  const control = await openSqliteControl(place);
  await control[Symbol.asyncDispose]();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  chmodSync(path, 0o644);
  await assert.rejects(openSqliteControl(place), /token\.key can be read by others.*chmod 600/);
});

test('a token secret of the wrong size is refused with the way to mend it', async () => {
  using place = makeDirectory();
  writeFileSync(join(place.directory, 'token.key'), 'short', { mode: 0o600 });
  await assert.rejects(openSqliteControl(place), /holds 5 bytes instead of 32/);
});
