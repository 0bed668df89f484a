import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '#ports/store.ts';
import { isBroken, isDuckDbError, toStoreError } from './errors.ts';

const CASES = [
  ['Out of Memory Error: could not allocate block of size 256.0 KiB', 'memory', false],
  ['TransactionContext Error: Failed to commit: failed to pin block of size 588.0 KiB', 'memory', false],
  [
    'TransactionContext Error: Failed to commit: Could not write file "x": No space left on device',
    'unavailable',
    true,
  ],
  ['IO Error: Could not write file "x": No space left on device', 'unavailable', true],
  ['FATAL Error: Failed: database has been invalidated because of a previous fatal error', 'unavailable', true],
  ['INTERNAL Error: Attempted to access index 1 within vector of size 1', 'rejected', true],
  ['Conversion Error: Could not convert string', 'rejected', false],
  ['Constraint Error: x', 'rejected', false],
] as const;

for (const [message, reason, broken] of CASES) {
  test(`${message.slice(0, 60)}… is ${reason}${broken ? ', and the instance is broken' : ''}`, () => {
    const error = new Error(message);
    assert.equal(toStoreError(error).reason, reason);
    assert.equal(isBroken(error), broken);
    assert.ok(isDuckDbError(error));
  });
}

test(`a caller's own error is not taken for DuckDB's, and a StoreError stays itself`, () => {
  assert.equal(isDuckDbError(new RangeError('out of range')), false);
  const own = new StoreError('memory', 'own');
  assert.equal(toStoreError(own), own);
});
