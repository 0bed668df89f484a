import { openTestApi } from '../../tests/support/http-api.ts';
import type { Answer, TestApi } from '../../tests/support/http-api.ts';
import { addGivenSecrets } from '#admin/credentials.ts';
import { createMemoryControl } from '#engines/memory/control.ts';
import { hashSecret } from '#admin/secrets.ts';
import { STANDARD_PERSON_FIELDS } from '#model/standard-fields.ts';
import type { MunchkinId } from '#model/words.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

function codeOf(answer: Answer): unknown {
  return answer.status < 400 ? answer.status : answer.json.code;
}

async function pages(api: TestApi, url: string): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let next: string | undefined = url; next !== undefined;) {
    const { json, text }: Answer = await api.call('GET', next);
    assert.ok(json.items.length > 0, text);
    items.push(...json.items);
    next = json.next;
  }
  return items;
}

test('a workspace is made with credentials in the shape of credentials.json, which open it', async () => {
  await using api = await openTestApi();
  const answer = await api.call('POST', '/v1/workspaces', { body: { munchkinId: '123-ABC-456' } });
  assert.equal(answer.status, 201);
  assert.deepEqual(Object.keys(answer.json), [
    'url',
    'munchkinId',
    'clientId',
    'clientSecret',
    'writeKey',
    'adminToken',
  ]);
  assert.match(answer.json.writeKey, /^1\/[0-9a-f]{40}$/);
  const { clients, writeKeys, adminTokens } = api.control.definitions();
  const made = clients.get(answer.json.clientId);
  assert.equal(made?.workspace, '123-ABC-456');
  assert.equal(made.secretHash, hashSecret(answer.json.clientSecret));
  assert.deepEqual(made.permissions, ['Read-Write Lead', 'Read-Write Custom Object']);
  const key = writeKeys.get(hashSecret(answer.json.writeKey));
  assert.deepEqual([key?.access, key?.databases], ['write-only', undefined]);
  assert.equal(adminTokens.get(hashSecret(answer.json.adminToken)), '123-ABC-456');
});

test('a workspace that exists is 409, a bad id 400, and no body asks for a random id', async () => {
  await using api = await openTestApi();
  const again = { body: { munchkinId: api.owner.munchkinId } };
  assert.equal(codeOf(await api.call('POST', '/v1/workspaces', again)), 'workspace-exists');
  assert.equal(codeOf(await api.call('POST', '/v1/workspaces', { body: { munchkinId: '1-a-2' } })), 'invalid-input');
  assert.match((await api.call('POST', '/v1/workspaces')).json.munchkinId, /^\d{3}-[A-Z]{3}-\d{3}$/);
});

test('lists are paged, and their pages show each item once', async () => {
  await using api = await openTestApi();
  for (let made = 0; made < 6; made += 1) await api.call('POST', '/v1/workspaces', { body: {} });
  const items = (await pages(api, '/v1/workspaces?limit=3')) as { munchkinId: string }[];
  assert.equal(items.length, 7);
  assert.deepEqual(
    new Set(items.map(({ munchkinId }) => munchkinId)),
    new Set(api.control.definitions().workspaces.keys()),
  );
});

test('clients: made, listed, refused under a taken name, deleted', async () => {
  await using api = await openTestApi();
  const url = `${api.path}/clients`;
  const permissions = ['Read-Write Person', 'Read-Write Lead', 'Read-Only Person', 'Read-Write Schema Custom Field'];
  const body = { name: 'crm', permissions };
  const { clientId } = (await api.call('POST', url, { body })).json;
  assert.equal(codeOf(await api.call('POST', url, { body })), 'name-taken');
  const listed = (await api.call('GET', url)).json.items.find((item: { name: string }) => item.name === 'crm');
  const createdAt = '2026-11-23T10:00:00.000Z';
  const stored = ['Read-Write Lead', 'Read-Only Lead', 'Read-Write Schema Custom Field'];
  assert.deepEqual(listed, { clientId, name: 'crm', permissions: stored, createdAt });
  assert.equal(codeOf(await api.call('DELETE', `${url}/${clientId}`)), 204);
  assert.equal(codeOf(await api.call('DELETE', `${url}/${clientId}`)), 'client-unknown');
  assert.equal(codeOf(await api.call('POST', url, { body: { name: 'x', permissions: [] } })), 'invalid-input');
});

test('two calls at once for the same name make one client', async () => {
  await using api = await openTestApi();
  const body = { name: 'twin', permissions: ['Read-Write Lead'] };
  const answers = await Promise.all([1, 2, 3].map(() => api.call('POST', `${api.path}/clients`, { body })));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, 409, 409],
  );
});

