import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextState } from './lifecycle.ts';
import type { LifeEvent, LifeState } from './lifecycle.ts';

const EVENTS: readonly LifeEvent[] = [
  'woken',
  'applied',
  'drained',
  'retried',
  'nothing-due',
  'memory',
  'memory-alone',
  'unavailable',
  'rejected',
  'rejected-alone',
  'due',
  'stop',
];

/** The events that each state's own work can end in. */
const ENDINGS: Readonly<Record<Exclude<LifeState, 'stopped'>, readonly LifeEvent[]>> = {
  waiting: ['woken'],
  applying: ['applied', 'drained', 'memory', 'memory-alone', 'unavailable', 'rejected', 'rejected-alone'],
  retrying: ['retried', 'nothing-due', 'drained', 'memory', 'unavailable', 'rejected', 'rejected-alone'],
  isolating: ['applied', 'memory', 'memory-alone', 'unavailable', 'rejected', 'rejected-alone'],
  'setting-aside': ['applied', 'memory', 'memory-alone', 'unavailable', 'rejected', 'rejected-alone'],
  pausing: ['due'],
};

function pathOf(...events: readonly LifeEvent[]): LifeState[] {
  return events.reduce<LifeState[]>(
    (path, event) => [...path, nextState(path.at(-1) as LifeState, event)],
    ['applying'],
  );
}

test('law 5: a poisoned lane goes on: rejected, alone, isolated, applying again', () => {
  const states = pathOf('rejected', 'rejected-alone', 'applied', 'nothing-due', 'drained', 'drained');
  assert.deepEqual(states, ['applying', 'applying', 'isolating', 'retrying', 'applying', 'retrying', 'waiting']);
});

test('law 5: an entry that the store has no memory for is set aside, and the lane goes on', () => {
  const states = pathOf('memory', 'due', 'memory-alone', 'applied', 'nothing-due');
  assert.deepEqual(states, ['applying', 'pausing', 'applying', 'setting-aside', 'retrying', 'applying']);
});

test('law 5: an entry with objects that are refused, and others that there is no memory for, is set aside too', () => {
  const states = pathOf('rejected-alone', 'memory', 'due', 'rejected-alone', 'memory-alone', 'applied');
  const isolated = ['isolating', 'pausing', 'applying', 'isolating'] as const;
  assert.deepEqual(states, ['applying', ...isolated, 'setting-aside', 'retrying']);
});

test('retries come between the batches of the lanes, and before the rest; the log is read after each', () => {
  const busy = pathOf('applied', 'retried', 'applied', 'nothing-due', 'applied');
  assert.deepEqual(busy, ['applying', 'retrying', 'applying', 'retrying', 'applying', 'retrying']);
  const idle = pathOf('drained', 'retried', 'drained', 'rejected', 'retried', 'drained', 'drained', 'woken');
  const retry = ['retrying', 'applying'] as const;
  assert.deepEqual(idle, ['applying', ...retry, 'retrying', ...retry, 'retrying', 'waiting', 'applying']);
});

test('a store that does not even let an object fail is at fault itself', () => {
  for (const state of ['retrying', 'isolating', 'setting-aside'] as const) {
    assert.equal(nextState(state, 'rejected-alone'), 'pausing');
  }
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
      const good = {
        waiting: 'woken',
        applying: 'drained',
        retrying: 'drained',
        isolating: 'applied',
        'setting-aside': 'applied',
        pausing: 'due',
      } as const;
      const path: LifeState[] = [state];
      while (state !== 'waiting' && path.length < 5) {
        state = nextState(state, good[state as keyof typeof good]);
        path.push(state);
      }
      assert.equal(state, 'waiting', path.join(' → '));
    }),
  );
});
