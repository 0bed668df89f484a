import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RequestId } from '#model/words.ts';
import { cancelWaiting, openApplierWorld, persons, purchases, WORKSPACE } from '../../tests/support/applier-world.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { countsOf, failuresOf, notesByVin } from '../../tests/support/world-fates.ts';

const ANN = 'ann@b.co';

suite('cancel-waiting (docs/specs/retries.md, R11)', () => {
  test('ends the waits of one request, in order with everything else', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const first = await world.append(purchases([{ vin: '1', owner: ANN }, { vin: '2', owner: ANN }, { vin: '3' }]));
    const other = await world.append(
      purchases([
        { vin: '1', note: 'behind' },
        { vin: '4', owner: ANN },
      ]),
    );
    await world.append(cancelWaiting(first.requestId));
    const later = await world.append(purchases([{ vin: '2', owner: ANN }]));
    world.applier.wake(WORKSPACE);
    await world.quiet();
    assert.equal(await countsOf(world, first.requestId), '1 created, 2 failed');
    assert.equal(await countsOf(world, other.requestId), '1 created, 1 pending');
    assert.equal(await countsOf(world, later.requestId), '1 pending');
    const failures = await failuresOf(world);
    assert.deepEqual(
      failures.map(({ index, code, message, attempts }) => [index, code, message, attempts]),
      [0, 1].map((index) => [index, '1004', 'Lead not found; the wait was ended by an operator', 1]),
    );
    assert.deepEqual(notesByVin(world), { '1': 'behind', '3': null });
    assert.deepEqual(world.told.filter(({ event }) => event === 'waitsCancelled').length, 1);
  });

  test('of a request that is not there, or that waits for nothing, changes nothing', async () => {
    await using world = await openApplierWorld();
    const { requestId } = await world.send(persons([{ email: ANN }]));
    await world.send(cancelWaiting(requestId));
    await world.send(cancelWaiting('01900000-0000-7000-8000-000000000001' as RequestId));
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 created');
    assert.deepEqual(await failuresOf(world), []);
    assert.equal((await world.store.reader().requests(WORKSPACE, { limit: 10 })).length, 1);
  });
});
