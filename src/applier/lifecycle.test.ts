import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextState } from './lifecycle.ts';
import type { LifeEvent, LifeState } from './lifecycle.ts';

const EVENTS: readonly LifeEvent[] = [
  'woken',
  'applied',
  'drained',
  'memory',
  'unavailable',
  'rejected',
  'rejected-alone',
  'due',
  'stop',
];

/** The events that each state's own work can end in. */
const ENDINGS: Readonly<Record<Exclude<LifeState, 'stopped'>, readonly LifeEvent[]>> = {
  waiting: ['woken'],
  applying: ['applied', 'drained', 'memory', 'unavailable', 'rejected', 'rejected-alone'],
  isolating: ['applied', 'drained', 'memory', 'unavailable', 'rejected', 'rejected-alone'],
  pausing: ['due'],
};

test('law 5: a poisoned lane goes on: rejected, alone, isolated, applying again', () => {
  const states = (['rejected', 'rejected-alone', 'applied', 'drained'] as const).reduce<LifeState[]>(
    (path, event) => [...path, nextState(path.at(-1) as LifeState, event)],
    ['applying'],
  );
  assert.deepEqual(states, ['applying', 'applying', 'isolating', 'applying', 'waiting']);
});

test('whatever happened, stop ends it and nothing starts it again', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS)), fc.array(fc.constantFrom(...EVENTS)), (before, after) => {
      const reached = before.reduce<LifeState>(nextState, 'applying');
      assert.equal(after.reduce<LifeState>(nextState, nextState(reached, 'stop')), 'stopped');
    }),
  );
});

test('from every state that work can reach, one good ending of each step leads back to waiting', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 30 }), (choices) => {
      let state: LifeState = 'applying';
      for (const choice of choices) {
        const endings: readonly LifeEvent[] = ENDINGS[state as keyof typeof ENDINGS];
        state = nextState(state, endings[choice % endings.length] as LifeEvent);
      }
      const good = { waiting: 'woken', applying: 'drained', isolating: 'applied', pausing: 'due' } as const;
      const path: LifeState[] = [state];
      while (state !== 'waiting' && path.length < 5) {
        state = nextState(state, good[state as keyof typeof good]);
        path.push(state);
      }
      assert.equal(state, 'waiting', path.join(' → '));
    }),
  );
});
