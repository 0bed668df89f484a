import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_BUDGET_LIMITS as LIMITS, initialBudget, nextBudget } from './budget.ts';
import type { Budget } from './budget.ts';

const MOST = LIMITS.most;
const full = (budget: Budget, seconds: number): Budget =>
  nextBudget(budget, { event: 'applied', size: budget, seconds }, LIMITS);

test('law 6: quick batches grow up to the limit and not beyond', () => {
  let budget = initialBudget(LIMITS);
  for (let i = 0; i < 20; i += 1) budget = full(budget, 0.01);
  assert.deepEqual(budget, MOST);
});

test('slow batches shrink, but not below what is worth its fixed costs', () => {
  let budget = MOST;
  for (let i = 0; i < 20; i += 1) budget = full(budget, 60);
  assert.ok(budget.objects < MOST.objects);
  assert.ok(budget.objects >= 20_000);
});

test('law 5: rejected batches are halved from what they held until one entry is left', () => {
  let budget = MOST;
  let size: Budget = { entries: 1_000, objects: 1_000, bytes: 100_000 };
  let tries = 0;
  while (size.entries > 1) {
    budget = nextBudget(budget, { event: 'rejected', size, seconds: 0 }, LIMITS);
    size = { ...size, entries: Math.min(size.entries, budget.entries) };
    tries += 1;
  }
  assert.equal(tries, 9);
});

test('a pause for an engine that is down changes no budget', () => {
  assert.equal(nextBudget(MOST, { event: 'unavailable', size: MOST, seconds: 0 }, LIMITS), MOST);
});

test('a budget that poison or want of memory made small grows again, however slow the store is', () => {
  let budget: Budget = { entries: 1, objects: 1, bytes: 1 };
  for (let i = 0; i < 40; i += 1) budget = full(budget, 5);
  assert.ok(budget.objects >= 20_000, JSON.stringify(budget));
});
