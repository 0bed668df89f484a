import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Position } from '#model/words.ts';
import { DecidedWaiters } from './decided-waiters.ts';

const at = (high: number, normal: number, events: number) => ({
  high: high as Position,
  normal: normal as Position,
  events: events as Position,
});
const never = new AbortController().signal;

test('waits for its own lane, and only as far as its own position', async () => {
  const waiters = new DecidedWaiters();
  let done = false;
  const waiting = waiters.wait({ lane: 'normal', position: 5 as Position, signal: never }).then(() => (done = true));
  waiters.reached(at(9, 4, 9));
  await new Promise(setImmediate);
  assert.equal(done, false);
  waiters.reached(at(9, 5, 9));
  await waiting;
});

test('what is decided already is not waited for', async () => {
  const waiters = new DecidedWaiters();
  waiters.reached(at(0, 5, 0));
  await waiters.wait({ lane: 'normal', position: 5 as Position, signal: never });
});

test('an aborted wait rejects with the reason', async () => {
  const waiters = new DecidedWaiters();
  const controller = new AbortController();
  const waiting = waiters.wait({ lane: 'high', position: 1 as Position, signal: controller.signal });
  controller.abort(new Error('too late'));
  await assert.rejects(waiting, /too late/);
});
