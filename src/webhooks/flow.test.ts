import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryDeliveries } from '#engines/memory/deliveries.ts';
import type { Deliveries } from '#ports/deliveries.ts';
import { Receiver } from '../../tests/support/receiver.ts';
import type { Manner } from '../../tests/support/receiver.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';

/** These deliveries, with another way to commit. */
function withCommit(deliveries: Deliveries, commit: Deliveries['commit']): Deliveries {
  return new Proxy(deliveries, {
    get(target, name: keyof Deliveries) {
      const member = name === 'commit' ? commit : target[name];
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

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

test('a receiver that hangs for an hour makes no other wait: each event comes within its second of the clock', async (t) => {
  await using world = await openWebhookWorld();
  await using dead = await Receiver.open();
  await using sound = await Receiver.open();
  const { id } = await world.create({ url: dead.url });
  const other = await world.create({ url: sound.url });
  dead.manner = () => 'hang';
  const SECONDS = 3_600;
  const STEP_SECONDS = 10;
  for (let events = 1; events <= SECONDS / STEP_SECONDS; events += 1) {
    world.feed.append(1);
    // The clock does not move before the event has come.
    await sound.until(({ eventIds }) => eventIds.length === events);
    for (let second = 0; second < STEP_SECONDS; second += 1) {
      world.clock.advance(1_000);
      await new Promise(setImmediate);
    }
  }
  assert.equal(new Set(sound.eventIds).size, SECONDS / STEP_SECONDS);
  assert.equal((await world.show(other.id)).dropped, 0);
  const hung = await world.show(id);
  t.diagnostic(`beside it ${dead.posts.length} requests hung, ${hung.pending} deliveries pending, none delivered`);
  assert.equal(hung.delivered, 0);
  assert.ok(dead.posts.length > 1);
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

test('gaps that retention leaves are passed over, counted and traced, and nothing else is left out', async () => {
  await using world = await openWebhookWorld();
  await using single = await Receiver.open();
  await using batch = await Receiver.open();
  await using some = await Receiver.open();
  // Fails first, so that what waits is read again.
  for (const receiver of [single, batch, some]) receiver.manner = () => (receiver.posts.length > 2 ? 200 : 500);
  const hooks = [
    await world.create({ url: single.url, enabled: false }),
    await world.create({ url: batch.url, enabled: false, delivery: 'batch' }),
    await world.create({ url: some.url, enabled: false, types: ['results'] }),
  ];
  for (const { id } of hooks) await world.patch(id, { enabled: true });
  world.feed.failure = new Error('down');
  const ids = world.feed.append(40);
  const gaps = [3, 4, 7, 20, 21, 22, 38, 40];
  world.feed.forget(gaps);
  world.feed.failure = undefined;
  const left = ids.filter((_, index) => !gaps.includes(index + 1));
  for (const [index, receiver] of [single, batch, some].entries()) {
    const id: string = hooks[index]?.id;
    await world.pass(1_000, async () => {
      const { cursor, pending } = await world.show(id);
      return cursor === 40 && pending === 0;
    });
    assert.deepEqual(new Set(receiver.eventIds), new Set(left));
    const { lostEvents } = await world.show(id);
    // Of some types, nobody knows of which the lost ones were.
    assert.equal(lostEvents, receiver === some ? 0 : gaps.length);
    const told = (await world.traces(id)).map(({ fault = '' }) => Number(/forgot (\d+)/.exec(fault)?.[1] ?? 0));
    assert.equal(
      told.reduce((sum, events) => sum + events, 0),
      lostEvents,
    );
  }
});

test('a change that cannot be kept has not happened: no event is left out', async () => {
  const kept = createMemoryDeliveries();
  let commits = 0;
  const commit: Deliveries['commit'] = async (change) => {
    commits += 1;
    if (commits > 5 && commits % 3 === 0) throw new Error('disk full');
    return kept.commit(change);
  };
  await using world = await openWebhookWorld({ deliveries: withCommit(kept, commit) });
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  const ids = world.feed.append(20);
  await world.pass(500, async () => (await world.show(id)).delivered === 20);
  assert.deepEqual(new Set(receiver.eventIds), new Set(ids));
  assert.ok(world.told.some(({ event }) => event === 'fault'));
});

test('events that are not for a webhook cost no commit each, and its cursor is kept after a while and at the end', async () => {
  const kept = createMemoryDeliveries();
  let commits = 0;
  const commit: Deliveries['commit'] = (change) => {
    commits += 1;
    return kept.commit(change);
  };
  await using world = await openWebhookWorld({ deliveries: withCommit(kept, commit) });
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url, types: ['status'] });
  const cursors = async (): Promise<readonly unknown[]> => [
    (await world.show(id)).cursor,
    (await kept.standing(id))?.cursor,
  ];
  const before = commits;
  const passed = async (cursor: number): Promise<boolean> => (await world.show(id)).cursor === cursor;
  for (let ordinal = 1; ordinal <= 20; ordinal += 1) {
    world.feed.append(1, 'results');
    await world.pass(0, () => passed(ordinal));
  }
  assert.deepEqual([await cursors(), commits], [[20, 0], before]);
  // Quiet or not, it is kept.
  await world.pass(1_000, async () => (await kept.standing(id))?.cursor === 20);
  assert.equal(commits, before + 1);
  world.feed.append(1, 'results');
  await world.pass(0, () => passed(21));
  const [wanted] = world.feed.append(1, 'status');
  await world.pass(0, async () => (await world.show(id)).delivered === 1);
  assert.deepEqual([receiver.eventIds, await cursors()], [[wanted], [22, 22]]);
  world.feed.append(5, 'results');
  await world.pass(0, () => passed(27));
  assert.deepEqual(await cursors(), [27, 22]);
  await world.restart();
  assert.equal((await kept.standing(id))?.cursor, 27);
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
