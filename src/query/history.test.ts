/** `W/objects/{type}/history`: every request that touched an object, in order, and what became of it. */
import { openFatesWorld } from './fates.fixture.ts';
import type { FatesWorld } from './fates.fixture.ts';
import { failureOf, keep } from './records.fixture.ts';
import { persons, purchases, replay } from '../../tests/support/applier-world.ts';
import { accessTokenOf } from '../../tests/support/http-api.ts';
import type { AnyJson } from '../../tests/support/http-api.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

function history(world: FatesWorld, query: string, type = 'persons'): Promise<AnyJson[]> {
  return world.items(`/objects/${type}/history?${query}`);
}

function outcomes(items: readonly AnyJson[]): string[] {
  return items.map(({ outcome }) => outcome);
}

test('a person over requests by email and by id: in order, with the fields that each sent', async () => {
  await using world = await openFatesWorld();
  const created = await world.send(
    persons([{ email: 'other@x.org' }, { email: 'Ada@x.org', firstName: 'Ada' }], 'high'),
  );
  const [first] = await history(world, 'email=ada@x.org');
  assert.deepEqual([first.requestId, first.index, first.outcome], [created, 1, 'created']);
  const id = first.identity;
  const options = { dedupeFields: { field1: 'id' } };
  const updated = await world.send(persons([{ lastName: 'L', id }], 'normal', options));
  const failed = await world.send(persons([{ email: 'ADA@x.org', leadScore: 'high' }]));
  const deleted = await world.send(persons([{ id }], 'normal', { ...options, action: 'delete' }));
  const seen = await history(world, `id=${id}`);
  assert.deepEqual(
    seen.map(({ requestId, outcome, fields }) => [requestId, outcome, fields]),
    [
      [created, 'created', ['email', 'firstName']],
      [updated, 'updated', ['lastName', 'id']],
      [deleted, 'deleted', ['id']],
    ],
  );
  const named = await history(world, 'EMAIL=ada@x.org');
  assert.deepEqual(
    named.map(({ requestId, outcome, code, fields }) => [requestId, outcome, code, fields]),
    [[failed, 'failed', '1003', ['email', 'leadScore']]],
    'a person that was deleted has no email any more, but its failures do',
  );
  assert.deepEqual([first.clientId, first.priority, seen[1].priority], ['client', 'high', 'normal']);
  assert.match(first.acceptedAt, /^\d{4}-.*Z$/u);
});

test('asked by id, failures under the email are there too, and the other way round', async () => {
  await using world = await openFatesWorld();
  await world.send(persons([{ email: 'ada@x.org' }]));
  await world.send(persons([{ email: 'ada@x.org', leadScore: 'x' }]));
  const [{ identity }] = await history(world, 'email=ada@x.org');
  const options = { dedupeFields: { field1: 'id' } };
  await world.send(persons([{ id: identity, leadScore: 'x' }], 'normal', options));
  const expected = ['created', 'failed', 'failed'];
  assert.deepEqual(outcomes(await history(world, `id=${identity}`)), expected);
  assert.deepEqual(outcomes(await history(world, 'email=ada@x.org')), expected);
});

test('persons of one email in two partitions are both there, each with its identity', async () => {
  await using world = await openFatesWorld();
  await world.api.control.addPartition(world.api.owner.munchkinId, 'EU');
  await world.send(persons([{ email: 'ada@x.org' }]));
  await world.send(persons([{ email: 'ada@x.org' }], 'normal', { partitionName: 'EU' }));
  const { json } = await world.get('/objects/persons/history?email=ada@x.org');
  assert.deepEqual(
    json.objects.map(({ partitionName }: AnyJson) => partitionName),
    ['Default', 'EU'],
  );
  assert.deepEqual(
    json.items.map(({ identity }: AnyJson) => identity),
    json.objects.map(({ identity }: AnyJson) => identity),
  );
});

