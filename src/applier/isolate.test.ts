import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findPoison } from './isolate.ts';

test('law 5: exactly the poisoned objects are found, wherever they are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.array(fc.nat(299), { maxLength: 8 }),
      async (count, picks) => {
        const poisoned = new Set(picks.filter((index) => index < count));
        const found = await findPoison(count, async (indexes) =>
          indexes.some((index) => poisoned.has(index)) ? 'refused' : undefined,
        );
        assert.deepEqual(new Set(found.keys()), poisoned);
      },
    ),
  );
});

test('one poisoned object among a thousand costs about two rehearsals a halving', async () => {
  let rehearsals = 0;
  await findPoison(1_000, async (indexes) => {
    rehearsals += 1;
    return indexes.includes(617) ? 'refused' : undefined;
  });
  assert.ok(rehearsals <= 21, String(rehearsals));
});
