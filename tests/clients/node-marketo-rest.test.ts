/** npm `node-marketo-rest`, unmodified, pointed at the server by its own options. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';
import type { Credentials } from '#cli/data-directory-files.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import Marketo from 'node-marketo-rest';
import type { Answer } from 'node-marketo-rest';

const ALL_PERMISSIONS = [
  'Read-Write Lead',
  'Read-Write Custom Object',
  'Read-Write Schema Custom Field',
  'Read-Write Custom Object Type',
];

interface LeadResult {
  readonly id: number;
  readonly status: string;
}

function clientOf(url: string, { clientId, clientSecret }: Pick<Credentials, 'clientId' | 'clientSecret'>): Marketo {
  const retry = { maxRetries: 2, initialDelay: 10, maxDelay: 20 };
  return new Marketo({ endpoint: `${url}/rest`, identity: `${url}/identity`, clientId, clientSecret, retry });
}

async function fullClient(workspace: Workspace): Promise<Pick<Credentials, 'clientId' | 'clientSecret'>> {
  return workspace.administer('POST', '/clients', { name: 'rest', permissions: ALL_PERMISSIONS });
}

suite('node-marketo-rest 0.7.8', () => {
  let server: InletServer;
  let workspace: Workspace;
  let client: Marketo;

  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    client = clientOf(server.url, await fullClient(workspace));
  });
  after(() => server[Symbol.asyncDispose]());

  const post = (path: string, body: object): Promise<Answer> => client._connection.postJson(`/v1/${path}`, body);
  const get = (path: string, query: object = {}): Promise<Answer> => client._connection.get(`/v1/${path}`, { query });

  test('gets a token, and is told by name who is not known', async () => {
    const { access_token, token_type, expires_in } = await client.getOAuthToken();
    assert.match(access_token, /^[0-9a-f-]{36}:\w+$/);
    assert.equal(token_type, 'bearer');
    assert.ok(expires_in > 3_500 && expires_in <= 3_600, String(expires_in));
    const stranger = clientOf(server.url, { clientId: 'nobody', clientSecret: 'x' });
    await assert.rejects(
      async () => await stranger.lead.describe(),
      /Authentication \(unauthorized\): No client with requested id: nobody/,
    );
  });

  test('creates a custom field, which the ingestion endpoint then takes, and reads it back', async () => {
    const made = await post('leads/schema/fields.json', {
      input: [{ name: 'shoeSize', displayName: 'Shoe Size', dataType: 'integer' }],
    });
    assert.deepEqual(made.result, [{ name: 'shoeSize', status: 'created' }]);
    const persons = [
      { email: 'ada@clients.example', firstName: 'Ada', shoeSize: 37 },
      { email: 'ben@clients.example', firstName: 'Ben' },
    ];
    const { objects } = await workspace.decided(await workspace.accept('persons', { persons }));
    assert.equal(objects.created, 2);
    const found = await client.lead.find('email', ['ada@clients.example', 'ben@clients.example'], {
      fields: ['email', 'firstName', 'shoeSize', 'unsubscribed'],
    });
    assert.deepEqual(
      found.result?.map(({ email, firstName, shoeSize, unsubscribed }) => ({
        email,
        firstName,
        shoeSize,
        unsubscribed,
      })),
      [
        { email: 'ada@clients.example', firstName: 'Ada', shoeSize: 37, unsubscribed: false },
        { email: 'ben@clients.example', firstName: 'Ben', shoeSize: null, unsubscribed: false },
      ],
    );
    const described = await client.lead.describe();
    const field = described.result?.find((each) => (each['rest'] as { name: string }).name === 'shoeSize');
    assert.equal(field?.['dataType'], 'integer');
  });

  test('creates, updates, skips and finds leads by its own calls', async () => {
    const input = [{ email: 'cy@clients.example', lastName: 'Cy' }, { email: 'bademail' }];
    const created = await client.lead.createOrUpdate(input, { lookupField: 'email' });
    const [first, second] = created.result ?? [];
    assert.equal(first?.['status'], 'created');
    assert.deepEqual(second, {
      status: 'skipped',
      reasons: [{ code: '1003', message: "Invalid value for field 'email' and value 'bademail'" }],
    });
    const updated = await client.lead.createOrUpdate([{ email: 'CY@clients.example', firstName: 'Cyra' }]);
    assert.deepEqual(updated.result, [{ id: first?.['id'], status: 'updated' }]);
    const byId = await client.lead.byId(Number(first?.['id']));
    const [lead] = byId.result ?? [];
    assert.equal(lead?.['firstName'], 'Cyra');
    assert.equal(lead?.['lastName'], 'Cy');
    const again = await client.lead.createOrUpdate([{ email: 'cy@clients.example' }], { action: 'createOnly' });
    assert.deepEqual(again.result, [
      { status: 'skipped', reasons: [{ code: '1005', message: 'Lead already exists' }] },
    ]);
    const partitions = await client.lead.partitions();
    assert.ok(partitions.result?.some(({ name }) => name === 'Default'));
  });

  test('makes a custom object type, writes through the ingestion endpoint, reads and deletes', async () => {
    await post('customobjects/schema.json', { action: 'createOnly', apiName: 'car_c', displayName: 'Car' });
    await post('customobjects/schema/car_c/addField.json', {
      input: [
        { name: 'vin', displayName: 'VIN', dataType: 'string', isDedupeField: true },
        { name: 'owner', displayName: 'Owner', dataType: 'link', relatedTo: { name: 'lead', field: 'email' } },
        { name: 'year', displayName: 'Year', dataType: 'integer' },
      ],
    });
    await post('customobjects/schema/car_c/approve.json', {});
    const cars = [
      { vin: 'V1', owner: 'ada@clients.example', year: 2003 },
      { vin: 'V2', owner: 'ben@clients.example', year: 1989 },
    ];
    const { objects } = await workspace.decided(await workspace.accept('customobjects/car_c', { customObjects: cars }));
    assert.equal(objects.created, 2);
    const query = { filterType: 'vin', filterValues: 'V1,V2', fields: 'vin,owner,year' };
    const found = await get('customobjects/car_c.json', query);
    // A page is in the order of the GUIDs, which are random (docs/specs/marketo-rest.md, R20).
    assert.deepEqual(
      found.result
        ?.map(({ vin, owner, year }) => ({ vin, owner, year }))
        .toSorted((one, other) => String(one.vin).localeCompare(String(other.vin))),
      cars,
    );
    const deleted = await post('customobjects/car_c/delete.json', { deleteBy: 'dedupeFields', input: [{ vin: 'V1' }] });
    assert.equal(deleted.result?.[0]?.['status'], 'deleted');
    assert.deepEqual((await get('customobjects/car_c.json', { ...query, filterValues: 'V1' })).result, []);
  });

  test('deletes leads', async () => {
    const found = await client.lead.find('email', ['ada@clients.example', 'ben@clients.example']);
    const input = (found.result ?? []).map(({ id }) => ({ id: id as number }));
    assert.equal(input.length, 2);
    const deleted = await post('leads/delete.json', { input });
    assert.deepEqual(
      deleted.result as unknown as LeadResult[],
      input.map(({ id }) => ({ id, status: 'deleted' })),
    );
    assert.deepEqual((await client.lead.find('email', ['ada@clients.example'])).result, []);
  });
});

test('node-marketo-rest renews a token that has expired', async () => {
  await using server = await startServer('--token-lifetime', '1s', '--log-level', 'warn');
  const workspace = new Workspace(server);
  const client = clientOf(server.url, await fullClient(workspace));
  await client.lead.partitions();
  const used = await client._connection.getOAuthToken();
  const isExpired = async (): Promise<boolean> => {
    const answer = await workspace.send({
      method: 'GET',
      path: '/rest/v1/leads/partitions.json',
      headers: { Authorization: `Bearer ${used.access_token}` },
    });
    return answer.text.includes('"602"');
  };
  while (!(await isExpired())) await new Promise((resolve) => setTimeout(resolve, 100));
  const answer = await client.lead.partitions();
  assert.equal(answer.success, true);
  const renewed = await client._connection.getOAuthToken();
  assert.notEqual(renewed.access_token, used.access_token);
});
