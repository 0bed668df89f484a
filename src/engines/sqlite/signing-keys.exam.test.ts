import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SIGNING_KEYS_EXAM } from '../../../tests/exams/signing-keys.exam.ts';
import { openFileSigningKeys } from './signing-keys.ts';

function place(): Disposable & { readonly directory: string } {
  const parent = mkdtempSync(join(tmpdir(), 'inlet-keys-'));
  return { directory: join(parent, 'webhook-keys'), [Symbol.dispose]: () => rmSync(parent, { recursive: true }) };
}

for (const { name, check } of SIGNING_KEYS_EXAM) {
  test(`file signing keys: ${name}`, async () => {
    using given = place();
    await check(openFileSigningKeys(given), () => openFileSigningKeys(given));
  });
}

test('law 8: a signing key lies in a file that only its owner may read, and is refused otherwise', async () => {
  using given = place();
  const keys = openFileSigningKeys(given);
  await keys.add({ name: 'key-1', privateKey: 'secret text' });
  const path = join(given.directory, 'key-1.pem');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(given.directory).mode & 0o777, 0o700);
  chmodSync(path, 0o640);
  const error = await keys.keys().catch((reason: unknown) => reason);
  assert.match(String(error), /key-1\.pem can be read by others.*chmod 600/);
  assert.doesNotMatch(String(error), /secret text/);
});
