/** A replay from the quarantine to its new fates, through the API and a real applier (docs/specs/admin.md). */
import { openApplierWorld, persons, purchases } from '../../tests/support/applier-world.ts';
import type { ApplierWorld } from '../../tests/support/applier-world.ts';
import { openTestApi } from '../../tests/support/http-api.ts';
import type { AnyJson, TestApi } from '../../tests/support/http-api.ts';
import type { Envelope } from '#model/entry.ts';
import { addsUp } from '#model/fates.ts';
import type { CustomObjectType } from '#model/field.ts';
import type { Lane } from '#model/words.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

const SHOE_SIZE = { name: 'shoeSize', displayName: 'Shoe size', dataType: 'integer', custom: true } as const;

const CARS: CustomObjectType = {
  apiName: 'cars',
  displayName: 'Cars',
  fields: [
    { name: 'vin', displayName: 'VIN', dataType: 'string', length: 36, custom: true },
    { name: 'owner', displayName: 'Owner', dataType: 'email', custom: true },
  ],
  dedupeFields: ['vin'],
  link: { field: 'owner', personField: 'email' },
};

interface Circle extends AsyncDisposable {
  readonly api: TestApi;
  readonly world: ApplierWorld;
  /** Sends objects as a client does, and resolves with their request when it is decided. */
  send(entry: { lane: Lane; envelope: Envelope; body: string; objects: number }): Promise<AnyJson>;
  /** What became of the requests of a replay. */
  replay(body: object): Promise<AnyJson[]>;
}

async function openCircle(): Promise<Circle> {
  const world = await openApplierWorld();
  const api = await openTestApi({
    engines: world,
    query: {
      applying: world.applier,
      // Whatever is asked for has been decided.
      intake: { find: async () => undefined } as unknown as IntakeReader,
      submitting: {
        submit: ({ body, ...submission }) => world.send({ ...submission, body: new TextDecoder().decode(body) }),
      },
    },
  });
  const { munchkinId: workspace } = api.owner;
  await world.control.putCustomObject(workspace, CARS);
  const request = async (id: string): Promise<AnyJson> => (await api.call('GET', `${api.path}/requests/${id}`)).json;
  return {
    api,
    world,
    send: async (entry) => {
      const { requestId } = await world.send({ workspace, ...entry });
      await world.settled();
      return request(requestId);
    },
    replay: async (body) => {
      const { status, json, text } = await api.call('POST', `${api.path}/quarantine/replay`, { body });
      assert.equal(status, 202, text);
      await world.settled();
      return Promise.all(json.requests.map(({ requestId }: AnyJson) => request(requestId)));
    },
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await api.app.close();
    },
  };
}

async function quarantine({ api }: Circle, query = ''): Promise<AnyJson[]> {
  return (await api.call('GET', `${api.path}/quarantine?${query}`)).json.items;
}

test('when the cause is mended, a replay creates and updates, and the old failure stays with replayedBy (law 2)', async () => {
  await using circle = await openCircle();
  const sent = await circle.send(
    persons([{ email: 'ada@example.com', shoeSize: 38 }, { email: 'alan@example.com' }, { email: 'x' }]),
  );
  assert.deepEqual(
    sent.failures.map(({ code }: AnyJson) => code),
    ['1006', '1003'],
  );
  await circle.world.control.putPersonField(circle.api.owner.munchkinId, SHOE_SIZE);
  const [replayed] = await circle.replay({ filter: {} });
  assert.deepEqual([replayed.state, replayed.replayOf, replayed.clientId], ['done', [sent.requestId], 'operator']);
  assert.deepEqual([replayed.objects.received, replayed.objects.created, replayed.objects.failed], [2, 1, 1]);
  assert.ok(addsUp(replayed.objects));
  const again = (await circle.api.call('GET', `${circle.api.path}/requests/${sent.requestId}`)).json;
  assert.deepEqual(again.objects, sent.objects, 'the old counts do not change');
  assert.deepEqual(
    again.failures.map(({ replayedBy }: AnyJson) => replayedBy),
    [replayed.requestId, replayed.requestId],
  );
  const left = await quarantine(circle, 'replayed=false');
  assert.deepEqual(
    left.map(({ requestId, code }) => [requestId, code]),
    [[replayed.requestId, '1003']],
  );
  const { json } = await circle.api.call('POST', `${circle.api.path}/quarantine/replay`, {
    body: { objects: [{ requestId: sent.requestId, index: 0 }] },
  });
  assert.deepEqual(json.notReplayable[0], {
    requestId: sent.requestId,
    index: 0,
    reason: 'replayed',
    replayedBy: replayed.requestId,
  });
});

