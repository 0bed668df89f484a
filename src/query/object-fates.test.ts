/** `W/requests/{requestId}/fates`: each object of a request once, with its fate (law 2). */
import { openFatesWorld } from './fates.fixture.ts';
import type { FatesWorld } from './fates.fixture.ts';
import { failureOf, idOf, keep, recordOf, unfinishedOf, unreadableOf, waitingOf } from './records.fixture.ts';
import { events, persons, purchases } from '../../tests/support/applier-world.ts';
import { accessTokenOf, openTestApi } from '../../tests/support/http-api.ts';
import type { AnyJson } from '../../tests/support/http-api.ts';
import { noFates } from '#model/fates.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

function outcomes(items: readonly AnyJson[]): string[] {
  return items.map(({ index, outcome }) => `${index} ${outcome}`);
}

async function countsOf(world: FatesWorld, requestId: string): Promise<Record<string, number>> {
  return (await world.get(`/requests/${requestId}`)).json.objects;
}

function assertTotals(items: readonly AnyJson[], { received, ...counts }: Record<string, number>): void {
  for (const [fate, count] of Object.entries(counts)) {
    assert.equal(items.filter(({ outcome }) => outcome === fate).length, count, fate);
  }
  assert.deepEqual(
    items.map(({ index }) => index),
    Array.from({ length: received ?? 0 }, (_, index) => index),
  );
}

test('persons: created, updated and failed, with identities, codes and keys, and page by page', async () => {
  await using world = await openFatesWorld();
  await world.send(persons([{ email: 'old@x.org' }]));
  const requestId = await world.send(
    persons([{ email: 'new@x.org' }, { email: 'bad' }, { email: 'OLD@x.org' }, { email: 'new@x.org' }, {}]),
  );
  const items = await world.items(`/requests/${requestId}/fates`);
  assert.deepEqual(outcomes(items), ['0 created', '1 failed', '2 updated', '3 updated', '4 failed']);
  assertTotals(items, await countsOf(world, requestId));
  assert.equal(items[0].identity, items[3].identity);
  assert.notEqual(items[0].identity, items[2].identity);
  assert.deepEqual([items[1].key, items[1].code, items[1].attempts], [{ email: 'bad' }, '1003', 1]);
  assert.match(items[0].decidedAt, /^\d{4}-.*Z$/u);
  for (const limit of [1, 2, 3, 5]) {
    assert.deepEqual(await world.items(`/requests/${requestId}/fates?limit=${limit}`), items, `limit ${limit}`);
  }
});

test('custom objects: what waits is pending with its reason and next attempt', async () => {
  await using world = await openFatesWorld();
  await world.send(persons([{ email: 'ada@x.org' }]));
  const requestId = await world.send(
    purchases([
      { vin: '1', owner: 'ada@x.org' },
      { vin: '2', owner: 'nobody@x.org' },
      { vin: '3', year: 'x' },
    ]),
  );
  const items = await world.items(`/requests/${requestId}/fates`);
  assert.deepEqual(outcomes(items), ['0 created', '1 pending', '2 failed']);
  assert.match(items[0].identity, /^[\da-f-]{36}$/u);
  assert.deepEqual([items[1].reason, items[1].code, items[1].key], ['no-person', '1004', { vin: '2' }]);
  assert.ok(items[1].nextAttemptAt);
  assertTotals(items, await countsOf(world, requestId));
});

test('events: what is in no list was stored, also as a duplicate', async () => {
  await using world = await openFatesWorld();
  const uuid = '01900000-0000-7000-8000-00000000000a';
  const keyed = events([
    { uuid, a: 1 },
    { uuid: uuid.replace('a', 'b'), a: 2 },
  ]);
  const entry = { ...keyed, envelope: { ...keyed.envelope, keyedBy: 'uuid' } } as typeof keyed;
  const first = await world.send(entry);
  const second = await world.send({ ...entry, body: `[${entry.body.slice(1, -1)},{"a":3}]`, objects: 3 });
  const items = await world.items(`/requests/${second}/fates?limit=2`);
  assert.deepEqual(outcomes(items), ['0 stored', '1 stored', '2 stored']);
  assert.deepEqual(
    items.map(({ duplicateOf }) => duplicateOf),
    [first, first, undefined],
  );
});

test('a request that the applier has not come to: all of it is pending', async () => {
  await using world = await openFatesWorld();
  const requestId = await world.leave(persons([{ email: 'a@x.org' }, { email: 'b@x.org' }, { email: 'c@x.org' }]));
  const items = await world.items(`/requests/${requestId}/fates?limit=2`);
  assert.deepEqual(outcomes(items), ['0 pending', '1 pending', '2 pending']);
  assert.equal(items[0].reason, 'not-applied');
  assertTotals(items, await countsOf(world, requestId));
});

test('a body that could not be read: its failure is that of each object', async () => {
  await using api = await openTestApi();
  const counts = { ...noFates(), received: 3, failed: 3 };
  await keep(api, { requests: [recordOf(1, { counts })], failures: [unreadableOf(1)] });
  const { json } = await api.call('GET', `${api.path}/requests/${idOf(1)}/fates?after=0`);
  assert.deepEqual(outcomes(json.items), ['1 failed', '2 failed']);
});

test('an object that is decided between two readings is in the page, once', async () => {
  const counts = { ...noFates(), received: 2, pending: 1, failed: 1 };
  let isMoved = false;
  await using world = await openFatesWorld({
    // What waits fails behind the first look at the waiting, or before it.
    aroundReader: (reader): StoreReader =>
      new Proxy(reader, {
        get: (target, name: keyof StoreReader) => {
          if (name !== 'waiting' && name !== 'failures') return target[name].bind(target);
          return async (...[workspace, filter]: Parameters<StoreReader['failures']>) => {
            const found = await target[name](workspace, filter);
            if (!isMoved) await moveAll();
            isMoved = true;
            return found;
          };
        },
      }),
  });
  const { api } = world;
  const move = {
    kind: 'event',
    type: 'web.clicks',
    settings: { kind: 'event', database: 'web', table: 'clicks' },
  } as const;
  const moveAll = async (): Promise<void> => {
    await api.store.transaction(api.owner.munchkinId, async (transaction) => {
      await transaction.removeWaiting([1]);
      await transaction.recordFailures([failureOf(1, 0, move)]);
    });
  };
  const record = unfinishedOf(1, { counts, kind: 'event', type: 'web.clicks' });
  await keep(api, { requests: [record], failures: [failureOf(1, 1, move)], waiting: [waitingOf(1, 0, move)] });
  const items = await world.items(`/requests/${idOf(1)}/fates`);
  assert.deepEqual(outcomes(items), ['0 failed', '1 failed']);
});

test('clients read fates of their own workspace; an unknown request and a bad cursor are told', async () => {
  await using api = await openTestApi();
  await keep(api, { requests: [recordOf(1)] });
  const path = `${api.path}/requests/${idOf(1)}/fates`;
  const token = accessTokenOf(api.owner.clientId);
  assert.equal((await api.call('GET', path, { token })).status, 200);
  assert.equal((await api.call('GET', path, { token: null })).status, 401);
  assert.equal((await api.call('GET', `${api.path}/requests/${idOf(2)}/fates`)).json.code, 'request-unknown');
  assert.equal((await api.call('GET', `${path}?after=x`)).json.code, 'invalid-input');
});
