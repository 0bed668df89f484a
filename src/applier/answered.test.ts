import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openApplierWorld, persons, purchases, WORKSPACE } from '../../tests/support/applier-world.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { countsOf } from '../../tests/support/world-fates.ts';

const ANN = 'ann@b.co';

suite('a sender that waits for the answer', () => {
  test('R12: of a sender that waits for the answer, fails at once, and every object has a result', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    await world.send(purchases([{ vin: '1', owner: ANN }]));
    await world.quiet();
    const { requestId } = await world.send(
      purchases([{ vin: '1' }, { vin: '2', owner: ANN }, { vin: '3' }, { vin: '4', nope: 1 }, { vin: '3' }], 'normal', {
        answered: true,
      }),
    );
    await world.quiet();
    assert.equal(await countsOf(world, requestId), '1 created, 1 updated, 3 failed');
    const results = await world.store.reader().results(WORKSPACE, requestId);
    const [stored] = [...(world.store.objects(WORKSPACE, 'purchases')?.rows.keys() ?? [])];
    assert.deepEqual(
      results.map(({ index, outcome, identity, code }) => [index, outcome, identity ?? code]),
      [
        [0, 'failed', '1022'],
        [1, 'failed', '1004'],
        [2, 'created', stored],
        [3, 'failed', '1006'],
        [4, 'updated', stored],
      ],
    );
  });

  test('R12: an entry that cannot be read has a result for each object that it should hold', async () => {
    await using world = await openApplierWorld();
    const { requestId } = await world.send({ ...persons([], 'normal', { answered: true }), body: '{', objects: 2 });
    await world.settled();
    const results = await world.store.reader().results(WORKSPACE, requestId);
    assert.deepEqual(
      results.map(({ index, code }) => [index, code]),
      [
        [0, 'unreadable'],
        [1, 'unreadable'],
      ],
    );
  });

  test('actions: what is found and what is not decides, and each object on its own', async () => {
    await using world = await openApplierWorld();
    const send = async (
      action: 'createOnly' | 'updateOnly' | 'createDuplicate' | 'delete',
      emails: readonly string[],
    ) => {
      const objects = emails.map((email) => ({ email }));
      const { requestId } = await world.send(persons(objects, 'normal', { action, answered: true }));
      await world.settled();
      const results = await world.store.reader().results(WORKSPACE, requestId);
      return results.map(({ outcome, identity, code }) => `${outcome} ${identity ?? code}`);
    };
    assert.deepEqual(await send('createOnly', ['a@b.co', 'a@b.co', 'b@b.co']), [
      'created 1',
      'failed 1005',
      'created 2',
    ]);
    assert.deepEqual(await send('updateOnly', ['a@b.co', 'c@b.co', 'a@b.co']), [
      'updated 1',
      'failed 1004',
      'updated 1',
    ]);
    assert.deepEqual(await send('createDuplicate', ['b@b.co', 'b@b.co']), ['created 3', 'created 4']);
    assert.deepEqual(await send('delete', ['a@b.co', 'a@b.co', 'b@b.co']), ['deleted 1', 'failed 1004', 'failed 1007']);
  });
});
