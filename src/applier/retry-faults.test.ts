import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Store, StoreTransaction } from '#ports/store.ts';
import { StoreError } from '#ports/store.ts';
import { events, openApplierWorld, persons, purchases, replay, WORKSPACE } from '../../tests/support/applier-world.ts';
import type { ApplierWorld } from '../../tests/support/applier-world.ts';
import { tampered } from '../../tests/support/tampered-store.ts';
import { TestClock, withoutPauses } from '../../tests/support/test-clock.ts';
import { countsOf, failuresOf, notesByVin, waitingOf } from '../../tests/support/world-fates.ts';

const MINUTE = 60_000;

async function codesOf(world: ApplierWorld): Promise<string[]> {
  const failures = await failuresOf(world);
  return failures.map(({ index, code, attempts }) => `${index} ${code} ${attempts}`);
}

/** Has something against each batch of purchases of which `isAgainst` says so, by vin. */
function against(isAgainst: (vins: readonly unknown[]) => boolean, reason: StoreError['reason']) {
  return (store: Store): Store =>
    tampered(store, (transaction) => ({
      async upsertCustomObjects(run) {
        if (isAgainst(run.rows.map(({ key }) => key[0]))) throw new StoreError(reason, `no ${reason}`);
        return await transaction.upsertCustomObjects(run);
      },
    }));
}

const bought = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ vin: `${i}`, owner: 'a@b.co' }));

