import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { QuerySlots } from './query-slots.ts';

const never = new AbortController().signal;

/** Whether the promise has settled once all that can run now has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const later = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise.catch(() => undefined), later])) !== pending;
}

suite('slots', () => {
  test('beyond the limit a query waits, first come first served', async () => {
    const slots = new QuerySlots({ running: 1, waiting: 2 });
    const first = await slots.take(never);
    const second = slots.take(never);
    const third = slots.take(never);
    assert.equal(await settled(second), false);
    first[Symbol.dispose]();
    assert.equal(await settled(second), true);
    assert.equal(await settled(third), false);
    (await second)[Symbol.dispose]();
    assert.equal(await settled(third), true);
  });

  test('a full queue refuses', async () => {
    const slots = new QuerySlots({ running: 1, waiting: 1 });
    await slots.take(never);
    void slots.take(never);
    await assert.rejects(slots.take(never), { reason: 'unavailable' });
  });

  test('who gives up leaves the queue to the others', async () => {
    const slots = new QuerySlots({ running: 1, waiting: 2 });
    const first = await slots.take(never);
    const leaving = new AbortController();
    const second = slots.take(leaving.signal);
    const third = slots.take(never);
    leaving.abort(new Error('gone'));
    await assert.rejects(second, { message: 'gone' });
    first[Symbol.dispose]();
    assert.equal(await settled(third), true);
  });

  test('an abort after the slot was given takes nothing from anyone', async () => {
    const slots = new QuerySlots({ running: 1, waiting: 2 });
    const first = await slots.take(never);
    const leaving = new AbortController();
    const second = slots.take(leaving.signal);
    const third = slots.take(never);
    first[Symbol.dispose]();
    leaving.abort(new Error('gone'));
    (await second)[Symbol.dispose]();
    assert.equal(await settled(third), true);
  });
});
