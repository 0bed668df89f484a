import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { Store } from '#ports/store.ts';
import { StoreError } from '#ports/store.ts';
import {
  cancelWaiting,
  events,
  openApplierWorld,
  persons,
  purchases,
  WORKSPACE,
} from '../../tests/support/applier-world.ts';
import type { ApplierWorld, SentEntry } from '../../tests/support/applier-world.ts';
import { tampered } from '../../tests/support/tampered-store.ts';
import { TestClock, withoutPauses } from '../../tests/support/test-clock.ts';

const OTHER = '777-OTH-777' as MunchkinId;

/** Refuses each batch with a person of whom `isRefused` says so, by first name. */
function refusing(isRefused: (firstNames: readonly unknown[]) => boolean): (store: Store) => Store {
  return (store) =>
    tampered(store, (transaction) => ({
      async upsertPersons(run) {
        const place = run.fields.findIndex(({ name }) => name === 'firstName');
        if (isRefused(run.rows.map(({ values }) => values[place]))) throw new StoreError('rejected', 'not this one');
        return await transaction.upsertPersons(run);
      },
    }));
}

const crowd = (from: number, count: number): object[] =>
  Array.from({ length: count }, (_, i) => ({ email: `${from + i}@b.co`, firstName: 'good' }));

async function failuresOf(world: ApplierWorld): Promise<[RequestId, number, string][]> {
  const failures = await world.store.reader().failures(WORKSPACE, { limit: 1_000 });
  return failures.map(({ requestId, index, code }) => [requestId, index, code]);
}

function personsStored(world: ApplierWorld, workspace = WORKSPACE): number {
  return world.store.objects(workspace, 'persons')?.rows.size ?? 0;
}

test('law 5: one object that the store refuses among thousands fails alone', async () => {
  await using world = await openApplierWorld({ around: refusing((names) => names.includes('bad')) });
  for (let i = 0; i < 10; i += 1) await world.append(persons(crowd(i * 100, 100)));
  const poisoned = crowd(1_000, 100).with(61, { email: 'bad@b.co', firstName: 'bad' });
  const { requestId } = await world.append(persons(poisoned));
  for (let i = 20; i < 30; i += 1) await world.append(persons(crowd(i * 100, 100)));
  await world.settled();
  assert.deepEqual(await failuresOf(world), [[requestId, 61, 'refused']]);
  assert.equal(personsStored(world), 2_099);
  const [failure] = await world.store.reader().failures(WORKSPACE, { limit: 1 });
  assert.equal(failure?.object, JSON.stringify({ email: 'bad@b.co', firstName: 'bad' }));
  assert.deepEqual(world.told.filter(({ event }) => event === 'entryQuarantined').length, 1);
});

test('law 5: objects that the store refuses only together lose one, and the lane goes on', async () => {
  const both = (names: readonly unknown[]): boolean => names.includes('north') && names.includes('south');
  await using world = await openApplierWorld({ around: refusing(both) });
  const entry = crowd(0, 40)
    .with(3, { email: 'n@b.co', firstName: 'north' })
    .with(30, { email: 's@b.co', firstName: 'south' });
  const { requestId } = await world.send(persons(entry));
  await world.settled();
  assert.deepEqual(await failuresOf(world), [[requestId, 30, 'refused']]);
  assert.equal(personsStored(world), 39);
});

test('law 5: an entry of which the store refuses every object goes to quarantine whole', async () => {
  await using world = await openApplierWorld({ around: refusing((names) => names.includes('bad')) });
  await world.send(persons(Array.from({ length: 20 }, (_, i) => ({ email: `${i}@b.co`, firstName: 'bad' }))));
  await world.send(persons(crowd(100, 5)));
  await world.settled();
  assert.equal((await failuresOf(world)).length, 20);
  assert.equal(personsStored(world), 5);
});

