import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIGNING_KEYS_EXAM } from '../../../tests/exams/signing-keys.exam.ts';
import { createMemorySigningKeys } from './signing-keys.ts';

for (const { name, check } of SIGNING_KEYS_EXAM) {
  test(`memory signing keys: ${name}`, () => {
    const keys = createMemorySigningKeys();
    return check(keys, () => keys);
  });
}

test('the exam of signing keys catches an engine that removes nothing', async () => {
  let failed = 0;
  for (const { check } of SIGNING_KEYS_EXAM) {
    const keys = { ...createMemorySigningKeys(), remove: async () => {} };
    await check(keys, () => keys).catch(() => (failed += 1));
  }
  assert.equal(failed, 1);
});
