import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newStanding } from '#model/webhook.ts';
import type { WebhookStanding } from '#model/webhook.ts';
import { afterTry } from './states.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);

const NEW: WebhookStanding = { ...newStanding('one', 0), state: 'active' };

/** `+` and `-` are tries that succeed and fail, `intervalMs` apart. */
function tries(
  standing: WebhookStanding,
  { marks, from, intervalMs }: { marks: string; from: number; intervalMs: number },
): WebhookStanding {
  return marks
    .split('')
    .reduce(
      (before, mark, step) =>
        afterTry(before, { at: START + from + step * intervalMs, succeeded: mark === '+', exhausted: false }),
      standing,
    );
}

function stateOf(marks: string, intervalMs = MINUTE): string {
  return tries(NEW, { marks, from: 0, intervalMs }).state;
}

test('unstable: more than 80 % of at least 10 tries failed within 30 minutes', () => {
  assert.equal(stateOf('-'.repeat(9)), 'active');
  assert.equal(stateOf('-'.repeat(10)), 'unstable');
  assert.equal(stateOf(`++${'-'.repeat(8)}`), 'active', '80 % is not more than 80 %');
  assert.equal(stateOf(`++${'-'.repeat(9)}`), 'unstable');
  assert.equal(stateOf('-'.repeat(40), 5 * MINUTE), 'active', 'never 10 within 30 minutes');
});

test('active again: more than 80 % of at least 10 tries succeeded within 30 minutes', () => {
  const unstable = tries(NEW, { marks: '-'.repeat(10), from: 0, intervalMs: 0 });
  const later = (marks: string): string => tries(unstable, { marks, from: HOUR, intervalMs: MINUTE }).state;
  assert.equal(later('+'.repeat(9)), 'unstable');
  assert.equal(later('+'.repeat(10)), 'active');
  assert.equal(later(`--${'+'.repeat(8)}`), 'unstable');
  assert.equal(tries(unstable, { marks: '+'.repeat(41), from: 0, intervalMs: 0 }).state, 'active');
});

test('disabled: more than 80 % of at least 10 failed within 24 hours, and that for 24 hours', () => {
  const hourly = (hours: number): WebhookStanding =>
    tries(NEW, { marks: '-'.repeat(hours + 1), from: 0, intervalMs: HOUR });
  assert.equal(hourly(23).state, 'active', 'a receiver with few deliveries is never unstable');
  assert.equal(hourly(24).state, 'disabled');
  const half = tries(NEW, { marks: '-+'.repeat(30), from: 0, intervalMs: HOUR });
  assert.equal(half.state, 'active');
  const few = tries(NEW, { marks: '-'.repeat(10), from: 0, intervalMs: 6 * HOUR });
  assert.equal(few.state, 'active', 'never 10 within 24 hours');
});

test('disabled: a delivery has failed for as long as it may be tried', () => {
  const failing = tries(NEW, { marks: '-'.repeat(9), from: 0, intervalMs: 0 });
  assert.equal(afterTry(failing, { at: START, succeeded: false, exhausted: true }).state, 'disabled');
  const few = tries(NEW, { marks: '-', from: 0, intervalMs: 0 });
  assert.equal(afterTry(few, { at: START, succeeded: false, exhausted: true }).state, 'active');
});

test('what is kept of the tries is bounded by a day (law 6), whatever the clock does', () => {
  const marks = '-+'.repeat(2_000);
  const long = tries(NEW, { marks, from: 0, intervalMs: 2 * MINUTE });
  assert.ok(long.outcomes.length <= 290, String(long.outcomes.length));
  const jumped = tries(long, { marks, from: -48 * HOUR, intervalMs: 2 * MINUTE });
  assert.ok(jumped.outcomes.length <= 290);
  const sum = jumped.outcomes.reduce((all, { succeeded, failed }) => all + succeeded + failed, 0);
  assert.ok(sum > 4_000 && sum <= 4_000 + 24 * 30 + 5, String(sum));
});
