import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addsUp } from '#model/fates.ts';
import type { FateCounts, Lane, MunchkinId, Position, RequestId } from '#model/words.ts';
import { events, openApplierWorld, persons, purchases, WORKSPACE } from '../../tests/support/applier-world.ts';
import type { ApplierWorld, SentEntry } from '../../tests/support/applier-world.ts';

const never = new AbortController().signal;
const LAST = 1_000_000 as Position;

async function countsOf(world: ApplierWorld, requestId: RequestId): Promise<FateCounts | undefined> {
  return (await world.store.reader().request(WORKSPACE, requestId))?.counts;
}

function valuesOf(world: ApplierWorld, type: string, field: string): unknown[] {
  const rows = world.store.objects(WORKSPACE, type)?.rows.values() ?? [];
  return [...rows].map(({ values }) => values.get(field));
}

test('law 2: every request, and the whole workspace, adds up over good and bad objects', async () => {
  await using world = await openApplierWorld();
  const unreadable: SentEntry = { ...persons([]), body: '{"persons":', objects: 3 };
  const mixed = [{ email: 'a@b.co' }, { email: 'a@b.co' }, { email: 'no address' }, { nope: 1 }];
  const zero = { created: 0, updated: 0, stored: 0, deleted: 0, failed: 0, pending: 0 };
  const sent: [SentEntry, FateCounts][] = [
    [persons(mixed), { ...zero, received: 4, created: 1, updated: 1, failed: 2 }],
    [
      purchases([{ vin: 'v1' }, { year: 1 }, { vin: 'v1' }]),
      { ...zero, received: 3, created: 1, updated: 1, failed: 1 },
    ],
    [events([{ a: 1 }, { a: 'x' }]), { ...zero, received: 2, stored: 2 }],
    [unreadable, { ...zero, received: 3, failed: 3 }],
  ];
  const requests = await Promise.all(sent.map(async ([entry, counts]) => ({ ...(await world.send(entry)), counts })));
  await world.settled();
  for (const { requestId, counts } of requests) {
    assert.ok(addsUp(counts));
    assert.deepEqual(await countsOf(world, requestId), counts);
  }
  const totals = await world.store.reader().totals(WORKSPACE);
  assert.ok(addsUp(totals));
  assert.equal(totals.received, 12);
});

test('law 3: a new applier over the same store applies nothing again, and goes on behind the checkpoint', async () => {
  await using world = await openApplierWorld();
  await world.send(events([{ n: 1 }]));
  await world.settled();
  await world.applier[Symbol.asyncDispose]();
  const again = world.restarted();
  await world.append(events([{ n: 2 }]));
  again.wake(WORKSPACE);
  await again.decided(WORKSPACE, 'events', 2 as Position, never);
  await again[Symbol.asyncDispose]();
  const page = await world.store.reader().events(WORKSPACE, { database: 'web', table: 'clicks', start: 0, limit: 10 });
  assert.deepEqual(page?.events, ['{"n":1}', '{"n":2}']);
});

test('law 4: objects of a lane are applied in the order of acceptance, through batches of every size', async () => {
  await using world = await openApplierWorld({
    limits: { budget: { most: { entries: 7, objects: 40, bytes: 100_000 }, slowSeconds: 1 } },
  });
  for (let i = 0; i < 200; i += 1) {
    await world.send(persons([{ email: 'a@b.co', lastName: `n${i}` }, { email: `${i}@b.co` }]));
    await world.send(events([{ i }]));
  }
  await world.settled();
  assert.equal(valuesOf(world, 'persons', 'lastname')[0], 'n199');
  const reader = world.store.reader();
  const page = await reader.events(WORKSPACE, { database: 'web', table: 'clicks', start: 0, limit: 1_000 });
  assert.deepEqual(
    page?.events,
    Array.from({ length: 200 }, (_, i) => `{"i":${i}}`),
  );
  const batches = world.told.filter(({ event }) => event === 'batchApplied');
  assert.ok(batches.length > 20, `${batches.length} batches`);
});

test('law 4: high goes first, and neither normal nor events wait for its end', async () => {
  const lanes: Lane[] = ['normal', 'events', 'high'];
  const backlog = lanes.flatMap((lane) => Array.from({ length: 200 }, (_, i) => entryOf(lane, i)));
  const limits = { budget: { most: { entries: 16, objects: 16, bytes: 1_000_000 }, slowSeconds: 1 } };
  await using world = await openApplierWorld({ backlog, limits });
  await world.settled();
  const at = (lane: Lane): number[] => world.batches.map((batch) => batch.filter((entry) => entry === lane).length);
  const [high, normal, event] = [at('high'), at('normal'), at('events')];
  const last = high.findLastIndex((count) => count > 0);
  assert.ok(last < normal.findLastIndex((count) => count > 0));
  for (let batch = 0; batch < last; batch += 1) {
    assert.ok(Number(normal[batch]) > 0 && Number(event[batch]) > 0, `batch ${batch} left a lane out`);
    assert.ok(Number(high[batch]) >= Number(normal[batch]));
  }
});

