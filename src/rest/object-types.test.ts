/** Custom object types and their drafts (docs/specs/marketo-rest.md, R15 to R18). Examples are the documented ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRestApi, REST_WORKSPACE } from '../../tests/support/rest-api.ts';
import type { RestAnswerOf, RestApi } from '../../tests/support/rest-api.ts';

const CAR = {
  action: 'createOnly',
  displayName: 'Car',
  pluralName: 'Cars',
  apiName: 'car',
  description: 'Automobile owned',
  showInLeadDetail: true,
};

const CAR_FIELDS = [
  {
    displayName: 'Lead ID',
    description: 'Link field to Lead object',
    name: 'leadID',
    dataType: 'link',
    relatedTo: { field: 'id', name: 'lead' },
  },
  { displayName: 'VIN', description: 'Vehicle ID number', name: 'vin', dataType: 'string', isDedupeField: true },
  { displayName: 'Year', description: 'Vehicle year', name: 'year', dataType: 'integer' },
];

function post(rest: RestApi, path: string, json?: object): Promise<RestAnswerOf> {
  return rest.call('POST', `customobjects/schema${path}.json`, json === undefined ? {} : { json });
}

async function succeed(answer: Promise<RestAnswerOf>): Promise<void> {
  const { json } = await answer;
  assert.deepEqual(json, { requestId: json.requestId, result: [], success: true });
}

async function describe(rest: RestApi, apiName: string, query = ''): Promise<RestAnswerOf['json']> {
  const { json } = await rest.call('GET', `customobjects/schema/${apiName}/describe.json${query}`);
  return json.result?.[0] ?? json.errors[0].code;
}

async function approvedCar(rest: RestApi): Promise<void> {
  await succeed(post(rest, '', CAR));
  await succeed(post(rest, '/car/addField', { input: CAR_FIELDS }));
  await succeed(post(rest, '/car/approve'));
}

test('the documented one-to-many example makes a type in three calls', async () => {
  await using rest = await openRestApi();
  await approvedCar(rest);
  const type = rest.control.definitions().workspaces.get(REST_WORKSPACE)?.customObjects.get('car');
  assert.deepEqual(type?.dedupeFields, ['vin']);
  assert.deepEqual(type?.link, { field: 'leadID', personField: 'id' });
  const shown = await describe(rest, 'CAR', '?state=approved');
  const system = { updateable: false, crmManaged: false };
  const own = { updateable: true, crmManaged: false };
  assert.deepEqual(shown, {
    state: 'approved',
    version: 'approved',
    displayName: 'Car',
    pluralName: 'Cars',
    description: 'Automobile owned',
    apiName: 'car',
    idField: 'marketoGUID',
    createdAt: '2026-11-23T12:00:00Z',
    updatedAt: '2026-11-23T12:00:00Z',
    dedupeFields: ['vin'],
    searchableFields: [['vin'], ['marketoGUID'], ['leadID']],
    relationships: [{ field: 'leadID', type: 'child', relatedTo: { name: 'Lead', field: 'id' } }],
    fields: [
      { name: 'marketoGUID', displayName: 'Marketo GUID', dataType: 'string', length: 36, ...system },
      { name: 'createdAt', displayName: 'Created At', dataType: 'datetime', ...system },
      { name: 'updatedAt', displayName: 'Updated At', dataType: 'datetime', ...system },
      { name: 'leadID', displayName: 'Lead ID', description: 'Link field to Lead object', dataType: 'integer', ...own },
      { name: 'vin', displayName: 'VIN', description: 'Vehicle ID number', dataType: 'string', length: 255, ...own },
      { name: 'year', displayName: 'Year', description: 'Vehicle year', dataType: 'integer', ...own },
    ],
  });
});

test('a new type is a draft, without id field and dates, and of no use before it is approved', async () => {
  await using rest = await openRestApi();
  await succeed(
    post(rest, '', { displayName: 'Transaction', apiName: 'transaction', description: 'Commerce happens' }),
  );
  const { fields, ...draft } = await describe(rest, 'transaction');
  assert.deepEqual(draft, {
    state: 'draft',
    version: 'draft',
    displayName: 'Transaction',
    description: 'Commerce happens',
    apiName: 'transaction',
    idField: null,
    createdAt: null,
    updatedAt: null,
    dedupeFields: [],
    searchableFields: [[]],
    relationships: [],
  });
  assert.equal(fields.length, 3);
  assert.deepEqual((await rest.call('GET', 'customobjects.json')).json.result, []);
  const read = await rest.call('GET', 'customobjects/transaction/describe.json');
  assert.match(read.json.errors[0].message, /is a draft; approve it first/);
  assert.equal((await post(rest, '/transaction/approve')).code, '1003', 'nothing to match by');
});

test('a change of an approved type is a draft beside it until it is approved or discarded', async () => {
  await using rest = await openRestApi();
  await approvedCar(rest);
  rest.clock.advance(60_000);
  await succeed(post(rest, '', { action: 'updateOnly', apiName: 'CAR', description: 'New' }));
  await succeed(post(rest, '/car/addField', { input: [{ name: 'color', displayName: 'Color', dataType: 'string' }] }));
  const approved = await describe(rest, 'car');
  assert.deepEqual(
    [approved.state, approved.version, approved.description],
    ['approvedWithDraft', 'approved', 'Automobile owned'],
  );
  const draft = await describe(rest, 'car', '?state=draft');
  assert.deepEqual([draft.state, draft.version, draft.description], ['approvedWithDraft', 'draft', 'New']);
  assert.deepEqual([approved.fields.length, draft.fields.length], [6, 7]);
  await succeed(post(rest, '/car/discardDraft'));
  assert.equal(await describe(rest, 'car', '?state=draft'), '1013');
  await succeed(post(rest, '/car/addField', { input: [{ name: 'color', displayName: 'Color', dataType: 'string' }] }));
  await succeed(post(rest, '/car/approve'));
  const after = await describe(rest, 'car');
  assert.deepEqual([after.state, after.fields.length, after.description], ['approved', 7, 'Automobile owned']);
  assert.deepEqual([after.createdAt, after.updatedAt], ['2026-11-23T12:00:00Z', '2026-11-23T12:01:00Z']);
});

test('states tell which version is shown, and filter the list with names in any case', async () => {
  await using rest = await openRestApi();
  await approvedCar(rest);
  await succeed(post(rest, '', { apiName: 'fresh', displayName: 'Fresh' }));
  await succeed(post(rest, '', { apiName: 'car', displayName: 'Car', description: 'Changed' }));
  const list = async (query: string): Promise<string[]> => {
    const { json } = await rest.call('GET', `customobjects/schema.json?${query}`);
    return json.result.map(({ apiName, version }: { apiName: string; version: string }) => `${apiName} ${version}`);
  };
  assert.deepEqual(await list(''), ['car approved', 'fresh draft']);
  assert.deepEqual(await list('state=draft'), ['car draft', 'fresh draft']);
  assert.deepEqual(await list('state=approved'), ['car approved']);
  assert.deepEqual(await list('state=approvedWithDraft'), ['car draft']);
  assert.deepEqual(await list('names=FRESH,none'), ['fresh draft']);
  assert.equal((await rest.call('GET', 'customobjects/schema.json?state=x')).code, '1001');
});

test('actions: createOnly of a type that exists is 1017, updateOnly of one that does not 1013', async () => {
  await using rest = await openRestApi();
  await succeed(post(rest, '', CAR));
  assert.equal((await post(rest, '', { ...CAR, apiName: 'CAR' })).code, '1017');
  assert.equal((await post(rest, '', { action: 'updateOnly', apiName: 'none' })).code, '1013');
  assert.equal(
    (await post(rest, '', { apiName: 'other', displayName: 'CAR' })).code,
    '1017',
    'display names are given once',
  );
  assert.equal((await post(rest, '', { apiName: 'persons', displayName: 'P' })).code, '709', 'reserved');
  assert.equal((await post(rest, '', { apiName: 'x' })).code, '701');
  assert.equal((await post(rest, '', { apiName: 'a b', displayName: 'x' })).code, '1003');
  await succeed(post(rest, '', { action: 'updateOnly', apiName: 'car', displayName: 'Vehicle' }));
  assert.equal((await describe(rest, 'car')).displayName, 'Vehicle');
});

test('fields of a draft are changed and deleted by name', async () => {
  await using rest = await openRestApi();
  await succeed(post(rest, '', CAR));
  await succeed(post(rest, '/car/addField', { input: CAR_FIELDS }));
  await succeed(post(rest, '/car/YEAR/updateField', { displayName: 'Very Long Title', dataType: 'text' }));
  await succeed(post(rest, '/car/addField', { input: [{ name: 'a', displayName: 'A', dataType: 'float' }] }));
  await succeed(post(rest, '/car/deleteField', { input: [{ name: 'A' }] }));
  await succeed(post(rest, '/car/leadID/deleteField'));
  const { fields, relationships } = await describe(rest, 'car');
  assert.deepEqual(
    fields.slice(3).map(({ name, dataType, displayName }: Record<string, string>) => [name, dataType, displayName]),
    [
      ['vin', 'string', 'VIN'],
      ['year', 'text', 'Very Long Title'],
    ],
  );
  assert.deepEqual(relationships, []);
});

test('what a field may not be is told with a code', async () => {
  await using rest = await openRestApi();
  await succeed(post(rest, '', CAR));
  await succeed(post(rest, '/car/addField', { input: CAR_FIELDS }));
  const add = async (field: object): Promise<unknown> => (await post(rest, '/car/addField', { input: [field] })).code;
  const named = { name: 'x', displayName: 'X' };
  assert.equal(await add({ ...named, dataType: 'url' }), '1003');
  assert.equal(await add({ ...named, dataType: 'link' }), '1003', 'a link says to what');
  assert.equal(await add({ ...named, dataType: 'link', relatedTo: { name: 'company', field: 'id' } }), '1003');
  assert.equal(await add({ ...named, dataType: 'link', relatedTo: { name: 'lead', field: 'none' } }), '1003');
  assert.equal(await add({ ...named, dataType: 'link', relatedTo: { name: 'lead', field: 'unsubscribed' } }), '1003');
  assert.equal(
    await add({ ...named, dataType: 'link', relatedTo: { name: 'lead', field: 'email' } }),
    '1003',
    'a second link',
  );
  assert.equal(await add({ ...named, name: 'VIN', dataType: 'string' }), '709');
  assert.equal(await add({ ...named, displayName: 'vin', dataType: 'string' }), '709');
  assert.equal(await add({ ...named, name: 'marketoGUID', dataType: 'string' }), '709');
  assert.equal((await post(rest, '/none/addField', { input: [{ ...named, dataType: 'string' }] })).code, '1013');
  assert.equal((await post(rest, '/car/none/updateField', { displayName: 'x' })).code, '709');
});

test('a link may name the lead field by its display name, as linkableObjects.json lists it', async () => {
  await using rest = await openRestApi();
  const { json } = await rest.call('GET', 'customobjects/schema/linkableObjects.json');
  assert.deepEqual(json.result, [
    {
      name: 'lead',
      displayName: 'Lead',
      fields: [
        { name: 'Id', displayName: 'Id', dataType: 'integer' },
        { name: 'Email Address', displayName: 'Email Address', dataType: 'email' },
      ],
    },
  ]);
  await succeed(post(rest, '', CAR));
  const link = {
    name: 'mail',
    displayName: 'Mail',
    dataType: 'link',
    relatedTo: { name: 'Lead', field: 'Email Address' },
  };
  await succeed(post(rest, '/car/addField', { input: [link, CAR_FIELDS[1]] }));
  await succeed(post(rest, '/car/approve'));
  const type = rest.control.definitions().workspaces.get(REST_WORKSPACE)?.customObjects.get('car');
  assert.deepEqual([type?.link, type?.fields[0]?.dataType], [{ field: 'mail', personField: 'email' }, 'email']);
});

test('what objects are matched by stays once a type is approved', async () => {
  await using rest = await openRestApi();
  await approvedCar(rest);
  const codes = [
    await post(rest, '', { action: 'updateOnly', apiName: 'car', displayName: 'Other' }),
    await post(rest, '/car/addField', {
      input: [{ name: 'k', displayName: 'K', dataType: 'string', isDedupeField: true }],
    }),
    await post(rest, '/car/vin/updateField', { isDedupeField: false }),
    await post(rest, '/car/year/updateField', { dataType: 'string' }),
    await post(rest, '/car/deleteField', { input: [{ name: 'year' }] }),
    await post(rest, '/car/delete'),
    await post(rest, '/car/approve'),
  ].map(({ code }) => code);
  assert.deepEqual(codes, ['709', '709', '709', '709', '709', '709', '709']);
  assert.equal((await post(rest, '/car/discardDraft')).code, '1048');
  await succeed(post(rest, '/car/year/updateField', { displayName: 'Year of make' }));
  await succeed(post(rest, '/car/approve'));
});

test('law 6: a type has at most 50 fields and 3 dedupe fields', async () => {
  await using rest = await openRestApi();
  await succeed(post(rest, '', CAR));
  const fields = (from: number, count: number, isDedupeField = false): object[] =>
    Array.from({ length: count }, (_, at) => ({
      name: `f${from + at}`,
      displayName: `F${from + at}`,
      dataType: 'string',
      isDedupeField,
    }));
  await succeed(post(rest, '/car/addField', { input: fields(0, 4, true) }));
  assert.equal((await post(rest, '/car/approve')).code, '1003');
  await succeed(post(rest, '/car/deleteField', { input: [{ name: 'f0' }] }));
  await succeed(post(rest, '/car/addField', { input: fields(4, 47) }));
  assert.equal((await post(rest, '/car/addField', { input: fields(99, 1) })).code, '709');
  await succeed(post(rest, '/car/approve'));
});

test('a type that was never approved can be deleted', async () => {
  await using rest = await openRestApi();
  await succeed(post(rest, '', CAR));
  await succeed(post(rest, '/car/delete'));
  assert.equal(await describe(rest, 'car'), '1013');
  await succeed(post(rest, '', CAR));
});

test('the data types of fields are the documented ones', async () => {
  await using rest = await openRestApi();
  const { json } = await rest.call('GET', 'customobjects/schema/fieldDataTypes.json');
  const documented = 'string boolean integer float link email currency date datetime phone text';
  assert.equal(json.result.join(' '), documented);
});

test('a type that an operator made can be described and extended, and keeps its lengths', async () => {
  await using rest = await openRestApi();
  await rest.control.putCustomObject(REST_WORKSPACE, {
    apiName: 'Purchases',
    displayName: 'Purchases',
    fields: [{ name: 'vin', displayName: 'VIN', dataType: 'string', length: 36 }],
    dedupeFields: ['vin'],
  });
  await succeed(post(rest, '/purchases/addField', { input: [{ name: 'n', displayName: 'N', dataType: 'integer' }] }));
  await succeed(post(rest, '/purchases/approve'));
  const shown = await describe(rest, 'purchases');
  assert.deepEqual([shown.apiName, shown.fields[3].length, shown.fields[4].name], ['Purchases', 36, 'n']);
  assert.equal(shown.createdAt, '2026-01-01T00:00:00Z', 'as old as its workspace');
});