test('a custom object that waits, then follows its person', async () => {
  await using world = await openFatesWorld();
  const sent = await world.send(purchases([{ vin: '1', owner: 'ada@x.org', year: 2001 }]));
  const later = await world.send(purchases([{ year: 2002, vin: '1' }]));
  const waiting = await history(world, 'vin=1', 'Purchases');
  assert.deepEqual(
    waiting.map(({ requestId, outcome, reason, fields }) => [requestId, outcome, reason, fields]),
    [
      [sent, 'pending', 'no-person', ['vin', 'owner', 'year']],
      [later, 'pending', 'behind', ['year', 'vin']],
    ],
  );
  assert.ok(waiting[0].nextAttemptAt);
  await world.send(persons([{ email: 'ada@x.org' }]));
  await world.world.quiet();
  const decided = await history(world, 'vin=1', 'purchases');
  assert.deepEqual(
    decided.map(({ requestId, outcome, fields }) => [requestId, outcome, fields]),
    [
      [sent, 'created', ['vin', 'owner', 'year']],
      [later, 'updated', ['year', 'vin']],
    ],
  );
  const { identity } = decided[0];
  assert.deepEqual(await history(world, `marketoGUID=${identity.toUpperCase()}`, 'purchases'), decided);
});

test('what a replay tried again says which failure that was, and its fields come from the quarantine', async () => {
  await using world = await openFatesWorld();
  const failed = await world.send(persons([{ email: 'x@x.org' }, { email: 'ada@x.org', shoeSize: 38 }]));
  const shoeSize = { name: 'shoeSize', displayName: 'Shoe size', dataType: 'integer', custom: true } as const;
  await world.api.control.putPersonField(world.api.owner.munchkinId, shoeSize);
  const again = await world.send(replay([{ requestId: failed, index: 1 }], 'person', 'persons'));
  const items = await history(world, 'email=ada@x.org');
  assert.deepEqual(outcomes(items), ['failed', 'created']);
  assert.equal(items[0].replayedBy, again);
  assert.deepEqual([items[1].replays, items[1].fields], [{ requestId: failed, index: 1 }, ['email', 'shoeSize']]);
});

test('once the log has forgotten a request, its fields are not known any more, and its sender still is', async () => {
  await using world = await openFatesWorld();
  const requestId = await world.send(persons([{ email: 'ada@x.org' }]));
  world.log.forget(requestId);
  const [item] = await history(world, 'email=ada@x.org');
  assert.deepEqual([item.fields, item.fieldsUnavailable, item.clientId], [undefined, 'forgotten', 'client']);
});

test('pages of any size hold the same items, none twice', async () => {
  await using world = await openFatesWorld();
  for (let round = 0; round < 4; round += 1) {
    await world.send(
      persons([
        { email: 'ada@x.org', leadScore: round },
        { email: 'ADA@x.org', leadScore: 'x' },
      ]),
    );
    await world.send(persons([{ email: 'bob@x.org' }, { email: 'ada@x.org' }]));
  }
  const all = await history(world, 'email=ada@x.org');
  assert.equal(all.length, 12);
  for (const limit of [1, 2, 5, 11, 12]) {
    assert.deepEqual(await history(world, `email=ada@x.org&limit=${limit}`), all, `limit ${limit}`);
  }
});

test('a page ends early when its objects, or the bodies that it reads, come to more than 8 MiB (law 6)', async () => {
  await using world = await openFatesWorld();
  const note = 'x'.repeat(3_000_000);
  const large = JSON.stringify({ email: 'ada@x.org', note });
  const { api } = world;
  const failures = [0, 1, 2, 3, 4].map((index) => failureOf(1, index, { object: large, key: '{"email":"ada@x.org"}' }));
  await keep(api, { failures });
  for (let round = 0; round < 4; round += 1) {
    await world.send(persons([{ email: 'ada@x.org' }, { email: 'bob@x.org', website: note }]));
  }
  const pages: string[][] = [];
  for (let next: string | undefined = `${api.path}/objects/persons/history?email=ada@x.org`; next !== undefined;) {
    const { json } = await api.call('GET', next);
    pages.push(outcomes(json.items));
    next = json.next;
  }
  assert.deepEqual(pages, [
    ['failed', 'failed', 'failed'],
    ['failed', 'failed', 'created', 'updated', 'updated'],
    ['updated'],
  ]);
});

