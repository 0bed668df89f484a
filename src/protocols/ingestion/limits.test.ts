import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyField, stateField } from './limits.ts';

test('the fields of the draft, as lists of strings with parameters', () => {
  const policy = { requestsPerSecond: 5000, dailyObjects: 10_000_000 };
  assert.equal(policyField(policy), '"second";q=5000;w=1, "day";q=10000000;qu="objects";w=86400');
  assert.equal(stateField({ requestsLeft: 0 }), '"second";r=0;t=1');
  const day = { objects: 9_999_000, seconds: 43_200 };
  assert.equal(stateField({ requestsLeft: 4999, day }), '"second";r=4999;t=1, "day";r=9999000;t=43200');
});

test('no number is greater than a structured field may hold (RFC 9651, section 3.3.1)', () => {
  const most = '999999999999999';
  const dailyObjects = Number.MAX_SAFE_INTEGER;
  assert.ok(policyField({ requestsPerSecond: 1, dailyObjects }).includes(`q=${most};qu`));
  assert.ok(stateField({ requestsLeft: 1, day: { objects: dailyObjects, seconds: 1 } }).includes(`r=${most};`));
});
