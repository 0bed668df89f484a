import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openApplierWorld, persons, purchases, SCHEDULE, WORKSPACE } from '../../tests/support/applier-world.ts';
import { tampered } from '../../tests/support/tampered-store.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { countsOf, failuresOf, notesByVin, waitingOf } from '../../tests/support/world-fates.ts';

const MINUTE = 60_000;
const ANN = 'ann@b.co';

suite('the time of retries', () => {
  test('R4: what waits together spreads, and versions of one object fall due together', async () => {
    const clock = new TestClock();
    const chances = Array.from({ length: 100 }, (_, i) => i / 100);
    const schedule = { ...SCHEDULE, random: () => chances.pop() ?? 0 };
    await using world = await openApplierWorld({ clock, schedule });
    const objects = Array.from({ length: 50 }, (_, i) => ({ vin: String(i % 25), owner: ANN }));
    await world.send(purchases(objects));
    await world.quiet();
    const waiting = await waitingOf(world);
    const due = new Map<string, Set<number>>();
    for (const { keyText, nextAttemptAt = NaN } of waiting) {
      due.set(keyText, (due.get(keyText) ?? new Set()).add(nextAttemptAt - clock.now()));
    }
    const times = [...due.values()].flatMap((set) => [...set]);
    assert.equal(times.length, 25);
    assert.equal(new Set(times).size, 25);
    assert.ok(times.every((time) => time >= 5 * MINUTE && time <= 5.5 * MINUTE + 1));
  });

  test('R6: a person that was accepted before the last retry counts, however late the log is applied', async () => {
    const clock = new TestClock();
    let isHeld = false;
    let released = Promise.withResolvers<void>();
    await using world = await openApplierWorld({
      clock,
      schedule: { waitsMs: [5 * MINUTE], random: () => 0 },
      limits: { budget: { most: { entries: 4, objects: 4, bytes: 100_000 }, slowSeconds: 1 } },
      aroundReader: (reader) => ({
        async read(...args) {
          if (isHeld) await released.promise;
          return await reader.read(...args);
        },
        find: (...args) => reader.find(...args),
        backlog: (...args) => reader.backlog(...args),
        keptBytes: (...args) => reader.keptBytes(...args),
        truncationPoint: (...args) => reader.truncationPoint(...args),
        [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
      }),
    });
    const { requestId } = await world.send(purchases([{ vin: '1', owner: ANN }]));
    await world.quiet();
    isHeld = true;
    clock.advance(4 * MINUTE);
    for (let i = 0; i < 40; i += 1) await world.append(persons([{ email: `${i}@b.co` }]));
    await world.append(persons([{ email: ANN }]));
    clock.advance(60 * MINUTE);
    world.applier.wake(WORKSPACE);
    released.resolve();
    released = Promise.withResolvers();
    isHeld = false;
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 created');
  });

  test('law 3: another applier over the same store goes on with what waits', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const { requestId } = await world.send(purchases([{ vin: '1', owner: ANN }]));
    await world.quiet();
    for (const minutes of [5, 30, 30]) {
      assert.equal(await countsOf(world, requestId), '1 pending');
      await world.applier[Symbol.asyncDispose]();
      clock.advance(minutes * MINUTE);
      world.restarted();
      await world.quiet();
    }
    assert.equal(await countsOf(world, requestId), '1 failed');
    assert.deepEqual(
      (await failuresOf(world)).map(({ attempts }) => attempts),
      [4],
    );
  });

  test('R5: a person that comes and goes costs the object none of its retries', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock, schedule: { waitsMs: [MINUTE], random: () => 0 } });
    const { requestId } = await world.send(purchases([{ vin: '1', owner: ANN }]));
    await world.quiet();
    const byLastName = { dedupeFields: { field1: 'lastName' } };
    for (const email of [ANN, 'other@b.co', ANN, 'other@b.co']) {
      await world.append(persons([{ lastName: 'Lee', email }], 'normal', byLastName));
    }
    world.applier.wake(WORKSPACE);
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 pending');
    clock.advance(MINUTE - 1);
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 pending');
    clock.advance(1);
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 failed');
  });

  test('R9, law 6: while the lanes have work, retries take a tenth of the time; then all of it', async () => {
    const clock = new TestClock();
    let isArmed = false;
    const waitingObjects = 30;
    await using world = await openApplierWorld({
      clock,
      limits: { budget: { most: { entries: 2, objects: 2, bytes: 100_000 }, slowSeconds: 1 } },
      // Each transaction takes a tenth of a second, and tries one object when it retries.
      around: (store) =>
        tampered(store, (transaction) => {
          if (isArmed) clock.advance(100);
          return { dueWaiting: (now, limit) => transaction.dueWaiting(now, { ...limit, objects: 1 }) };
        }),
    });
    for (let i = 0; i < waitingObjects; i += 1) await world.send(purchases([{ vin: String(i), owner: ANN }]));
    await world.quiet();
    isArmed = true;
    for (let i = 0; i < 200; i += 1) await world.append(persons([{ email: i === 0 ? ANN : `${i}@b.co` }], 'high'));
    world.applier.wake(WORKSPACE);
    await world.quiet();
    const told = world.told.map(({ event }) => event);
    const armed = told.slice(told.lastIndexOf('batchApplied', told.indexOf('objectsRetried')));
    const lastBatch = armed.lastIndexOf('batchApplied');
    const between = armed.slice(0, lastBatch).filter((event) => event === 'objectsRetried').length;
    const batches = armed.filter((event) => event === 'batchApplied').length;
    assert.ok(between >= 3, 'retries are not starved');
    assert.ok(between <= Math.ceil(batches / 9) + 1, `${between} retries among ${batches} batches`);
    assert.equal(armed.filter((event) => event === 'objectsRetried').length, waitingObjects);
  });

  test('R15: however often an object was changed while it waited, it is written in few batches', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    for (let i = 0; i < 50; i += 1) {
      await world.send(purchases([{ vin: '1', owner: ANN, note: `n${i}` }]));
      await world.settled();
    }
    await world.send(persons([{ email: ANN }]));
    await world.quiet();
    assert.deepEqual(notesByVin(world), { '1': 'n49' });
    const batches = world.told.filter(({ event }) => event === 'objectsRetried');
    assert.ok(batches.length <= 2, `${batches.length} batches`);
    assert.equal((await world.store.reader().totals(WORKSPACE)).updated, 49);
  });
});