suite('waiting objects that the store refuses (docs/specs/retries.md, R9)', () => {
  test('law 5: one that the store refuses fails alone, and its neighbours are applied', async () => {
    const clock = new TestClock();
    let isArmed = false;
    const around = against((vins) => isArmed && vins.includes('61'), 'rejected');
    await using world = await openApplierWorld({ clock: withoutPauses(clock), around });
    const { requestId } = await world.send(purchases(bought(100)));
    await world.quiet();
    isArmed = true;
    await world.send(persons([{ email: 'a@b.co' }]));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '99 created, 1 failed');
    assert.deepEqual(await codesOf(world), ['61 refused 2']);
    assert.deepEqual(
      world.told.filter(({ event }) => event === 'workspacePaused'),
      [],
    );
  });

  test('a store that refuses even that pauses the workspace, and nothing fails', async () => {
    const clock = new TestClock();
    let isBroken = false;
    const around = (store: Store): Store =>
      tampered(store, (transaction) => ({
        removeWaiting: async (orders) => {
          if (isBroken) throw new StoreError('rejected', 'nothing at all');
          await transaction.removeWaiting(orders);
        },
      }));
    await using world = await openApplierWorld({ clock: withoutPauses(clock), around });
    const { requestId } = await world.send(purchases(bought(3)));
    await world.quiet();
    isBroken = true;
    await world.send(persons([{ email: 'a@b.co' }]));
    await toldOf(world, 'workspacePaused');
    await world.send(persons([{ email: 'b@b.co' }]));
    await world.settled();
    assert.equal(await countsOf(world, requestId), '3 pending');
    isBroken = false;
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '3 created');
    assert.deepEqual(await codesOf(world), []);
  });

  test('law 6: a batch of retries that does not fit into memory is tried again in smaller ones', async () => {
    const clock = new TestClock();
    let isArmed = false;
    const around = against((vins) => isArmed && vins.length > 10, 'memory');
    await using world = await openApplierWorld({ clock: withoutPauses(clock), around });
    const { requestId } = await world.send(purchases(bought(200)));
    await world.quiet();
    isArmed = true;
    await world.send(persons([{ email: 'a@b.co' }]));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '200 created');
    assert.deepEqual(await codesOf(world), []);
  });

  test('R10: one that the store never has memory for goes on waiting, and fails with 503 in the end', async () => {
    const clock = new TestClock();
    let isArmed = false;
    const around = against((vins) => isArmed && vins.includes('7'), 'memory');
    await using world = await openApplierWorld({ clock: withoutPauses(clock), around });
    const { requestId } = await world.send(purchases(bought(20)));
    await world.quiet();
    isArmed = true;
    await world.send(persons([{ email: 'a@b.co' }]));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '19 created, 1 pending');
    for (const minutes of [5, 30, 30]) {
      assert.equal(await countsOf(world, requestId), '19 created, 1 pending');
      clock.advance(minutes * MINUTE);
      await world.quiet();
    }
    assert.equal(await countsOf(world, requestId), '19 created, 1 failed');
    assert.deepEqual(await codesOf(world), ['7 503 4']);
  });

  test('law 3: a store that is down in the middle of a retry has changed nothing, and is asked again', async () => {
    const clock = new TestClock();
    let faults = 0;
    const around = (store: Store): Store =>
      tampered(store, (transaction) => ({
        settleRequests: async (changes) => {
          await transaction.settleRequests(changes);
          faults += 1;
          if (faults < 4) throw new StoreError('unavailable', 'the disk is gone');
        },
      }));
    await using world = await openApplierWorld({ clock: withoutPauses(clock), around });
    const { requestId } = await world.send(purchases(bought(5)));
    await world.quiet();
    await world.send(persons([{ email: 'a@b.co' }]));
    await world.quiet();
    assert.equal(faults, 4);
    assert.equal(await countsOf(world, requestId), '5 created');
    assert.equal((await world.store.reader().totals(WORKSPACE)).created, 6);
  });

  test('law 5: an object that cannot be read any more fails, and the others go on', async () => {
    const clock = new TestClock();
    const around = (store: Store): Store =>
      tampered(store, (transaction) => ({
        dueWaiting: async (now, limit) => {
          const due = await transaction.dueWaiting(now, limit);
          return due.map((waiting) => (waiting.index === 1 ? { ...waiting, object: '{"vin":' } : waiting));
        },
      }));
    await using world = await openApplierWorld({ clock: withoutPauses(clock), around });
    const { requestId } = await world.send(purchases(bought(3)));
    await world.quiet();
    await world.send(persons([{ email: 'a@b.co' }]));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '2 created, 1 failed');
    assert.deepEqual(await codesOf(world), ['1 unreadable 2']);
    assert.equal(world.told.filter(({ event }) => event === 'internalFault').length, 1);
  });

  test('R16: what its type or its fields have become in the meantime decides', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const { requestId } = await world.send(purchases([{ vin: '1', owner: 'a@b.co', year: 1 }]));
    await world.quiet();
    const type = world.control.definitions().workspaces.get(WORKSPACE)?.customObjects.get('purchases');
    assert.ok(type);
    const fields = type.fields.map((field) =>
      field.name === 'year' ? { ...field, dataType: 'date' as const } : field,
    );
    await world.control.putCustomObject(WORKSPACE, { ...type, fields });
    await world.send(persons([{ email: 'a@b.co' }]));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 failed');
    assert.deepEqual(await codesOf(world), ['0 1003 2']);
  });
});

