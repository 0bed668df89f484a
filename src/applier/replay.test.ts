import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FailureRef } from '#model/fates.ts';
import type { RequestId } from '#model/words.ts';
import { events, openApplierWorld, persons, purchases, replay, WORKSPACE } from '../../tests/support/applier-world.ts';
import type { ApplierWorld } from '../../tests/support/applier-world.ts';
import { tampered } from '../../tests/support/tampered-store.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { countsOf, failuresOf, valuesOf } from '../../tests/support/world-fates.ts';
import { StoreError } from '#ports/store.ts';

const never = new AbortController().signal;
const COLOUR = { name: 'colour', displayName: 'Colour', dataType: 'string', custom: true } as const;
const PURCHASE = { objectKind: 'customObject', type: 'purchases' } as const;

async function replayed(world: ApplierWorld, refs: readonly FailureRef[], kind = 'person'): Promise<RequestId> {
  const type = kind === 'person' ? 'persons' : 'purchases';
  const { requestId } = await world.send(replay(refs, kind as 'person', type));
  await world.quiet();
  return requestId;
}

suite('a replay (docs/specs/retries.md)', () => {
  test('R17: tries failed objects again as they were sent, as a new request that names the old ones', async () => {
    await using world = await openApplierWorld();
    const bad = { partitionName: 'EMEA', dedupeFields: { field1: 'lastName' } };
    const first = await world.send(persons([{ lastName: 'Lee', colour: 'red' }, { lastName: 'Kim' }], 'normal', bad));
    const second = await world.send(persons([{ email: 'a@b.co', colour: 'blue' }]));
    await world.settled();
    await world.control.putPersonField(WORKSPACE, COLOUR);
    const refs = [
      { requestId: first.requestId, index: 0 },
      { requestId: second.requestId, index: 0 },
    ];
    const again = await replayed(world, refs);
    const request = await world.store.reader().request(WORKSPACE, again);
    assert.equal(await countsOf(world, again), '2 created');
    assert.deepEqual(request?.replayOf, [first.requestId, second.requestId]);
    assert.deepEqual([request?.kind, request?.type], ['person', 'persons']);
    assert.deepEqual(valuesOf(world, 'persons', 'colour'), [null, 'red', 'blue']);
    const people = [...(world.store.objects(WORKSPACE, 'persons')?.rows.values() ?? [])];
    assert.deepEqual(
      people.map(({ partition }) => partition),
      ['EMEA', 'EMEA', 'Default'],
    );
    assert.equal(await countsOf(world, first.requestId), '1 created, 1 failed', 'what failed has failed');
    assert.deepEqual(
      (await failuresOf(world)).map(({ replayedBy }) => replayedBy),
      [again, again],
    );
  });

  test('R18: nothing is tried twice, and what is not there fails', async () => {
    await using world = await openApplierWorld();
    const { requestId } = await world.send(persons([{ email: 'a@b.co', colour: 'red' }]));
    const unreadable = await world.send({ ...persons([]), body: '{', objects: 1 });
    await world.settled();
    await world.control.putPersonField(WORKSPACE, COLOUR);
    const ref = { requestId, index: 0 };
    const again = await replayed(world, [
      ref,
      ref,
      { requestId, index: 1 },
      { requestId: unreadable.requestId, index: -1 },
    ]);
    assert.equal(await countsOf(world, again), '1 created, 3 failed');
    const codes = ['already-replayed', 'not-in-quarantine', 'not-replayable'];
    const failures = await failuresOf(world, again);
    assert.deepEqual(
      failures.map(({ code }) => code),
      codes,
    );
    assert.ok(failures.every(({ settings }) => settings === undefined));
    const third = await replayed(world, [ref, { requestId: again, index: 1 }]);
    assert.deepEqual(
      (await failuresOf(world, third)).map(({ code }) => code),
      ['already-replayed', 'not-replayable'],
    );
    const untouched = (await failuresOf(world)).filter(({ replayedBy }) => replayedBy === undefined);
    assert.equal(untouched.length, 6);
  });

  test('R17: what fails again can be tried again, from the request in which it failed last', async () => {
    await using world = await openApplierWorld();
    const { requestId } = await world.send(persons([{ email: 'a@b.co', colour: 'red' }]));
    await world.settled();
    const second = await replayed(world, [{ requestId, index: 0 }]);
    assert.equal(await countsOf(world, second), '1 failed');
    await world.control.putPersonField(WORKSPACE, COLOUR);
    const third = await replayed(world, [{ requestId: second, index: 0 }]);
    assert.equal(await countsOf(world, third), '1 created');
  });

  test('R17: events are stored with the time, and for the sender, with which they were sent', async () => {
    let isRefusing = true;
    const clock = new TestClock();
    await using world = await openApplierWorld({
      clock,
      around: (store) =>
        tampered(store, (transaction) => ({
          async appendEvents(rows) {
            if (isRefusing) throw new StoreError('rejected', 'not now');
            await transaction.appendEvents(rows);
          },
        })),
    });
    const sentAt = clock.now() / 1000;
    const entry = events([{ n: 1, td_ip: 'td_ip' }, { n: 2 }]);
    const { requestId } = await world.send({ ...entry, envelope: { ...entry.envelope, ip: '192.0.2.7' } as never });
    await world.settled();
    isRefusing = false;
    clock.advance(60_000);
    const refs = [1, 0].map((index) => ({ requestId, index }));
    const again = await world.send(replay(refs, 'event', 'web.clicks'));
    await world.quiet();
    assert.equal(await countsOf(world, again.requestId), '2 stored');
    const page = { database: 'web', table: 'clicks', start: 0, limit: 10 };
    const stored = await world.store.reader().events(WORKSPACE, page);
    assert.deepEqual(stored?.events, ['{"n":2}', '{"n":1,"td_ip":"192.0.2.7"}']);
    const times = await world.store.reader().events(WORKSPACE, { ...page, from: sentAt, to: sentAt + 1 });
    assert.equal(times?.events.length, 2);
  });

  test('R17: an object whose person is missing waits, and the replay with it', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock, schedule: { waitsMs: [1000], random: () => 0 } });
    const { requestId } = await world.send(purchases([{ vin: '1', owner: 'ann@b.co' }]));
    await world.quiet();
    clock.advance(1000);
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 failed');
    const again = await replayed(world, [{ requestId, index: 0 }], 'customObject');
    assert.equal(await countsOf(world, again), '1 pending');
    await world.send(persons([{ email: 'ann@b.co' }]));
    await world.quiet();
    assert.equal(await countsOf(world, again), '1 created');
  });

  test('law 4: its objects come behind those before it in its lane, and before those after it', async () => {
    await using world = await openApplierWorld();
    const { requestId } = await world.send(persons([{ email: 'a@b.co', colour: 'replayed', lastName: 'replayed' }]));
    await world.settled();
    await world.control.putPersonField(WORKSPACE, COLOUR);
    await world.append(persons([{ email: 'a@b.co', colour: 'before', lastName: 'before', city: 'before' }]));
    await world.append(replay([{ requestId, index: 0 }], 'person', 'persons'));
    await world.append(persons([{ email: 'a@b.co', lastName: 'after' }]));
    world.applier.wake(WORKSPACE);
    await world.quiet();
    assert.deepEqual(
      ['city', 'colour', 'lastname'].map((field) => valuesOf(world, 'persons', field)),
      [['before'], ['replayed'], ['after']],
    );
  });

  test('law 5: an object in it that the store refuses fails alone', async () => {
    await using world = await openApplierWorld({
      around: (store) =>
        tampered(store, (transaction) => ({
          async upsertPersons(run) {
            const isBad = run.rows.some(({ key }) => key[0] === '7@b.co');
            if (isBad) throw new StoreError('rejected', 'not this one');
            return await transaction.upsertPersons(run);
          },
        })),
    });
    const objects = Array.from({ length: 20 }, (_, i) => ({ email: `${i}@b.co`, colour: 'red' }));
    const { requestId } = await world.send(persons(objects));
    await world.settled();
    await world.control.putPersonField(WORKSPACE, COLOUR);
    const again = await replayed(
      world,
      objects.map((_, index) => ({ requestId, index })),
    );
    assert.equal(await countsOf(world, again), '19 created, 1 failed');
    const [failure] = await failuresOf(world, again);
    assert.deepEqual([failure?.index, failure?.code, failure?.settings?.kind], [7, 'refused', 'person']);
    assert.ok((await failuresOf(world, requestId)).every(({ replayedBy }) => replayedBy === again));
  });
});