function entryOf(lane: Lane, i: number): SentEntry {
  return lane === 'events' ? events([{ i }]) : persons([{ email: `${lane}${i}@b.co` }], lane);
}

test('a definition that was made before an entry was accepted is known when it is decided', async () => {
  const field = Promise.withResolvers<void>();
  await using world = await openApplierWorld({
    // The field is made, and the entry accepted, while the applier is about to read the log.
    aroundReader: (reader) => ({
      async read(...args) {
        if (args[1] === 'normal') await field.promise;
        return await reader.read(...args);
      },
      find: (...args) => reader.find(...args),
      backlog: (...args) => reader.backlog(...args),
      keptBytes: (...args) => reader.keptBytes(...args),
      truncationPoint: (...args) => reader.truncationPoint(...args),
      [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
    }),
  });
  await world.control.putPersonField(WORKSPACE, {
    name: 'colour',
    displayName: 'Colour',
    dataType: 'string',
    custom: true,
  });
  await world.send(persons([{ email: 'a@b.co', colour: 'red' }]));
  field.resolve();
  await world.settled();
  assert.deepEqual(valuesOf(world, 'persons', 'colour'), ['red']);
});

test('a workspace that is made while the applier runs is applied', async () => {
  await using world = await openApplierWorld();
  const later = '777-NEW-777' as MunchkinId;
  await world.control.createWorkspace(later, 0);
  await world.send({ ...persons([{ email: 'a@b.co' }]), workspace: later });
  await world.settled();
  assert.deepEqual(
    (await world.applier.status()).workspaces.map(({ workspace }) => workspace),
    [WORKSPACE, later],
  );
});

test('a wait for an entry finds it even when nobody woke the applier', async () => {
  await using world = await openApplierWorld();
  await world.send(persons([{ email: 'a@b.co' }]));
  await world.settled();
  const { position } = await world.append(persons([{ email: 'b@b.co' }]));
  await world.applier.decided(WORKSPACE, 'normal', position, AbortSignal.timeout(10_000));
  const status = (await world.applier.status()).workspaces[0];
  assert.equal(status?.checkpoint.normal, position);
  assert.equal(status?.reason, undefined);
});

test('stopping ends every wait, lets the running batch end, and reports no fault', async () => {
  await using world = await openApplierWorld({
    limits: { budget: { most: { entries: 2, objects: 2, bytes: 100_000 }, slowSeconds: 1 } },
  });
  for (let i = 0; i < 100; i += 1) await world.send(persons([{ email: `${i}@b.co` }]));
  const waiting = world.applier.decided(WORKSPACE, 'normal', LAST, never);
  const ended = assert.rejects(waiting, /stopped/);
  await world.applier[Symbol.asyncDispose]();
  await ended;
  const { normal } = await world.store.checkpoint(WORKSPACE);
  assert.equal(world.store.objects(WORKSPACE, 'persons')?.rows.size ?? 0, normal);
  assert.deepEqual(
    world.told.filter(({ event }) => event !== 'batchApplied'),
    [],
  );
  await assert.rejects(world.applier.decided(WORKSPACE, 'normal', LAST, never), /stopped/);
});

test('law 6: entries that match by other fields in turn make no batch of endless statements', async () => {
  const backlog = Array.from({ length: 400 }, (_, i) => {
    const dedupeFields = { field1: i % 2 === 0 ? 'email' : 'firstName' };
    return persons([{ email: `${i}@b.co`, firstName: `f${i}` }], 'normal', { dedupeFields });
  });
  await using world = await openApplierWorld({ backlog: [...backlog, events([{ a: 1 }])] });
  await world.settled();
  for (const batch of world.batches) assert.ok(batch.filter((lane) => lane === 'normal').length <= 64);
  assert.ok(world.batches[0]?.includes('events'));
  assert.equal(world.store.objects(WORKSPACE, 'persons')?.rows.size, 400);
});

test('law 6: events that share hardly a key make small batches, and ordinary ones a large one', async () => {
  const spread = (width: number): SentEntry =>
    events(
      Array.from({ length: 5_000 }, (_, i) => ({ [`k${(i * 7) % width}`]: i })),
      `of${width}`,
    );
  const backlog = [...Array.from({ length: 5 }, () => spread(6)), ...Array.from({ length: 8 }, () => spread(512))];
  const limits = { budget: { most: { entries: 1_000, objects: 400_000, bytes: 64_000_000 }, slowSeconds: 60 } };
  await using world = await openApplierWorld({ backlog, limits });
  await world.settled();
  assert.deepEqual(
    world.batches.map((batch) => batch.length),
    [7, 2, 2, 2],
  );
});
