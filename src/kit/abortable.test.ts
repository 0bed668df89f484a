import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { abortable } from './abortable.ts';

test('settles as the promise does, and leaves no listener behind', async () => {
  const { signal } = new AbortController();
  assert.equal(await abortable(Promise.resolve(1), signal), 1);
  await assert.rejects(abortable(Promise.reject(new Error('own')), signal), /own/);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('does not wait longer than the signal lets it', async () => {
  const controller = new AbortController();
  const waiting = abortable(new Promise(() => undefined), controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(abortable(new Promise(() => undefined), controller.signal), /enough/);
});