suite('a rehearsal of a replay (docs/specs/retries.md, R19)', () => {
  test('says what would become of each object, and changes nothing', async () => {
    await using world = await openApplierWorld();
    const sent = [{ vin: '1', owner: 'ann@b.co' }, { vin: '2' }, { vin: '2' }, { vin: '3', nope: 1 }, {}];
    const { requestId } = await world.send(purchases(sent.map((object) => ({ ...object, colour: 'red' }))));
    await world.settled();
    const { customObjects } = world.control.definitions().workspaces.get(WORKSPACE) ?? {};
    const type = customObjects?.get('purchases');
    assert.ok(type);
    await world.control.putCustomObject(WORKSPACE, { ...type, fields: [...type.fields, COLOUR] });
    const before = await world.store.reader().totals(WORKSPACE);
    const refs = [...sent.keys(), 99].map((index) => ({ requestId, index }));
    const rehearsed = await world.applier.rehearseReplay(WORKSPACE, refs, never);
    assert.deepEqual(
      rehearsed.map(({ index, outcome, code }) => [index, outcome, code]),
      [
        [0, 'waiting', '1004'],
        [1, 'created', undefined],
        [2, 'updated', undefined],
        [3, 'failed', '1006'],
        [4, 'failed', '1002'],
        [99, 'failed', 'not-in-quarantine'],
      ],
    );
    assert.deepEqual(await world.store.reader().totals(WORKSPACE), before);
    assert.equal(world.store.objects(WORKSPACE, 'purchases')?.rows.size, 0);
    assert.ok((await failuresOf(world)).every(({ replayedBy }) => replayedBy === undefined));
    const again = await replayed(world, refs, PURCHASE.objectKind);
    assert.equal(await countsOf(world, again), '1 created, 1 updated, 3 failed, 1 pending');
  });

  test('names the fields that it would overwrite in what was changed since', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const early = persons([
      { email: 'a@b.co', city: 'Rome', title: 'Ms', company: 'X' },
      { email: 'b@b.co', city: 'Rome' },
    ]);
    await world.send(early);
    await world.settled();
    clock.advance(10_000);
    const failing = [
      { email: 'A@b.co', city: 'Oslo', title: 'Ms', lastName: 'Lee', company: null, colour: 'red' },
      { email: 'b@b.co', city: 'Oslo', colour: 'red' },
      { email: 'new@b.co', city: 'Oslo', colour: 'red' },
    ];
    const { requestId } = await world.send(persons(failing));
    await world.settled();
    clock.advance(10_000);
    await world.send(persons([{ email: 'a@b.co', lastName: 'Kim' }]));
    await world.send(persons([{ email: 'b@b.co', city: 'Bern' }], 'normal', { partitionName: 'EMEA' }));
    await world.settled();
    await world.control.putPersonField(WORKSPACE, COLOUR);
    const refs = failing.map((_, index) => ({ requestId, index }));
    const rehearsed = await world.applier.rehearseReplay(WORKSPACE, refs, never);
    assert.deepEqual(
      rehearsed.map(({ outcome, overwrites }) => [outcome, ...overwrites.toSorted()]),
      [['updated', 'city', 'company', 'lastName'], ['updated'], ['created']],
    );
  });

  test('ends when nobody waits for it any more, and gives way to the lanes', async () => {
    await using world = await openApplierWorld();
    const gone = AbortSignal.abort(new Error('gone'));
    await assert.rejects(world.applier.rehearseReplay(WORKSPACE, [], gone), /gone/);
    const all = Array.from({ length: 20 }, async (_, i) => {
      await world.send(persons([{ email: `${i}@b.co`, colour: 'x' }]));
      return await world.applier.rehearseReplay(WORKSPACE, [{ requestId: 'x' as RequestId, index: 0 }], never);
    });
    assert.equal((await Promise.all(all)).flat().length, 20);
    await world.settled();
    assert.equal((await failuresOf(world)).length, 20);
  });
});