test('law 5: entries that cannot be read fail whole with their bytes', async () => {
  await using world = await openApplierWorld();
  const wrong: SentEntry[] = [
    { ...persons([]), body: '{"persons":[', objects: 2 },
    { ...persons([{ email: 'a@b.co' }]), objects: 2 },
    { ...events([{ a: 1 }]), body: '[{"a":1},3]', objects: 2 },
    { ...events([{ a: 1 }]), envelope: { kind: 'deletion' } as never },
    { ...events([]), envelope: { kind: 'replay', clientId: 'c', objectKind: 'event', type: 'a.b' }, body: '[{}]' },
    { ...cancelWaiting('' as RequestId), envelope: { kind: 'command', command: 'burn', clientId: 'c' } as never },
  ];
  for (const entry of wrong) {
    await world.send(entry);
    await world.send(persons(crowd(0, 1)));
    await world.send(events([{ fine: true }]));
  }
  await world.settled();
  const failures = await world.store.reader().failures(WORKSPACE, { limit: 100 });
  assert.ok(failures.every(({ index }) => index === -1));
  const bytes = failures.map(({ object }) => Buffer.from(object, 'base64').toString());
  assert.deepEqual(new Set(bytes), new Set(wrong.map(({ body }) => body)));
  assert.equal(bytes.length, wrong.length);
  const totals = await world.store.reader().totals(WORKSPACE);
  assert.equal(
    totals.failed,
    wrong.reduce((sum, { objects }) => sum + objects, 0),
  );
  assert.equal(totals.quarantine.objects, totals.failed, 'a body stands for all its objects');
  assert.deepEqual([totals.created, totals.updated, totals.stored], [1, wrong.length - 1, wrong.length]);
});

test('a store that refuses even the quarantine is at fault itself: the workspace pauses and loses nothing', async () => {
  let isBroken = true;
  await using world = await openApplierWorld({
    around: (store) =>
      tampered(store, () => {
        if (isBroken) throw new StoreError('rejected', 'nothing at all');
        return {};
      }),
  });
  await world.send(persons(crowd(0, 3)));
  await toldOf(world, 'workspacePaused');
  assert.deepEqual((await world.applier.status()).workspaces[0]?.state, 'paused');
  isBroken = false;
  await world.settled();
  assert.equal(personsStored(world), 3);
  assert.deepEqual(await failuresOf(world), []);
});

test('a store that is down pauses its workspace alone, and goes on where it was when it is back', async () => {
  let isDown = true;
  await using world = await openApplierWorld({
    workspaces: [OTHER],
    around: (store) => ({
      ...tampered(store, () => ({})),
      async checkpoint(workspace) {
        if (isDown && workspace === WORKSPACE) throw new StoreError('unavailable', 'the disk is gone');
        return await store.checkpoint(workspace);
      },
    }),
  });
  await world.send({ ...persons(crowd(0, 2)), workspace: OTHER });
  await world.settled();
  await world.send(persons(crowd(0, 3)));
  assert.equal(personsStored(world, OTHER), 2);
  await toldOf(world, 'batchRetried');
  assert.equal((await world.applier.status()).workspaces[0]?.reason, 'the disk is gone');
  isDown = false;
  await world.settled();
  assert.equal(personsStored(world), 3);
  await toldOf(world, 'workspaceResumed');
});

test('a store that cannot even be opened for reasons of its own quarantines nothing', async () => {
  let failures = 3;
  await using world = await openApplierWorld({
    around: (store) => ({
      ...tampered(store, () => ({})),
      async checkpoint(workspace) {
        if (failures > 0) {
          failures -= 1;
          throw new StoreError('rejected', 'Catalog Error: not a store');
        }
        return await store.checkpoint(workspace);
      },
    }),
  });
  await world.send(persons(crowd(0, 3)));
  await world.settled();
  assert.equal(personsStored(world), 3);
  assert.equal(world.told.filter(({ event }) => event === 'batchRetried').length, 3);
});

test('law 6: a batch that does not fit into memory is tried again in smaller ones, and nothing fails', async () => {
  await using world = await openApplierWorld({
    around: (store) =>
      tampered(store, (transaction) => ({
        async upsertPersons(run) {
          if (run.rows.length > 60) throw new StoreError('memory', 'too large');
          return await transaction.upsertPersons(run);
        },
      })),
  });
  for (let i = 0; i < 20; i += 1) await world.append(persons(crowd(i * 20, 20)));
  world.applier.wake(WORKSPACE);
  await world.settled();
  assert.equal(personsStored(world), 400);
  assert.deepEqual(await failuresOf(world), []);
});

