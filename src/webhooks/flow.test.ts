import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryDeliveries } from '#engines/memory/deliveries.ts';
import type { Deliveries } from '#ports/deliveries.ts';
import { Receiver } from '../../tests/support/receiver.ts';
import type { Manner } from '../../tests/support/receiver.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';

test('new events go on while a failed delivery waits for its next try', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  const [bad] = world.feed.append(1);
  receiver.manner = ({ headers }) => (headers['x-adobe-event-id'] === bad ? 500 : 200);
  const good = world.feed.append(30);
  await world.pass(0, async () => (await world.show(id)).delivered === 30);
  assert.deepEqual(new Set(receiver.eventIds), new Set([bad, ...good]));
  assert.equal((await world.show(id)).pending, 1);
  receiver.manner = () => 200;
  await world.retries(async () => (await world.show(id)).delivered === 31);
});

test('a receiver that hangs changes nothing for the others, and is sent one request at a time', async () => {
  await using world = await openWebhookWorld();
  await using dead = await Receiver.open();
  await using single = await Receiver.open();
  await using batch = await Receiver.open();
  const { id } = await world.create({ url: dead.url });
  await world.create({ url: single.url });
  await world.create({ url: batch.url, delivery: 'batch' });
  dead.manner = () => 'hang';
  world.feed.append(1);
  await dead.until(({ posts }) => posts.length === 1);
  world.feed.append(200);
  // The clock stands still: nothing of the dead one ends, and all of the others comes.
  await single.until(({ eventIds }) => eventIds.length === 201);
  await batch.until(({ eventIds }) => eventIds.length === 201);
  assert.ok(dead.posts.length <= 4);
  await world.pass(100, async () => (await world.traces(id)).length > 4);
  const before = dead.posts.length;
  world.feed.append(50);
  await single.until(({ eventIds }) => eventIds.length === 251);
  await batch.until(({ eventIds }) => eventIds.length === 251);
  assert.ok(dead.posts.length <= before + 1);
});

test('what is pending is bounded: the cursor stops, and events stay in the journal', async () => {
  await using world = await openWebhookWorld({ maxPending: 10 });
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  receiver.manner = () => 500;
  world.feed.append(25);
  await world.pass(0, async () => (await world.traces(id)).filter(({ kind }) => kind === 'events').length === 10);
  const { pending, cursor } = await world.show(id);
  assert.deepEqual([pending, cursor], [10, 10]);
  receiver.manner = () => 200;
  await world.retries(async () => (await world.show(id)).delivered === 25);
  assert.equal(new Set(receiver.eventIds).size, 25);
});

test('events that the journal forgets before their turn are counted and traced', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  receiver.manner = () => 500;
  world.feed.append(1);
  await world.pass(0, async () => (await world.traces(id)).length === 2);
  world.feed.append(9);
  world.feed.forgetBefore(6);
  receiver.manner = () => 200;
  await world.retries(async () => (await world.show(id)).dropped === 1);
  await world.retries(async () => (await world.show(id)).pending === 0);
  const { lostEvents, delivered, cursor } = await world.show(id);
  assert.deepEqual([lostEvents, delivered, cursor], [5, 5, 10]);
  const faults = (await world.traces(id)).map(({ fault = '' }) => fault).filter((fault) => /forgot/.test(fault));
  assert.deepEqual(
    faults.map((fault) => /\d+/.exec(fault)?.[0]).toSorted((a = '', b = '') => a.localeCompare(b)),
    ['1', '4'],
  );
});

test('a change that cannot be kept has not happened: no event is left out', async () => {
  const kept = createMemoryDeliveries();
  let commits = 0;
  const commit: Deliveries['commit'] = async (change) => {
    commits += 1;
    if (commits > 5 && commits % 3 === 0) throw new Error('disk full');
    return kept.commit(change);
  };
  const deliveries = new Proxy(kept, {
    get(target, name: keyof Deliveries) {
      const member = name === 'commit' ? commit : target[name];
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  await using world = await openWebhookWorld({ deliveries });
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  const ids = world.feed.append(20);
  await world.pass(500, async () => (await world.show(id)).delivered === 20);
  assert.deepEqual(new Set(receiver.eventIds), new Set(ids));
  assert.ok(world.told.some(({ event }) => event === 'fault'));
});

test('after a restart each event that was not acknowledged is sent again, and none is left out', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  const manners: readonly Manner[] = [500, 'hang', 200];
  receiver.manner = () => manners[receiver.posts.length % 3] ?? 200;
  const ids = [...world.feed.append(12)];
  await receiver.until(({ posts }) => posts.length >= 3);
  await world.restart();
  receiver.manner = () => 200;
  ids.push(...world.feed.append(3));
  await world.retries(async () => {
    const standing = await world.deliveries.standing(id);
    return standing?.cursor === 15 && (await world.deliveries.pending(id)).length === 0;
  });
  assert.deepEqual(new Set(receiver.eventIds), new Set(ids));
});
