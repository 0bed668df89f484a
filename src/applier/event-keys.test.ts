import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { EventEnvelope } from '#model/entry.ts';
import type { Store } from '#ports/store.ts';
import { StoreError } from '#ports/store.ts';
import { events, openApplierWorld, replay, WORKSPACE } from '../../tests/support/applier-world.ts';
import type { ApplierWorld, SentEntry } from '../../tests/support/applier-world.ts';
import { tampered } from '../../tests/support/tampered-store.ts';
import { TestClock, withoutPauses } from '../../tests/support/test-clock.ts';
import { countsOf, failuresOf, fatesOf } from '../../tests/support/world-fates.ts';

const HOUR = 3_600_000;
const EVENTS = { objectKind: 'event', type: 'web.clicks' } as const;

function keyed(objects: readonly object[], key: Pick<EventEnvelope, 'idempotencyKey' | 'keyedBy'>): SentEntry {
  const entry = events(objects);
  return { ...entry, envelope: { ...(entry.envelope as EventEnvelope), ...key } };
}

/** A request of one key. */
function whole(objects: readonly object[], idempotencyKey = 'k'): SentEntry {
  return keyed(objects, { idempotencyKey });
}

function byUuid(objects: readonly object[]): SentEntry {
  return keyed(objects, { keyedBy: 'uuid' });
}

/** The member `v` of every row, in order. */
async function rows(world: ApplierWorld): Promise<unknown[]> {
  const page = await world.store
    .reader()
    .events(WORKSPACE, { database: 'web', table: 'clicks', start: 0, limit: 10_000 });
  return (page?.events ?? []).map((text) => (JSON.parse(text) as { v: unknown }).v);
}

/** Has something against each batch with an event of which `isAgainst` says so, by its `v`. */
function against(isAgainst: (v: unknown) => boolean, reason: StoreError['reason']): (store: Store) => Store {
  return (store) =>
    tampered(store, (transaction) => ({
      async appendEvents(appended) {
        if (appended.cells.get('v')?.some(isAgainst)) throw new StoreError(reason, `no ${reason}`);
        await transaction.appendEvents(appended);
      },
    }));
}