test('write keys: made with and without a body, listed, refused, deleted', async () => {
  await using api = await openTestApi();
  const url = `${api.path}/write-keys`;
  const plain = (await api.call('POST', url)).json;
  const body = { name: 'web', databases: ['Web', 'web'], access: 'full' };
  const { id, writeKey } = (await api.call('POST', url, { body })).json;
  assert.deepEqual(api.control.definitions().writeKeys.get(hashSecret(writeKey))?.databases, ['web']);
  assert.equal(codeOf(await api.call('POST', url, { body })), 'name-taken');
  const items = (await api.call('GET', url)).json.items as { id: string; name: string; access: string }[];
  assert.deepEqual(
    items.find((item) => item.id === id),
    {
      id,
      name: 'web',
      databases: ['web'],
      access: 'full',
      createdAt: '2026-11-23T10:00:00.000Z',
    },
  );
  assert.equal(items.find((item) => item.id === plain.id)?.name, plain.id);
  for (const databases of [['a-b'], ['inlet'], []]) {
    assert.equal(codeOf(await api.call('POST', url, { body: { databases } })), 'invalid-input');
  }
  assert.equal(codeOf(await api.call('DELETE', `${url}/${id}`)), 204);
  assert.equal(codeOf(await api.call('DELETE', `${url}/${id}`)), 'write-key-unknown');
});

test('partitions: 201 when new, 200 when there, listed with Default', async () => {
  await using api = await openTestApi();
  const url = `${api.path}/partitions`;
  assert.equal(codeOf(await api.call('POST', url, { body: { name: 'EMEA' } })), 201);
  assert.equal(codeOf(await api.call('POST', url, { body: { name: 'EMEA' } })), 200);
  for (const name of ['a\0b', 'a\ud800b']) {
    assert.equal(
      codeOf(await api.call('POST', url, { body: { name } })),
      'invalid-input',
      'no store keeps such a name',
    );
  }
  assert.deepEqual((await api.call('GET', url)).json.items, [{ name: 'Default' }, { name: 'EMEA' }]);
});

test('person fields: standard ones are listed and stay, custom ones are made and grow', async () => {
  await using api = await openTestApi();
  const put = async (name: string, body: unknown): Promise<unknown> =>
    codeOf(await api.call('PUT', `${api.path}/person-fields/${name}`, { body }));
  assert.equal(await put('shoeSize', { dataType: 'integer' }), 201);
  assert.equal(await put('SHOESIZE', { dataType: 'integer', displayName: 'Shoe' }), 200);
  assert.equal(await put('shoeSize', { dataType: 'float' }), 'definition-conflict');
  assert.equal(await put('shoeSize', { dataType: 'integer', length: 3 }), 'invalid-input');
  assert.equal(await put('motto', { dataType: 'string', length: 10 }), 201);
  assert.equal(await put('motto', { dataType: 'string', length: 20 }), 200);
  assert.equal(await put('motto', { dataType: 'string' }), 200);
  assert.equal(await put('motto', { dataType: 'string', length: 5 }), 'definition-conflict');
  assert.equal(await put('motto', { dataType: 'string', length: 2001 }), 'invalid-input');
  const fields = await pages(api, `${api.path}/person-fields?limit=40`);
  const byName = new Map((fields as { name: string }[]).map((field) => [field.name, field]));
  assert.deepEqual(byName.get('shoeSize'), {
    name: 'shoeSize',
    displayName: 'Shoe',
    dataType: 'integer',
    readOnly: false,
    custom: true,
  });
  assert.deepEqual(byName.get('motto'), {
    name: 'motto',
    displayName: 'motto',
    dataType: 'string',
    length: 20,
    readOnly: false,
    custom: true,
  });
  for (const { name } of STANDARD_PERSON_FIELDS) assert.ok(byName.has(name), name);
});

test('person fields: names of the system and bad names are refused', async () => {
  await using api = await openTestApi();
  const put = async (name: string, dataType = 'string'): Promise<unknown> =>
    codeOf(await api.call('PUT', `${api.path}/person-fields/${name}`, { body: { dataType } }));
  for (const name of ['email', 'EMAIL', 'id', 'createdAt', 'partitionName', 'marketoGUID', 'rowid']) {
    assert.equal(await put(name), 'name-reserved', name);
  }
  for (const name of ['1st', '_x', 'a-b', 'a%20b', 'é', 'x'.repeat(64)])
    assert.equal(await put(name), 'invalid-input', name);
  assert.equal(await put('parent', 'reference'), 'invalid-input');
});

const CAR = {
  fields: [
    { name: 'vin', dataType: 'string', length: 36 },
    { name: 'email', dataType: 'email' },
    { name: 'price', dataType: 'currency' },
  ],
  dedupeFields: ['vin'],
  link: { field: 'email', personField: 'EMAIL' },
};

