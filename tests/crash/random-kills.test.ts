import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { hunt } from './hunt.ts';

const ROUNDS = 4;

test(`laws 1 to 4: ${ROUNDS} kills at random moments lose and double nothing that was acknowledged`, async (context) => {
  const seed = randomInt(2 ** 32);
  context.diagnostic(`seed ${seed}; again with: npm run crash -- --seed ${seed} --rounds ${ROUNDS}`);
  const figures = await hunt({ seed, rounds: ROUNDS, say: (line) => context.diagnostic(line) });
  assert.deepEqual(figures.faults, [], `seed ${seed}`);
});