test('law 3: a batch that fails while the next is planned already leaves no gap and no double', async () => {
  let commits = 0;
  await using world = await openApplierWorld({
    limits: { budget: { most: { entries: 8, objects: 8, bytes: 100_000 }, slowSeconds: 1 } },
    around: (store) =>
      tampered(store, (transaction) => ({
        async advance(lane, position) {
          commits += 1;
          if (commits % 5 === 0) throw new StoreError('unavailable', 'for a moment');
          await transaction.advance(lane, position);
        },
      })),
  });
  for (let i = 0; i < 60; i += 1) await world.append(events([{ i }]));
  world.applier.wake(WORKSPACE);
  await world.settled();
  const page = await world.store
    .reader()
    .events(WORKSPACE, { database: 'web', table: 'clicks', start: 0, limit: 1_000 });
  assert.deepEqual(
    page?.events,
    Array.from({ length: 60 }, (_, i) => `{"i":${i}}`),
  );
});

test('law 5: objects whose type or dedupe attribute is gone fail one by one, to be tried again some day', async () => {
  await using world = await openApplierWorld();
  const gone: SentEntry[] = [
    { ...purchases([{ vin: 'v' }, { vin: 'w' }]), envelope: { kind: 'customObject', apiName: 'gone', clientId: 'c' } },
    persons([{ email: 'a@b.co' }], 'normal', { dedupeFields: { field1: 'removedSince' } }),
    persons([{ email: 'a@b.co' }], 'normal', { dedupeFields: { field1: 'leadScore' } }),
  ];
  for (const entry of gone) await world.send(entry);
  await world.settled();
  const failures = await world.store.reader().failures(WORKSPACE, { limit: 10 });
  assert.deepEqual(
    new Set(failures.map(({ index, code, object, settings }) => [index, code, object, settings?.kind].join(' '))),
    new Set([
      '0 1013 {"vin":"v"} customObject',
      '1 1013 {"vin":"w"} customObject',
      '0 1006 {"email":"a@b.co"} person',
      '0 1011 {"email":"a@b.co"} person',
    ]),
  );
});

async function toldOf(world: ApplierWorld, event: string): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  while (!world.told.some((told) => told.event === event)) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('law 5: what lies behind poison is applied without another wake', async () => {
  await using world = await openApplierWorld({ around: refusing((names) => names.includes('bad')) });
  await world.send(persons(crowd(0, 1)));
  // Idle: it has found the log empty, and would believe so if it did not look again.
  await world.quiet();
  await world.append(persons([{ email: 'bad@b.co', firstName: 'bad' }]));
  await world.append(persons(crowd(10, 1)));
  // Not by asking for a decision, which wakes.
  const signal = AbortSignal.timeout(20_000);
  world.applier.wake(WORKSPACE);
  while (personsStored(world) < 2) {
    signal.throwIfAborted();
    await new Promise(setImmediate);
  }
});

test('law 5: an entry with poison and with an object that there is no memory for is decided one by one', async () => {
  const clock = new TestClock();
  const scarce = (store: Store): Store =>
    tampered(store, (transaction) => ({
      async upsertPersons(run) {
        const emails = run.rows.map(({ key }) => key[0]);
        if (emails.includes('bad@b.co')) throw new StoreError('rejected', 'not this one');
        if (emails.includes('heavy@b.co')) throw new StoreError('memory', 'too heavy');
        return await transaction.upsertPersons(run);
      },
    }));
  await using world = await openApplierWorld({ around: scarce, clock: withoutPauses(clock) });
  const entry = persons([{ email: 'bad@b.co', firstName: 'bad' }, { email: 'heavy@b.co' }, { email: 'good@b.co' }]);
  const { requestId } = await world.send(entry);
  await world.quiet();
  for (let tries = 0; tries < 8; tries += 1) {
    clock.advance(30 * 60_000);
    world.applier.wake(WORKSPACE);
    await world.quiet();
  }
  assert.deepEqual(await failuresOf(world), [
    [requestId, 0, 'refused'],
    [requestId, 1, '503'],
  ]);
  assert.equal(personsStored(world), 1);
});
