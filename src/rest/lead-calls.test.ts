/** Reading leads and their fields (docs/specs/marketo-rest.md, R7 to R12). Shapes are those that were recorded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import { PERSON_SYSTEM_COLUMNS } from '#model/standard-fields.ts';
import { openRestApi, REST_WORKSPACE } from '../../tests/support/rest-api.ts';
import type { RestApi } from '../../tests/support/rest-api.ts';

interface Lead {
  readonly partition?: string;
  readonly values: Readonly<Record<string, FieldValue>>;
}

/** Stores leads as an applier would, each created a second after the one before. */
async function storeLeads(rest: RestApi, leads: readonly Lead[]): Promise<void> {
  const workspace = rest.control.definitions().workspaces.get(REST_WORKSPACE);
  const names = [...new Set(leads.flatMap(({ values }) => Object.keys(values)))];
  const fields = names.map((name) => workspace?.personFields.get(name.toLowerCase()) as FieldDefinition);
  const email = workspace?.personFields.get('email') as FieldDefinition;
  await rest.store.transaction(REST_WORKSPACE, async (transaction) => {
    const own = [...(workspace?.personFields.values() ?? [])];
    await transaction.definePersons(own.filter(({ name }) => !PERSON_SYSTEM_COLUMNS.has(name.toLowerCase())));
    await transaction.upsertPersons({
      action: 'createDuplicate',
      wantsIdentities: false,
      multipleMatches: 'fail',
      fields,
      matchBy: [{ field: email, ignoreCase: true }],
      rows: leads.map(({ partition = 'Default', values }, at) => ({
        partition,
        key: [String(values['email'] ?? '').toLowerCase()],
        values: names.map((name) => values[name]),
        firstAcceptedAt: Date.UTC(2021, 3, 9, 15, 22, 42 + at, 703),
        lastAcceptedAt: Date.UTC(2021, 3, 9, 15, 22, 42 + at, 703),
      })),
    });
  });
}

test('leads are found by email in any case; unset fields are null, times are UTC to the second', async () => {
  await using rest = await openRestApi();
  await storeLeads(rest, [{ values: { email: 'Brian@bleonard.com', firstName: 'Brian' } }]);
  const { json } = await rest.call('GET', 'leads.json?filterType=email&filterValues=brian%40bleonard.com');
  assert.deepEqual(json, {
    requestId: json.requestId,
    result: [
      {
        id: 1,
        firstName: 'Brian',
        lastName: null,
        email: 'Brian@bleonard.com',
        updatedAt: '2021-04-09T15:22:42Z',
        createdAt: '2021-04-09T15:22:42Z',
      },
    ],
    success: true,
  });
});

test('nothing found is an empty result', async () => {
  await using rest = await openRestApi();
  const { json } = await rest.call('GET', 'leads.json?filterType=email&filterValues=a@b.de');
  assert.deepEqual(json, { requestId: json.requestId, result: [], success: true });
});

test('fields are given in their declared spelling, id among them; a boolean that was never set is false', async () => {
  await using rest = await openRestApi();
  await rest.control.putPersonField(REST_WORKSPACE, {
    name: 'vip',
    displayName: 'Vip',
    dataType: 'boolean',
    custom: true,
  });
  await storeLeads(rest, [{ values: { email: 'a@b.de', leadScore: 9007199254740993n } }]);
  const fields = 'fields=EMAIL,leadscore,VIP&fields=leadPartitionId';
  const { text } = await rest.call('GET', `leads.json?filterType=id&filterValues=1&${fields}`);
  assert.match(
    text,
    /"result":\[\{"id":1,"email":"a@b\.de","leadScore":9007199254740993,"vip":false,"leadPartitionId":1\}\]/,
  );
  const unknown = await rest.call('GET', 'leads.json?filterType=id&filterValues=1&fields=email,none');
  assert.deepEqual(unknown.json.errors, [{ code: '1006', message: "Field 'none' not found" }]);
});

test('one lead by id, or 1004 with the id that was asked for', async () => {
  await using rest = await openRestApi();
  await storeLeads(rest, [{ values: { email: 'a@b.de' } }, { values: { email: 'c@d.de', lastName: 'C' } }]);
  const { json } = await rest.call('GET', 'lead/2.json?fields=email,lastName');
  assert.deepEqual(json.result, [{ id: 2, email: 'c@d.de', lastName: 'C' }]);
  for (const id of ['3', '0', 'abc', '99999999999999999999']) {
    const missing = await rest.call('GET', `lead/${id}.json`);
    assert.deepEqual(missing.json.errors, [{ code: '1004', message: `Lead '${id}' not found` }]);
  }
});

test('pages have batchSize leads and end without a token; a token of no page is refused', async () => {
  await using rest = await openRestApi();
  await storeLeads(
    rest,
    Array.from({ length: 7 }, () => ({ values: { email: 'same@b.de' } })),
  );
  const ids: number[] = [];
  let pages = 0;
  for (let token: string | undefined = ''; token !== undefined; pages += 1) {
    const url: string = `leads.json?filterType=email&filterValues=same@b.de&batchSize=3&nextPageToken=${token}`;
    const { json } = await rest.call('GET', url);
    ids.push(...json.result.map(({ id }: { id: number }) => id));
    assert.equal(json.moreResult, json.nextPageToken === undefined ? undefined : true);
    token = json.nextPageToken as string | undefined;
    if (token !== undefined) assert.match(token, /^[A-Z2-7]+=*$/);
  }
  assert.deepEqual([ids, pages], [[1, 2, 3, 4, 5, 6, 7], 3]);
  const bad = await rest.call('GET', 'leads.json?filterType=email&filterValues=a@b.de&nextPageToken=ABC');
  assert.equal(bad.code, '1003');
});