suite('an entry that the store has no memory for (docs/specs/retries.md, R10)', () => {
  const NO_MEMORY = new StoreError('memory', 'too large');
  function starved(store: Store, isStarved: () => boolean): Store {
    const starving = (transaction: StoreTransaction): Partial<StoreTransaction> => ({
      async upsertPersons(run) {
        if (isStarved() && run.rows.some(({ key }) => key[0] === 'big@b.co')) throw NO_MEMORY;
        return await transaction.upsertPersons(run);
      },
      async appendEvents(rows) {
        if (isStarved() && rows.cells.has('big')) throw NO_MEMORY;
        await transaction.appendEvents(rows);
      },
    });
    return tampered(store, starving);
  }

  test('is set aside: its objects wait, the lane goes on, and what comes behind them keeps its place', async () => {
    const clock = new TestClock();
    let isStarved = true;
    await using world = await openApplierWorld({
      clock: withoutPauses(clock),
      around: (store) => starved(store, () => isStarved),
    });
    const big = { email: 'big@b.co', lastName: 'first', city: 'Rome' };
    const first = await world.append(persons([{ email: '1@b.co' }, big, { email: 'no address' }]));
    const second = await world.append(persons([{ email: 'big@b.co', lastName: 'second' }, { email: '2@b.co' }]));
    const stored = await world.append(events([{ small: 1 }]));
    const third = await world.append(events([{ big: 1 }, { big: 2 }]));
    world.applier.wake(WORKSPACE);
    await world.quiet();
    assert.equal(await countsOf(world, first.requestId), '1 failed, 2 pending');
    assert.equal(await countsOf(world, second.requestId), '2 pending');
    assert.equal(await countsOf(world, stored.requestId), '1 stored');
    assert.equal(await countsOf(world, third.requestId), '2 pending');
    const waiting = await waitingOf(world);
    assert.ok(waiting.every(({ reason, code, attempts }) => `${reason} ${code} ${attempts}` === 'transient 503 1'));
    isStarved = false;
    clock.advance(5 * MINUTE);
    await world.quiet();
    assert.equal(await countsOf(world, first.requestId), '2 created, 1 failed');
    assert.equal(await countsOf(world, second.requestId), '1 created, 1 updated');
    assert.equal(await countsOf(world, third.requestId), '2 stored');
    const rows = [...(world.store.objects(WORKSPACE, 'persons')?.rows.values() ?? [])];
    const found = rows.find(({ values }) => values.get('email') === 'big@b.co')?.values;
    assert.deepEqual([found?.get('lastname'), found?.get('city')], ['second', 'Rome']);
    const page = await world.store
      .reader()
      .events(WORKSPACE, { database: 'web', table: 'clicks', start: 0, limit: 10 });
    assert.deepEqual(page?.events, ['{"small":1}', '{"big":1}', '{"big":2}']);
  });

  test('an entry that is set aside after a version of its object that waits is no reason to overtake it', async () => {
    const clock = new TestClock();
    let isStarved = true;
    await using world = await openApplierWorld({
      clock: withoutPauses(clock),
      around: (store) =>
        tampered(store, (transaction) => ({
          async upsertCustomObjects(run) {
            if (isStarved && run.rows.length === 2) throw NO_MEMORY;
            return await transaction.upsertCustomObjects(run);
          },
        })),
    });
    await world.send(purchases([{ vin: '1', owner: 'a@b.co', note: 'first' }]));
    await world.quiet();
    await world.send(
      purchases([
        { vin: '1', note: 'second' },
        { vin: '2', note: 'second' },
      ]),
    );
    await world.quiet();
    isStarved = false;
    clock.advance(5 * MINUTE);
    await world.quiet();
    assert.deepEqual(notesByVin(world), { '2': 'second' });
    await world.send(persons([{ email: 'a@b.co' }]));
    await world.quiet();
    assert.deepEqual(notesByVin(world), { '1': 'second', '2': 'second' });
    const requests = await world.store.reader().requests(WORKSPACE, { limit: 10 });
    assert.ok(requests.every(({ counts }) => counts.pending === 0 && counts.failed === 0));
  });

  test('a replay is set aside like any entry, and a sender who waits for an answer is told', async () => {
    const clock = new TestClock();
    let isStarved = false;
    await using world = await openApplierWorld({
      clock: withoutPauses(clock),
      around: (store) => starved(store, () => isStarved),
    });
    const { requestId } = await world.send(persons([{ email: 'big@b.co', nope: 1 }]));
    await world.settled();
    const nope = { name: 'nope', displayName: 'Nope', dataType: 'integer', custom: true } as const;
    await world.control.putPersonField(WORKSPACE, nope);
    isStarved = true;
    const again = await world.send(replay([{ requestId, index: 0 }], 'person', 'persons'));
    const answered = await world.send(persons([{ email: 'big@b.co' }], 'normal', { answered: true }));
    await world.quiet();
    assert.equal(await countsOf(world, again.requestId), '1 pending');
    assert.equal(await countsOf(world, answered.requestId), '1 failed');
    const [result] = await world.store.reader().results(WORKSPACE, answered.requestId);
    assert.deepEqual([result?.outcome, result?.code], ['failed', '503']);
    isStarved = false;
    clock.advance(5 * MINUTE);
    await world.quiet();
    assert.equal(await countsOf(world, again.requestId), '1 created');
  });
});

async function toldOf(world: ApplierWorld, event: string): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  while (!world.told.some((told) => told.event === event)) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