suite('idempotency keys (docs/specs/events.md, E16 to E18)', () => {
  test('law 2: requests of one key are one, whatever they hold, in one batch or several', async () => {
    await using world = await openApplierWorld();
    const first = await world.append(whole([{ v: 1 }, { v: 2 }]));
    const second = await world.append(whole([{ v: 3 }]));
    const other = await world.append(whole([{ v: 4 }], 'K'));
    const none = await world.append(events([{ v: 5 }]));
    await world.settled();
    const late = await world.send(whole([{ v: 6 }, { v: 7 }, { v: 8 }]));
    await world.settled();
    assert.deepEqual(await rows(world), [1, 2, 4, 5]);
    for (const { requestId } of [first, other, none]) {
      const { duplicateOf, duplicates } = await fatesOf(world, requestId);
      assert.deepEqual([duplicateOf, duplicates], [undefined, undefined]);
    }
    assert.equal(await countsOf(world, second.requestId), '1 stored');
    assert.equal((await fatesOf(world, second.requestId)).duplicateOf, first.requestId);
    assert.equal(await countsOf(world, late.requestId), '3 stored');
    assert.equal((await fatesOf(world, late.requestId)).duplicateOf, first.requestId);
    assert.equal((await fatesOf(world, late.requestId)).duplicates, undefined);
    const tables = await world.store.reader().eventTables(WORKSPACE);
    assert.deepEqual(
      tables.map((table) => table.rows),
      [4],
    );
  });

  test('a record is told by its uuid, in its request and in others', async () => {
    await using world = await openApplierWorld();
    const [a, b, c] = ['a', 'b', 'c'].map((digit) => `0000000${digit}-0000-4000-8000-000000000000`);
    const first = await world.append(byUuid([{ v: 1, uuid: a }, { v: 2 }, { v: 3, uuid: a }, { v: 4, uuid: b }]));
    const second = await world.append(byUuid([{ v: 5, uuid: c }, { v: 6, uuid: b?.toUpperCase() }, { v: 7 }]));
    const third = await world.append(byUuid([{ v: 8, uuid: c }]));
    const plain = await world.append(events([{ v: 9, uuid: c }]));
    await world.settled();
    assert.deepEqual(await rows(world), [1, 2, 4, 5, 7, 9]);
    assert.deepEqual((await fatesOf(world, first.requestId)).duplicates, [{ index: 2, of: first.requestId }]);
    assert.deepEqual((await fatesOf(world, second.requestId)).duplicates, [{ index: 1, of: first.requestId }]);
    assert.equal((await fatesOf(world, third.requestId)).duplicateOf, second.requestId);
    assert.equal((await fatesOf(world, plain.requestId)).duplicateOf, undefined);
    assert.equal(await countsOf(world, second.requestId), '3 stored');
    assert.equal(repeatedEvents(world), 3);
  });

  test('after the window a key brings a row again', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock: withoutPauses(clock), limits: { idempotencyWindowMs: HOUR } });
    for (const [v, hours] of [1, 0.5, 0.6, 0.5].entries()) {
      await world.send(whole([{ v }]));
      await world.settled();
      clock.advance(hours * HOUR);
    }
    assert.deepEqual(await rows(world), [0, 1, 3]);
  });

  test('law 5: events that fail take no key, and a replay of theirs brings the rest of a request that has it', async () => {
    let isArmed = true;
    await using world = await openApplierWorld({ around: against((v) => isArmed && v === 'bad', 'rejected') });
    const alone = await world.send(whole([{ v: 'bad' }], 'alone'));
    const part = await world.send(whole([{ v: 1 }, { v: 'bad' }], 'part'));
    await world.settled();
    assert.equal(await countsOf(world, part.requestId), '1 stored, 1 failed');
    const taken = await world.send(whole([{ v: 2 }], 'alone'));
    await world.settled();
    isArmed = false;
    const refs = (await failuresOf(world)).map(({ requestId, index }) => ({ requestId, index }));
    assert.equal(refs.length, 2);
    const again = await world.send(replay(refs, EVENTS.objectKind, EVENTS.type));
    await world.settled();
    assert.deepEqual(await rows(world), [1, 2, 'bad']);
    assert.equal(await countsOf(world, again.requestId), '2 stored');
    const of = refs.findIndex(({ requestId }) => requestId === alone.requestId);
    assert.deepEqual((await fatesOf(world, again.requestId)).duplicates, [{ index: of, of: taken.requestId }]);
  });

  test('law 2: an event that waited while another took its key is a duplicate of that one', async () => {
    const clock = new TestClock();
    let isArmed = true;
    const around = against((v) => isArmed && v === 'large', 'memory');
    await using world = await openApplierWorld({ clock: withoutPauses(clock), around });
    const waits = await world.send(whole([{ v: 'large' }, { v: 'large' }]));
    const free = await world.send(whole([{ v: 'large' }, { v: 'large' }], 'free'));
    await world.quiet();
    assert.equal(await countsOf(world, waits.requestId), '2 pending');
    isArmed = false;
    const first = await world.send(whole([{ v: 1 }]));
    await world.quiet();
    clock.advance(HOUR);
    await world.quiet();
    assert.equal(await countsOf(world, waits.requestId), '2 stored');
    assert.equal((await fatesOf(world, waits.requestId)).duplicateOf, first.requestId);
    assert.equal(repeatedEvents(world), 2);
    assert.equal(await countsOf(world, free.requestId), '2 stored');
    assert.equal((await fatesOf(world, free.requestId)).duplicateOf, undefined);
    assert.deepEqual(await rows(world), [1, 'large', 'large']);
  });

  test('law 6: no more than a thousand duplicates of a request are named, and all are counted', async () => {
    await using world = await openApplierWorld();
    const uuid = (n: number): string => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
    const records = Array.from({ length: 1_200 }, (_, v) => ({ v, uuid: uuid(v) }));
    await world.send(byUuid(records));
    const again = await world.send(byUuid([...records, { v: 'new', uuid: uuid(1_200) }]));
    await world.settled();
    assert.equal(await countsOf(world, again.requestId), '1201 stored');
    assert.equal((await fatesOf(world, again.requestId)).duplicates?.length, 1_000);
    assert.equal((await rows(world)).length, 1_201);
  });
});

/** How many the applier has said that it counted as stored without a row. */
function repeatedEvents({ told }: ApplierWorld): number {
  return told
    .filter(({ event }) => event === 'eventsRepeated')
    .reduce((sum, { what }) => sum + (what as { events: number }).events, 0);
}