test('law 6: at most 300 leads a page, 300 values and 1,000 matches', async () => {
  await using rest = await openRestApi();
  const leads = (count: number): Lead[] => Array.from({ length: count }, () => ({ values: { email: 'same@b.de' } }));
  await storeLeads(rest, leads(1000));
  const url = 'leads.json?filterType=email&filterValues=same@b.de&batchSize=5000';
  assert.equal((await rest.call('GET', url)).json.result.length, 300);
  await storeLeads(rest, leads(1));
  const { json } = await rest.call('GET', url);
  assert.deepEqual(json.errors, [{ code: '1003', message: 'Invalid data: Too many results match the filter' }]);
  const values = (count: number): string => Array.from({ length: count }, (_, at) => at + 1).join();
  const find = (filterValues: string): ReturnType<typeof rest.call> =>
    rest.call('POST', 'leads.json', { form: { _method: 'GET', filterType: 'id', filterValues } });
  assert.equal((await find(values(300))).json.result.length, 300);
  assert.equal((await find(values(301))).code, '1003');
});

test('a filter needs type and values (701), a field that finds leads (1006, 1011), and values of its type (1001)', async () => {
  await using rest = await openRestApi();
  const error = async (query: string): Promise<string> => {
    const { code, message } = (await rest.call('GET', `leads.json?${query}`)).json.errors[0];
    return `${code} ${message}`;
  };
  assert.equal(await error('filterValues=1'), '701 filterType cannot be blank');
  assert.equal(await error('filterType=id'), '701 filterValues cannot be blank');
  assert.equal(await error('filterType=none&filterValues=1'), "1006 Field 'none' not found");
  assert.match(
    await error('filterType=firstName&filterValues=1'),
    /^1011 Field 'firstName' not supported: .*describe2/,
  );
  assert.equal(await error('filterType=id&filterValues=abc'), "1001 Invalid value 'abc'. Required of type 'integer'");
  assert.match(await error('filterType=id&filterValues=1&batchSize=0'), /^1001 /);
});

test('custom fields of type string, email and integer find leads, others do not', async () => {
  await using rest = await openRestApi();
  for (const dataType of ['string', 'email', 'integer', 'float'] as const) {
    await rest.control.putPersonField(REST_WORKSPACE, {
      name: `my_${dataType}`,
      displayName: dataType,
      dataType,
      custom: true,
    });
  }
  await storeLeads(rest, [{ values: { my_integer: 5, my_string: 'x', my_email: 'A@b.de', my_float: 1.5 } }]);
  const found = async (type: string, value: string): Promise<unknown> => {
    const { code, json } = await rest.call('GET', `leads.json?filterType=${type}&filterValues=${value}`);
    return code ?? json.result.length;
  };
  assert.deepEqual(
    [await found('my_integer', '5'), await found('my_string', 'x'), await found('MY_EMAIL', 'a@B.de')],
    [1, 1, 1],
  );
  assert.equal(await found('my_float', '1.5'), '1011');
});

test('partitions are numbered in the order of their making, and find leads', async () => {
  await using rest = await openRestApi();
  await rest.control.addPartition(REST_WORKSPACE, 'EMEA');
  await storeLeads(rest, [{ values: { email: 'a@b.de' } }, { partition: 'EMEA', values: { email: 'a@b.de' } }]);
  const partitions = await rest.call('GET', 'leads/partitions.json');
  assert.deepEqual(partitions.json.result, [
    { id: 1, name: 'Default' },
    { id: 2, name: 'EMEA' },
  ]);
  const find = async (numbers: string): Promise<unknown> => {
    const url = `leads.json?filterType=leadPartitionId&filterValues=${numbers}&fields=leadPartitionId`;
    return (await rest.call('GET', url)).json.result;
  };
  assert.deepEqual(await find('2'), [{ id: 2, leadPartitionId: 2 }]);
  assert.deepEqual(await find('1,2'), [
    { id: 1, leadPartitionId: 1 },
    { id: 2, leadPartitionId: 2 },
  ]);
  assert.deepEqual(await find('3'), []);
});

test('describe.json shows each field as recorded', async () => {
  await using rest = await openRestApi();
  const { json } = await rest.call('GET', 'leads/describe.json');
  const email = json.result.find(({ rest: { name } }: { rest: { name: string } }) => name === 'email');
  assert.deepEqual(email, {
    id: email.id,
    displayName: 'Email Address',
    dataType: 'email',
    length: 255,
    rest: { name: 'email', readOnly: false },
  });
  const of = (name: string): { dataType: string; rest: { readOnly: boolean } } =>
    json.result.find((each: { rest: { name: string } }) => each.rest.name === name);
  assert.deepEqual([of('id').rest.readOnly, of('createdAt').rest.readOnly], [false, true]);
  assert.equal(of('leadScore').dataType, 'integer');
  assert.equal(new Set(json.result.map(({ id }: { id: number }) => id)).size, json.result.length);
});

test('describe2.json tells what finds leads', async () => {
  await using rest = await openRestApi();
  const { json } = await rest.call('GET', 'leads/describe2.json');
  const [lead] = json.result;
  assert.equal(lead.name, 'API Lead');
  for (const name of ['id', 'email', 'sfdcLeadId', 'leadPartitionId']) {
    assert.ok(
      lead.searchableFields.some(([field]: [string]) => field === name),
      name,
    );
  }
  assert.deepEqual(
    lead.fields.find(({ name }: { name: string }) => name === 'email'),
    {
      name: 'email',
      displayName: 'Email Address',
      dataType: 'email',
      length: 255,
      updateable: true,
      crmManaged: false,
    },
  );
});
