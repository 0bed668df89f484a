import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openApplierWorld, persons, purchases, WORKSPACE } from '../../tests/support/applier-world.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { countsOf, failuresOf, fatesOf, notesByVin, waitingOf } from '../../tests/support/world-fates.ts';

const MINUTE = 60_000;
const ANN = 'ann@b.co';

suite('an object whose person does not exist (docs/specs/retries.md)', () => {
  test('R1, R3: waits, is tried on schedule, and fails with 1004 after the last retry', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const { requestId } = await world.send(purchases([{ vin: '1', owner: ANN, note: 'a' }, { vin: '2' }]));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 created, 1 pending');
    const [waiting] = await waitingOf(world);
    assert.deepEqual(
      { ...waiting, acceptedAt: 0 },
      {
        order: waiting?.order,
        requestId,
        index: 0,
        kind: 'customObject',
        type: 'purchases',
        settings: { kind: 'customObject', apiName: 'purchases', dedupeBy: 'dedupeFields' },
        object: '{"vin":"1","owner":"ann@b.co","note":"a"}',
        keyText: '{"vin":"1"}',
        acceptedAt: 0,
        reason: 'no-person',
        code: '1004',
        message: 'Lead not found',
        attempts: 1,
        nextAttemptAt: clock.now() + 5 * MINUTE,
      },
    );
    for (const [minutes, attempts] of [
      [5, 2],
      [30, 3],
    ] as const) {
      clock.advance(minutes * MINUTE - 1);
      await world.quiet();
      assert.equal((await waitingOf(world))[0]?.attempts, attempts - 1);
      clock.advance(1);
      await world.quiet();
      assert.equal((await waitingOf(world))[0]?.attempts, attempts);
    }
    clock.advance(30 * MINUTE);
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 created, 1 failed');
    assert.deepEqual(await waitingOf(world), []);
    const [failure] = await failuresOf(world);
    assert.deepEqual([failure?.code, failure?.message, failure?.attempts], ['1004', 'Lead not found', 4]);
    assert.equal(failure?.object, '{"vin":"1","owner":"ann@b.co","note":"a"}');
    assert.equal(failure?.settings?.kind, 'customObject');
    assert.equal((await fatesOf(world, requestId)).finishedAt, clock.now());
  });

  test('R8: is applied at once when its person comes, in whichever partition and spelling', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const { requestId } = await world.send(purchases([{ vin: '1', owner: ANN, note: 'a' }]));
    await world.quiet();
    clock.advance(MINUTE);
    await world.send(persons([{ email: 'ANN@b.co' }], 'high', { partitionName: 'EMEA' }));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 created');
    assert.deepEqual(notesByVin(world), { '1': 'a' });
    const [stored] = [...(world.store.objects(WORKSPACE, 'purchases')?.rows.values() ?? [])];
    assert.equal(stored?.createdAt, clock.now(), 'it counts as made when it was applied');
  });

  test('R8: is applied when a person is given the value that it names', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    await world.send(persons([{ email: 'old@b.co', lastName: 'Lee' }]));
    const { requestId } = await world.send(purchases([{ vin: '1', owner: ANN }]));
    await world.quiet();
    await world.send(persons([{ lastName: 'Lee', email: ANN }], 'normal', { dedupeFields: { field1: 'lastName' } }));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 created');
  });

  test('R2: a link that is null, empty or absent is none', async () => {
    await using world = await openApplierWorld({ clock: new TestClock() });
    const { requestId } = await world.send(
      purchases([{ vin: '1', owner: null }, { vin: '2', owner: '' }, { vin: '3' }]),
    );
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '3 created');
  });

  test('law 4: holds nobody else up, and no later version of itself overtakes it', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const first = await world.send(purchases([{ vin: '1', owner: ANN, note: 'first', year: 1 }, { vin: '2' }]));
    await world.quiet();
    const second = await world.send(purchases([{ vin: '1', note: 'second' }, { vin: '3' }]));
    await world.quiet();
    assert.equal(await countsOf(world, first.requestId), '1 created, 1 pending');
    assert.equal(await countsOf(world, second.requestId), '1 created, 1 pending');
    assert.equal((await waitingOf(world))[1]?.reason, 'behind');
    await world.send(persons([{ email: ANN }]));
    await world.quiet();
    assert.equal(await countsOf(world, first.requestId), '2 created');
    assert.equal(await countsOf(world, second.requestId), '1 created, 1 updated');
    assert.deepEqual(notesByVin(world), { '1': 'second', '2': null, '3': null });
  });

  test('R7: what waited behind it is free when it fails', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const first = await world.send(purchases([{ vin: '1', owner: ANN, note: 'first' }]));
    await world.quiet();
    const second = await world.send(purchases([{ vin: '1', note: 'second' }]));
    const third = await world.send(purchases([{ vin: '1', owner: 'nobody@b.co', note: 'third' }]));
    await world.quiet();
    for (const minutes of [5, 30, 30]) {
      assert.deepEqual(notesByVin(world), {});
      clock.advance(minutes * MINUTE);
      await world.quiet();
    }
    assert.equal(await countsOf(world, first.requestId), '1 failed');
    assert.equal(await countsOf(world, second.requestId), '1 created');
    assert.equal(await countsOf(world, third.requestId), '1 failed', 'its own retries had all fallen due');
    assert.deepEqual(notesByVin(world), { '1': 'second' });
  });

  test('law 4: versions of one object within one request keep their order, however their links differ', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    await world.send(persons([{ email: 'bob@b.co' }]));
    const { requestId } = await world.send(
      purchases([
        { vin: '1', owner: 'bob@b.co', note: 'first' },
        { vin: '1', owner: ANN, note: 'second' },
        { vin: '1', note: 'third', year: 3 },
        { vin: '2', owner: ANN },
      ]),
    );
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 created, 3 pending');
    assert.deepEqual(notesByVin(world), { '1': 'first' });
    await world.send(persons([{ email: ANN }]));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '2 created, 2 updated');
    assert.deepEqual(notesByVin(world), { '1': 'third', '2': null });
  });

  test('law 6: an object that changes its person all the time costs batches, and loses nothing', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    await world.send(persons([{ email: ANN }, { email: 'bob@b.co' }]));
    const versions = Array.from({ length: 100 }, (_, i) => ({ vin: '1', owner: i % 2 ? ANN : 'bob@b.co', year: i }));
    const { requestId } = await world.send(purchases(versions));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 created, 99 updated');
    const [stored] = [...(world.store.objects(WORKSPACE, 'purchases')?.rows.values() ?? [])];
    assert.equal(stored?.values.get('year'), 99);
  });
});