test('a page ends early when the log is so long that each look takes its time', async () => {
  await using world = await openFatesWorld({ findMs: 400 });
  for (let round = 0; round < 4; round += 1) await world.send(persons([{ email: 'ada@x.org', leadScore: round }]));
  const { json } = await world.get('/objects/persons/history?email=ada@x.org');
  assert.deepEqual(outcomes(json.items), ['created', 'updated', 'updated']);
  assert.equal((await history(world, 'email=ada@x.org')).length, 4);
});

test('objects that are decided between any two readings are in the page, each once', async (t) => {
  for (const moveAt of [0, 1, 2, 3, 4, 5, 6]) {
    await t.test(`before reading ${moveAt}`, async () => {
      let readings = -Infinity;
      await using world = await openFatesWorld({
        aroundReader: (reader): StoreReader =>
          new Proxy(reader, {
            get: (target, name: keyof StoreReader) => {
              const reading = target[name].bind(target) as (...call: readonly unknown[]) => Promise<unknown>;
              return async (...call: readonly unknown[]) => {
                readings += 1;
                if (readings === moveAt) await move();
                return reading(...call);
              };
            },
          }),
      });
      const move = async (): Promise<void> => {
        await world.send(persons([{ email: 'ada@x.org' }]));
        await world.world.quiet();
      };
      await world.send(purchases([{ vin: '1', owner: 'ada@x.org' }]));
      await world.send(purchases([{ vin: '1', owner: 'ada@x.org' }]));
      readings = -1;
      const seen = outcomes((await world.get('/objects/purchases/history?vin=1')).json.items);
      // Who looks for the object after it was decided has to see so.
      const expected = moveAt < 2 ? [['created', 'updated']] : [['pending', 'pending']];
      assert.deepEqual([seen], expected);
    });
  }
});

test('what names no object is told, with how to mend it', async () => {
  await using world = await openFatesWorld();
  await world.send(persons([{ email: 'ada@x.org' }]));
  const refusals: readonly (readonly [path: string, code: string, detail: RegExp])[] = [
    ['persons/history', 'invalid-input', /such as \?email=… or \?id=…/u],
    ['persons/history?mail=a', 'invalid-input', /\?mail: is no field of persons; its fields are email, id, /u],
    ['persons/history?email=', 'invalid-input', /\?email: must have a value/u],
    ['persons/history?id=x', 'invalid-input', /\?id: must be a value of the type integer/u],
    ['persons/history?id=1&email=ada@x.org', 'invalid-input', /leave the others out/u],
    ['persons/history?email=a@x.org&Email=b@x.org', 'invalid-input', /stands twice/u],
    ['persons/history?email=a@x.org&email=b@x.org', 'invalid-input', /email/u],
    ['persons/history?email=a@x.org&after=x', 'invalid-input', /page before/u],
    ['persons/history?email=nobody@x.org', 'object-unknown', /No object of persons has email=nobody@x\.org/u],
    ['persons/history?id=99999999999999999', 'object-unknown', /id=99999999999999999/u],
    ['cars/history?vin=1', 'custom-object-unknown', /known are persons, purchases/u],
    ['web.clicks/history?a=1', 'invalid-input', /only appended/u],
  ];
  for (const [path, code, detail] of refusals) {
    const { json } = await world.get(`/objects/${path}`);
    assert.equal(json.code, code, path);
    assert.match(json.detail, detail);
  }
  const token = accessTokenOf(world.api.owner.clientId);
  const path = `${world.api.path}/objects/persons/history?email=ada@x.org`;
  assert.equal((await world.api.call('GET', path, { token })).status, 200);
  assert.equal((await world.api.call('GET', path, { token: null })).status, 401);
});
