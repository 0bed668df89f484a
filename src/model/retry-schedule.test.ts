import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { afterTry } from './retry-schedule.ts';
import type { Try } from './retry-schedule.ts';
import type { WaitState } from './waiting.ts';

const MINUTE = 60_000;
const WAITS = { waitsMs: [5 * MINUTE, 30 * MINUTE, 30 * MINUTE] };
const failure = { code: '1004', message: 'Lead not found' };
const FIRST: Try = { reason: 'no-person', failure, acceptedAt: 0, at: 0, chance: 0 };

function next(before: WaitState, tried: Partial<Try> = {}): WaitState | undefined {
  return afterTry(WAITS, { ...FIRST, before, at: before.nextAttemptAt ?? 0, ...tried });
}

suite('the schedule of retries (docs/specs/retries.md)', () => {
  test('R3: an object is tried once for each wait, and waits no more after the last', () => {
    const times: number[] = [];
    let state = afterTry(WAITS, FIRST);
    while (state !== undefined) {
      times.push(state.nextAttemptAt ?? NaN);
      state = next(state);
    }
    assert.deepEqual(times, [5 * MINUTE, 35 * MINUTE, 65 * MINUTE]);
  });

  test('R3: it waits with the code that it fails with, and knows its tries', () => {
    assert.deepEqual(afterTry(WAITS, FIRST), { reason: 'no-person', ...failure, attempts: 1, nextAttemptAt: 300_000 });
    assert.equal(next({ reason: 'no-person', ...failure, attempts: 2, nextAttemptAt: 9 })?.attempts, 3);
  });

  test('R4: chance makes each wait longer, by a tenth at most', () => {
    const wait = fc.record({
      chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      attempts: fc.integer({ min: 1, max: 2 }),
      at: fc.integer({ min: 1, max: 2 ** 42 }),
    });
    fc.assert(
      fc.property(wait, ({ chance, attempts, at }) => {
        const state = next({ reason: 'no-person', ...failure, attempts, nextAttemptAt: at }, { chance, at });
        const waitedMs = (state?.nextAttemptAt ?? NaN) - at;
        const plannedMs = WAITS.waitsMs[attempts] ?? NaN;
        assert.ok(waitedMs >= plannedMs && waitedMs <= plannedMs * 1.1 + 1, `${waitedMs} of ${plannedMs}`);
      }),
    );
  });

  test('R5: a try before its time uses up none of the schedule', () => {
    const woken: WaitState = { reason: 'no-person', ...failure, attempts: 3, nextAttemptAt: 0 };
    assert.deepEqual(next(woken, { at: MINUTE }), { ...woken, nextAttemptAt: 31 * MINUTE });
    assert.equal(next({ ...woken, attempts: 1 }, { at: 4 * MINUTE })?.attempts, 1);
    assert.equal(next({ ...woken, attempts: 1 }, { at: 40 * MINUTE })?.attempts, 3);
    assert.equal(next({ ...woken, nextAttemptAt: MINUTE }), undefined);
  });

  test('R7: behind another version it has no time of its own', () => {
    const state = afterTry(WAITS, { ...FIRST, reason: 'behind' });
    assert.deepEqual(state, { reason: 'behind', ...failure, attempts: 1 });
    const noPerson: WaitState = { reason: 'no-person', ...failure, attempts: 2, nextAttemptAt: 5 };
    assert.deepEqual(next(noPerson, { reason: 'behind', at: 9e9 }), { ...state, attempts: 2 });
  });

  test('R7: found behind another when it was free, it has a time of its own, so that it is not tried without end', () => {
    const free: WaitState = { reason: 'behind', ...failure, attempts: 1, nextAttemptAt: 0 };
    assert.deepEqual(next(free, { reason: 'behind', at: 1000 }), { ...free, nextAttemptAt: 1000 + 5 * MINUTE });
  });

  test('R7: the retries that fell due while it waited behind another are used up', () => {
    const behind: WaitState = { reason: 'behind', ...failure, attempts: 1, nextAttemptAt: 0 };
    const attemptsAt = (at: number): number | undefined => next(behind, { acceptedAt: 1000, at: 1000 + at })?.attempts;
    assert.equal(attemptsAt(5 * MINUTE - 1), 1);
    assert.equal(attemptsAt(5 * MINUTE), 2);
    assert.equal(attemptsAt(64 * MINUTE), 3);
    assert.equal(attemptsAt(65 * MINUTE), undefined);
  });

  test('R7, R14: one that a batch had no room for waits for its person no longer than others', () => {
    const noRoom: WaitState = { reason: 'transient', ...failure, attempts: 1, nextAttemptAt: 1000 };
    const attemptsAt = (at: number): number | undefined => next(noRoom, { acceptedAt: 1000, at: 1000 + at })?.attempts;
    assert.equal(attemptsAt(10), 1);
    assert.equal(attemptsAt(5 * MINUTE), 2);
    assert.equal(attemptsAt(65 * MINUTE), undefined);
  });

  test('a schedule of one wait ends after one retry', () => {
    const once = { waitsMs: [1000] };
    const first = afterTry(once, FIRST);
    assert.equal(first?.nextAttemptAt, 1000);
    assert.equal(afterTry(once, { ...FIRST, before: first as WaitState, at: 1000 }), undefined);
  });
});
