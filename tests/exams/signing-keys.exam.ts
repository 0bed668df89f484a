/**
 * The exam of signing keys: each clause of src/ports/signing-keys.ts as a check that any engine can be put to.
 * Owns: the clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import type { SigningKeys } from '#ports/signing-keys.ts';

export interface SigningKeysClause {
  readonly name: string;
  /** `again` opens what outlives the process once more; elsewhere it gives the same keys. */
  readonly check: (keys: SigningKeys, again: () => SigningKeys) => Promise<void>;
}

export const SIGNING_KEYS_EXAM: readonly SigningKeysClause[] = [
  {
    name: 'there are none at first, and to remove one does nothing',
    async check(keys) {
      await keys.remove('key-1');
      assert.deepEqual(await keys.keys(), []);
    },
  },
  {
    name: 'keys are read as they were added, by name, also by whoever opens them again',
    async check(keys, again) {
      await keys.add({ name: 'key-2', privateKey: 'second\n' });
      await keys.add({ name: 'key-1', privateKey: 'first\n' });
      const both = [
        { name: 'key-1', privateKey: 'first\n' },
        { name: 'key-2', privateKey: 'second\n' },
      ];
      assert.deepEqual(await keys.keys(), both);
      assert.deepEqual(await again().keys(), both);
    },
  },
  {
    name: 'a key that was removed is gone, and the others stay',
    async check(keys, again) {
      await keys.add({ name: 'key-1', privateKey: 'first' });
      await keys.add({ name: 'key-2', privateKey: 'second' });
      await keys.remove('key-1');
      assert.deepEqual(await again().keys(), [{ name: 'key-2', privateKey: 'second' }]);
    },
  },
];
