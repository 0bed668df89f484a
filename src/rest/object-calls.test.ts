/** Reading custom objects (docs/specs/marketo-rest.md, R19 and R20). Shapes are the documented ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomObjectType, FieldValue } from '#model/field.ts';
import { openRestApi, REST_WORKSPACE } from '../../tests/support/rest-api.ts';
import type { RestAnswerOf, RestApi } from '../../tests/support/rest-api.ts';

const HOUSES: CustomObjectType = {
  apiName: 'houses',
  displayName: 'Houses',
  notes: { description: 'Real estate' },
  fields: [
    { name: 'mlsNum', displayName: 'MLS', dataType: 'string', length: 36 },
    { name: 'houseOwnerId', displayName: 'Owner', dataType: 'integer' },
    { name: 'Bedrooms', displayName: 'Bedrooms', dataType: 'integer' },
    { name: 'sold', displayName: 'Sold', dataType: 'boolean' },
  ],
  dedupeFields: ['mlsNum', 'houseOwnerId'],
  link: { field: 'houseOwnerId', personField: 'id' },
  createdAt: Date.UTC(2026, 1, 3, 22, 36, 23),
  updatedAt: Date.UTC(2026, 1, 3, 22, 36, 24),
};
const CARS: CustomObjectType = {
  apiName: 'cars',
  displayName: 'Cars',
  fields: [{ name: 'vin', displayName: 'VIN', dataType: 'string', length: 36 }],
  dedupeFields: ['vin'],
};

async function openHouses(): Promise<RestApi> {
  const rest = await openRestApi();
  await rest.control.putCustomObject(REST_WORKSPACE, HOUSES);
  await rest.control.putCustomObject(REST_WORKSPACE, CARS);
  return rest;
}

async function store(
  rest: RestApi,
  type: CustomObjectType,
  objects: readonly Record<string, FieldValue>[],
): Promise<void> {
  const matchBy = type.fields
    .filter(({ name }) => type.dedupeFields.includes(name))
    .map((field) => ({ field, ignoreCase: false }));
  await rest.store.transaction(REST_WORKSPACE, async (transaction) => {
    await transaction.defineCustomObject(type);
    await transaction.upsertCustomObjects({
      action: 'createOrUpdate',
      wantsIdentities: false,
      apiName: type.apiName,
      dedupeFields: type.dedupeFields,
      fields: type.fields,
      matchBy,
      rows: objects.map((object) => ({
        partition: '',
        key: matchBy.map(({ field }) => object[field.name] ?? null),
        values: type.fields.map(({ name }) => object[name]),
        firstAcceptedAt: Date.UTC(2026, 10, 23, 18, 21, 53),
        lastAcceptedAt: Date.UTC(2026, 10, 23, 18, 23, 41),
      })),
    });
  });
}

test('the types in use are listed, by names in any case', async () => {
  await using rest = await openHouses();
  const { json } = await rest.call('GET', 'customobjects.json?names=HOUSES,none');
  assert.deepEqual(json.result, [
    {
      name: 'houses',
      displayName: 'Houses',
      description: 'Real estate',
      createdAt: '2026-02-03T22:36:23Z',
      updatedAt: '2026-02-03T22:36:24Z',
      idField: 'marketoGUID',
      dedupeFields: ['mlsNum', 'houseOwnerId'],
      searchableFields: [['mlsNum', 'houseOwnerId'], ['marketoGUID'], ['houseOwnerId']],
      relationships: [{ field: 'houseOwnerId', type: 'parent', relatedTo: { name: 'Lead', field: 'id' } }],
    },
  ]);
  const all = await rest.call('GET', 'customobjects.json');
  assert.deepEqual(
    all.json.result.map(({ name }: { name: string }) => name),
    ['houses', 'cars'],
  );
});

test('describe.json adds the fields, of which the keys and the system ones are not updateable', async () => {
  await using rest = await openHouses();
  const [shown] = (await rest.call('GET', 'customobjects/Cars/describe.json')).json.result;
  assert.deepEqual(shown.fields, [
    { name: 'marketoGUID', displayName: 'Marketo GUID', dataType: 'string', length: 36, updateable: false },
    { name: 'createdAt', displayName: 'Created At', dataType: 'datetime', updateable: false },
    { name: 'updatedAt', displayName: 'Updated At', dataType: 'datetime', updateable: false },
    { name: 'vin', displayName: 'VIN', dataType: 'string', length: 36, updateable: false },
  ]);
  assert.equal(shown.createdAt, '2026-01-01T00:00:00Z', 'as old as its workspace');
  assert.equal((await rest.call('GET', 'customobjects/none/describe.json')).code, '1013');
});

test('objects are found by their key, the alias dedupeFields, their GUID, the alias idField, or their link', async () => {
  await using rest = await openHouses();
  await store(rest, CARS, [{ vin: 'a' }, { vin: 'b' }]);
  await store(rest, HOUSES, [{ mlsNum: '1', houseOwnerId: 7 }]);
  const find = async (type: string, filterType: string, values: string): Promise<RestAnswerOf['json']> =>
    (await rest.call('GET', `customobjects/${type}.json?filterType=${filterType}&filterValues=${values}`)).json;
  const [car] = (await find('CARS', 'VIN', 'a,zzz')).result;
  assert.deepEqual(car, {
    seq: 0,
    marketoGUID: car.marketoGUID,
    vin: 'a',
    createdAt: '2026-11-23T18:21:53Z',
    updatedAt: '2026-11-23T18:23:41Z',
  });
  assert.deepEqual((await find('cars', 'dedupeFields', 'a')).result, [car]);
  assert.deepEqual((await find('cars', 'idField', car.marketoGUID)).result, [car]);
  assert.deepEqual((await find('cars', 'marketoGUID', car.marketoGUID)).result, [car]);
  assert.equal((await find('houses', 'houseOwnerId', '7')).result.length, 1);
  assert.deepEqual((await find('cars', 'vin', 'none')).result, []);
});

test('a compound key comes as objects in a POST that says _method=GET', async () => {
  await using rest = await openHouses();
  await store(rest, HOUSES, [
    { mlsNum: '1962352', houseOwnerId: 42645756, Bedrooms: 3 },
    { mlsNum: '2962352', houseOwnerId: 52645756, Bedrooms: 4, sold: true },
    { mlsNum: '2962352', houseOwnerId: 1, Bedrooms: 5 },
  ]);
  const query = (json: object): Promise<RestAnswerOf> =>
    rest.call('POST', 'customobjects/houses.json?_method=GET', { json });
  const input = [
    { mlsNum: '1962352', houseOwnerId: '42645756' },
    { MLSNUM: '2962352', houseOwnerId: 52645756 },
  ];
  const { json } = await query({ filterType: 'dedupeFields', fields: ['marketoGuid', 'bedrooms', 'sold'], input });
  const rows = json.result.map(({ marketoGUID, seq, ...row }: Record<string, unknown>) => {
    assert.match(String(marketoGUID), /^[0-9a-f-]{36}$/);
    assert.equal(typeof seq, 'number');
    return row;
  });
  assert.deepEqual(
    rows.toSorted((left: { Bedrooms: number }, right: { Bedrooms: number }) => left.Bedrooms - right.Bedrooms),
    [
      { Bedrooms: 3, sold: false },
      { Bedrooms: 4, sold: true },
    ],
  );
  assert.deepEqual((await query({ input })).json.result.length, 2, 'dedupeFields is what input goes by');
  assert.equal((await query({ filterType: 'dedupeFields' })).code, '701');
  assert.equal((await query({ input: [{ mlsNum: '1' }] })).code, '1001');
  assert.equal((await query({ input: [5] })).code, '1001');
  assert.equal((await query({ input: [] })).code, '701');
  const values = await rest.call('GET', 'customobjects/houses.json?filterType=dedupeFields&filterValues=1');
  assert.equal(values.code, '701', 'a compound key has no list of values');
});

test('pages go on behind the last object', async () => {
  await using rest = await openHouses();
  const vins = Array.from({ length: 7 }, (_, at) => `v${at}`);
  await store(
    rest,
    CARS,
    vins.map((vin) => ({ vin })),
  );
  const query: Record<string, unknown> = { filterType: 'vin', input: vins.map((vin) => ({ vin })), batchSize: 3 };
  const found: string[] = [];
  for (let more = true; more;) {
    const { json } = await rest.call('POST', 'customobjects/cars.json?_method=GET', { json: query });
    found.push(...json.result.map(({ vin }: { vin: string }) => vin));
    more = json.moreResult ?? false;
    query['nextPageToken'] = json.nextPageToken;
  }
  assert.deepEqual(found.toSorted(), vins);
});

test('a field that finds nothing alone is 1011, an unknown one 1006, an unknown type 1013', async () => {
  await using rest = await openHouses();
  const code = async (path: string): Promise<unknown> => (await rest.call('GET', `customobjects/${path}`)).code;
  assert.equal(await code('houses.json?filterType=Bedrooms&filterValues=1'), '1011');
  assert.equal(await code('houses.json?filterType=none&filterValues=1'), '1006');
  assert.equal(await code('houses.json?filterType=houseOwnerId&filterValues=1&fields=none'), '1006');
  assert.equal(await code('houses.json?filterType=houseOwnerId&filterValues=x'), '1001');
  assert.equal(await code('none.json?filterType=a&filterValues=x'), '1013');
});
