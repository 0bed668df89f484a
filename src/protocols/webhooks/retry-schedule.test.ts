import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextAttemptAt, retryAfterMs, verdictOn } from './retry-schedule.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);

test('which answers are a success, which are tried again', () => {
  const verdicts = (statuses: readonly (number | undefined)[]): Set<string> => new Set(statuses.map(verdictOn));
  assert.deepEqual(verdicts([200, 201, 204, 299]), new Set(['delivered']));
  assert.deepEqual(verdicts([undefined, 429, 500, 502, 503, 504, 506, 599]), new Set(['retry']));
  assert.deepEqual(verdicts([100, 199, 300, 301, 302, 307, 400, 401, 404, 410, 428, 499, 505, 600]), new Set(['drop']));
});

test('the waits are 1, 2, 4, 8, 15, 15 … minutes, for 24 hours', () => {
  const waits: number[] = [];
  let now = START;
  for (let attempts = 1; ; attempts += 1) {
    const next = nextAttemptAt({ firstTriedAt: START, attempts, now });
    if (next === undefined) break;
    waits.push((next - now) / MINUTE);
    now = next;
  }
  assert.deepEqual(waits.slice(0, 6), [1, 2, 4, 8, 15, 15]);
  assert.deepEqual(new Set(waits.slice(4)), new Set([15]));
  assert.equal(now, START + 24 * 60 * MINUTE);
});

test('Retry-After lengthens a wait, never shortens it, and never beyond the 24 hours', () => {
  const failed = { firstTriedAt: START, attempts: 3, now: START };
  assert.equal(nextAttemptAt({ ...failed, retryAfterMs: 1_000 }), START + 4 * MINUTE);
  assert.equal(nextAttemptAt({ ...failed, retryAfterMs: 10 * MINUTE }), START + 10 * MINUTE);
  assert.equal(nextAttemptAt({ ...failed, retryAfterMs: 1_441 * MINUTE }), undefined);
});

test('Retry-After is seconds or a date', () => {
  assert.equal(retryAfterMs('120', START), 120_000);
  assert.equal(retryAfterMs(new Date(START + 90_000).toUTCString(), START), 90_000);
  assert.equal(retryAfterMs(new Date(START - 90_000).toUTCString(), START), 0);
  for (const unknown of [undefined, 'soon', '-', '1e99999x']) assert.equal(retryAfterMs(unknown, START), undefined);
});