test('custom objects: made, shown in declared spelling, and grown by fields', async () => {
  await using api = await openTestApi();
  const url = `${api.path}/custom-objects/Car`;
  assert.equal(codeOf(await api.call('PUT', url, { body: { ...CAR, dedupeFields: ['VIN'] } })), 201);
  assert.equal(codeOf(await api.call('PUT', url, { body: CAR })), 200);
  const grown = { ...CAR, fields: [{ name: 'colour', dataType: 'string' }, ...CAR.fields] };
  assert.equal(codeOf(await api.call('PUT', `${api.path}/custom-objects/CAR`, { body: grown })), 200);
  const shown = (await api.call('GET', `${api.path}/custom-objects/car`)).json;
  assert.equal(shown.apiName, 'Car');
  assert.deepEqual(
    shown.fields.map(({ name }: { name: string }) => name),
    ['vin', 'email', 'price', 'colour'],
  );
  assert.deepEqual(shown.fields[0], { name: 'vin', displayName: 'vin', dataType: 'string', length: 36 });
  assert.deepEqual([shown.dedupeFields, shown.link], [['vin'], { field: 'email', personField: 'email' }]);
  assert.deepEqual((await api.call('GET', `${api.path}/custom-objects`)).json.items, [shown]);
  assert.equal(codeOf(await api.call('GET', `${api.path}/custom-objects/van`)), 'custom-object-unknown');
});

test('custom objects: what identifies an object cannot change, and no field goes away', async () => {
  await using api = await openTestApi();
  const put = async (body: unknown): Promise<unknown> =>
    codeOf(await api.call('PUT', `${api.path}/custom-objects/car`, { body }));
  await put(CAR);
  const { link: _, ...unlinked } = CAR;
  assert.equal(await put({ ...CAR, dedupeFields: ['vin', 'email'] }), 'definition-conflict');
  assert.equal(await put(unlinked), 'definition-conflict');
  assert.equal(await put({ ...CAR, link: { field: 'vin', personField: 'email' } }), 'definition-conflict');
  assert.equal(await put({ ...CAR, fields: CAR.fields.slice(0, 2) }), 'definition-conflict');
  assert.equal(
    await put({ ...CAR, fields: CAR.fields.with(2, { name: 'price', dataType: 'float' }) }),
    'definition-conflict',
  );
});

test('custom objects: names and members that cannot be are refused', async () => {
  await using api = await openTestApi();
  const put = async (name: string, body: unknown): Promise<unknown> =>
    codeOf(await api.call('PUT', `${api.path}/custom-objects/${name}`, { body }));
  for (const name of ['persons', 'Persons', 'inlet', 'pg_x', 'main'])
    assert.equal(await put(name, CAR), 'name-reserved', name);
  for (const name of ['1car', 'my-car', '_car']) assert.equal(await put(name, CAR), 'invalid-input', name);
  const bad = [
    { ...CAR, dedupeFields: [] },
    { ...CAR, dedupeFields: ['vin', 'vin'] },
    { ...CAR, dedupeFields: ['wheel'] },
    { ...CAR, dedupeFields: ['price'] },
    { ...CAR, dedupeFields: ['a', 'b', 'c', 'd'] },
    { ...CAR, fields: [] },
    { ...CAR, fields: [...CAR.fields, { name: 'VIN', dataType: 'string' }] },
    { ...CAR, fields: Array.from({ length: 51 }, (_, at) => ({ name: `f${at}`, dataType: 'string' })) },
    { ...CAR, link: { field: 'email', personField: 'nothing' } },
    { ...CAR, link: { field: 'wheel', personField: 'email' } },
    { ...CAR, link: { field: 'email', personField: 'id' } },
  ];
  for (const body of bad) assert.equal(await put('car', body), 'invalid-input', JSON.stringify(body));
  const reserved = { ...CAR, fields: [...CAR.fields, { name: 'marketoguid', dataType: 'string' }] };
  assert.equal(await put('car', reserved), 'name-reserved');
});

test('limits of a workspace are 409 and say so', async () => {
  await using api = await openTestApi();
  for (let made = 0; made < 100; made += 1) {
    await api.control.putCustomObject(api.owner.munchkinId, {
      apiName: `type${made}`,
      displayName: 'x',
      fields: [],
      dedupeFields: [],
    });
  }
  assert.equal(codeOf(await api.call('PUT', `${api.path}/custom-objects/car`, { body: CAR })), 'limit-reached');
});

test('given secrets are added once, whatever number of times they are given', async () => {
  const control = createMemoryControl();
  const given = {
    adminToken: 'top',
    workspaces: [
      {
        munchkinId: '123-ABC-456' as MunchkinId,
        clients: [{ clientId: 'c', clientSecret: 's', permissions: ['Read-Write Lead'] as const }],
        writeKeys: [{ writeKey: '1/k', access: 'write-only' as const, databases: ['web'] }],
      },
    ],
  };
  await addGivenSecrets(control, given, 5);
  const first = control.definitions();
  await addGivenSecrets(control, given, 6);
  assert.deepEqual(control.definitions(), first);
  assert.equal(first.adminTokens.get(hashSecret('top')), '*');
  assert.deepEqual(first.clients.get('c'), {
    clientId: 'c',
    workspace: '123-ABC-456',
    name: 'c',
    permissions: ['Read-Write Lead'],
    secretHash: hashSecret('s'),
    createdAt: 5,
  });
  assert.deepEqual(first.writeKeys.get(hashSecret('1/k'))?.databases, ['web']);
});
