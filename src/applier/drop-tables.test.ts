import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openApplierWorld, WORKSPACE } from '../../tests/support/applier-world.ts';
import type { ApplierWorld, SentEntry } from '../../tests/support/applier-world.ts';

function event(name: string, ...events: readonly object[]): SentEntry {
  const [database = '', table = ''] = name.split('.');
  const envelope = { kind: 'event', clientId: 'key-1', database, table, format: 'json' } as const;
  return { lane: 'events', objects: events.length, envelope, body: JSON.stringify(events) };
}

function drop(database: string, table?: string): SentEntry {
  const envelope = {
    kind: 'command',
    command: 'drop-tables',
    clientId: 'key-1',
    database,
    ...(table !== undefined && { table }),
  } as const;
  return { lane: 'events', objects: 0, envelope, body: '' };
}

async function eventsOf({ store }: ApplierWorld, name: string): Promise<readonly string[] | undefined> {
  const [database = '', table = ''] = name.split('.');
  return (await store.reader().events(WORKSPACE, { database, table, start: 0, limit: 100 }))?.events;
}

suite('drop-tables (docs/specs/td-rest.md)', () => {
  test('law 4: takes what was before it in its lane, and leaves what comes behind', async () => {
    await using world = await openApplierWorld();
    const entries = [
      event('web.clicks', { a: 1 }, { b: 'text' }),
      event('web.views', { v: 1 }),
      drop('web', 'clicks'),
      event('web.clicks', { b: 2 }),
      event('web.clicks', { b: 3 }),
    ];
    for (const entry of entries) await world.append(entry);
    world.applier.wake(WORKSPACE);
    await world.settled();
    assert.deepEqual(await eventsOf(world, 'web.clicks'), ['{"b":2}', '{"b":3}']);
    assert.deepEqual(await eventsOf(world, 'web.views'), ['{"v":1}']);
    const [clicks] = await world.store.reader().eventTables(WORKSPACE);
    assert.deepEqual(
      clicks?.columns.map(({ column, type }) => [column, type]),
      [['b', 'integer']],
    );
  });

  test('takes all tables of a database, and no other', async () => {
    await using world = await openApplierWorld();
    for (const name of ['web.clicks', 'web.views', 'web2.clicks']) await world.append(event(name, { a: 1 }));
    await world.send(drop('web'));
    await world.settled();
    const tables = await world.store.reader().eventTables(WORKSPACE);
    assert.deepEqual(
      tables.map(({ database, table }) => `${database}.${table}`),
      ['web2.clicks'],
    );
  });

  test('of a table that is not there changes nothing, and is no request', async () => {
    await using world = await openApplierWorld();
    await world.append(drop('web', 'clicks'));
    await world.append(drop('web'));
    await world.send(event('web.clicks', { a: 1 }));
    await world.settled();
    assert.deepEqual(await eventsOf(world, 'web.clicks'), ['{"a":1}']);
    assert.equal((await world.store.reader().requests(WORKSPACE, { limit: 10 })).length, 1);
  });

  test('law 2: the events that it takes stay counted as stored', async () => {
    await using world = await openApplierWorld();
    await world.append(event('web.clicks', { a: 1 }, { a: 2 }));
    await world.send(drop('web', 'clicks'));
    await world.settled();
    const { received, stored } = await world.store.reader().totals(WORKSPACE);
    assert.deepEqual([received, stored], [2, 2]);
  });
});
