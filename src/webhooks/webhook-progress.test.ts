import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryDeliveries } from '#engines/memory/deliveries.ts';
import { newStanding } from '#model/webhook.ts';
import type { WebhookStanding } from '#model/webhook.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { WebhookProgress } from './webhook-progress.ts';

const STANDING: WebhookStanding = { ...newStanding('one', 0), state: 'active' };

test('a change that comes after the end is none, and keeps nothing', async () => {
  const deliveries = createMemoryDeliveries();
  await deliveries.commit({ standing: STANDING });
  const progress = new WebhookProgress({ clock: new TestClock(), deliveries, pendingChanged: () => {} }, STANDING, []);
  await progress.passBy(3);
  const ended = progress.end();
  const decided: unknown[] = [];
  await progress.change((standing) => {
    decided.push(standing);
    return { standing };
  });
  await progress.keepCursor(0);
  await ended;
  assert.deepEqual([decided, await deliveries.standing('one')], [[], undefined]);
});

test('a cursor that went ahead is kept with the next change, or once it has been ahead for so long', async () => {
  const deliveries = createMemoryDeliveries();
  const clock = new TestClock();
  const progress = new WebhookProgress({ clock, deliveries, pendingChanged: () => {} }, STANDING, []);
  const kept = async (): Promise<number | undefined> => (await deliveries.standing('one'))?.cursor;
  await progress.passBy(3);
  clock.advance(999);
  await progress.passBy(5);
  await progress.keepCursor(1_000);
  assert.deepEqual([progress.standing.cursor, progress.isAhead, await kept()], [5, true, undefined]);
  clock.advance(1);
  await progress.keepCursor(1_000);
  assert.deepEqual([progress.isAhead, await kept()], [false, 5]);
  await progress.passBy(7);
  await progress.change((standing) => ({ standing: { ...standing, delivered: 1 } }));
  assert.deepEqual([progress.isAhead, await kept()], [false, 7]);
});
