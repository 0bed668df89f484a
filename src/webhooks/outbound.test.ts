import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Receiver } from '../../tests/support/receiver.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { AddressGuard } from './address-guard.ts';
import { Lookups } from './lookups.ts';
import { Outbound } from './outbound.ts';
import { Slots } from './slots.ts';

test('receivers of one workspace that hang take its part of the slots alone', async () => {
  await using dead = await Receiver.open();
  await using alive = await Receiver.open();
  dead.manner = () => 'hang';
  const clock = new TestClock();
  const lookups = new Lookups({ clock, resolve: async () => [] });
  const guard = new AddressGuard({ allowPrivate: true, lookups });
  const slots = new Slots({ all: 3, each: 2 });
  await using hanging = new Outbound({ clock, guard, slots, workspace: 'one' });
  await using answered = new Outbound({ clock, guard, slots, workspace: 'two' });
  const stop = new AbortController();
  const headers = { 'x-adobe-event-id': 'any' };
  const call = { method: 'POST', url: dead.url, headers } as const;
  const calls = Array.from({ length: 5 }, () => hanging.call(call, stop.signal));
  await dead.until(({ posts }) => posts.length === 2);
  const { answer } = await answered.call({ ...call, url: alive.url }, stop.signal);
  assert.deepEqual([answer?.status, dead.posts.length], [200, 2]);
  stop.abort();
  for (const ended of await Promise.allSettled(calls)) assert.equal(ended.status, 'rejected');
});
