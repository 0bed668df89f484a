import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffDelayMs } from './backoff.ts';

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 1_000 }))
  .map(([baseMs, factor]) => ({ baseMs, capMs: baseMs * factor }));
const attempts = fc.integer({ min: 1, max: 5_000 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the wait doubles from its base up to its cap', () => {
  const waits = [1, 2, 3, 4, 5, 6].map((attempt) => backoffDelayMs(attempt, { baseMs: 100, capMs: 1_000 }));
  assert.deepEqual(waits, [100, 200, 400, 800, 1_000, 1_000]);
});

test('the wait never falls from one attempt to the next, nor leaves its bounds', () => {
  fc.assert(
    fc.property(attempts, bounds, (attempt, options) => {
      const wait = backoffDelayMs(attempt, options);
      assert.ok(wait >= options.baseMs && wait <= options.capMs);
      assert.ok(backoffDelayMs(attempt + 1, options) >= wait);
    }),
  );
});

test('chance takes away half at most', () => {
  fc.assert(
    fc.property(attempts, bounds, chance, (attempt, options, luck) => {
      const longest = backoffDelayMs(attempt, options);
      const wait = backoffDelayMs(attempt, { ...options, random: () => luck });
      assert.ok(wait <= longest && wait >= Math.floor(longest / 2));
    }),
  );
});

test('an attempt before the first is a mistake of the caller', () => {
  assert.throws(() => backoffDelayMs(0, { baseMs: 1, capMs: 2 }), /counted from 1/);
});