test('a dry run says what a replay then does, and what it would overwrite, and changes nothing', async () => {
  await using circle = await openCircle();
  await circle.send(persons([{ email: 'ada@example.com', firstName: 'Ada', city: 'London', shoeSize: 38 }]));
  await circle.send(persons([{ email: 'ada@example.com', firstName: 'Augusta', city: 'London' }]));
  await circle.world.control.putPersonField(circle.api.owner.munchkinId, SHOE_SIZE);
  const rehearse = async (): Promise<AnyJson> =>
    (await circle.api.call('POST', `${circle.api.path}/quarantine/replay`, { body: { filter: {}, dryRun: true } }))
      .json;
  const first = await rehearse();
  assert.deepEqual(
    first.objects.map(({ outcome, overwrites }: AnyJson) => [outcome, overwrites]),
    [['updated', ['firstName']]],
  );
  assert.deepEqual(await rehearse(), first, 'a rehearsal leaves nothing behind');
  assert.equal((await quarantine(circle, 'replayed=true')).length, 0);
  const [replayed] = await circle.replay({ filter: {} });
  assert.equal(replayed.objects.updated, 1);
});

test('objects of several types replay in an order in which custom objects find their persons', async () => {
  await using circle = await openCircle();
  const cars = { ...purchases([{ vin: '1', owner: 'ada@example.com', vim: 1 }]) };
  const envelope = { kind: 'customObject', apiName: 'cars', clientId: 'client' } as const;
  assert.equal((await circle.send({ ...cars, envelope })).failures[0].code, '1006');
  await circle.send(persons([{ email: 'ada@example.com', shoeSize: 38 }]));
  const { munchkinId } = circle.api.owner;
  await circle.world.control.putPersonField(munchkinId, SHOE_SIZE);
  const vim = { name: 'vim', displayName: 'Vim', dataType: 'integer', custom: true } as const;
  await circle.world.control.putCustomObject(munchkinId, { ...CARS, fields: [...CARS.fields, vim] });
  const replayed = await circle.replay({ filter: {} });
  assert.deepEqual(
    replayed.map(({ type, objects }) => [type, objects.created]),
    [
      ['persons', 1],
      ['cars', 1],
    ],
  );
});

test('an operator ends a wait: the object fails with the code that it waited with, and can be replayed', async () => {
  await using circle = await openCircle();
  const envelope = { kind: 'customObject', apiName: 'cars', clientId: 'client' } as const;
  const sent = await circle.send({ ...purchases([{ vin: '1', owner: 'ada@example.com' }]), envelope });
  assert.deepEqual([sent.state, sent.retries[0].reason, sent.retries[0].code], ['retrying', 'no-person', '1004']);
  const { json } = await circle.api.call('POST', `${circle.api.path}/requests/${sent.requestId}/cancel-waiting`);
  assert.deepEqual([json.state, json.ended, json.retries], ['done', 1, []]);
  assert.equal(json.failures[0].message, 'Lead not found; the wait was ended by an operator');
  assert.ok(addsUp(json.objects));
  await circle.send(persons([{ email: 'ada@example.com' }]));
  const [replayed] = await circle.replay({ filter: { requestId: sent.requestId } });
  assert.equal(replayed.objects.created, 1);
});
