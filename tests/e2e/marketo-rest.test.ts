/** Marketo's REST calls against a running server: set-up, writes, read-back (docs/specs/marketo-rest.md). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../support/server/inlet-server.ts';
import type { Credentials } from '#cli/data-directory-files.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';
import type { ShownRequest } from '../support/server/workspace.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- the shapes of answers are what the tests look at.
type AnyJson = any;

interface RestAnswer {
  readonly json: AnyJson;
  readonly requestId: string;
}

/** A REST call with the workspace's token; `path` is below `/rest/v1/`, unless it begins with a slash. */
async function rest(workspace: Workspace, path: string, body?: object): Promise<RestAnswer> {
  const answer = await workspace.send({
    method: body === undefined ? 'GET' : 'POST',
    path: path.startsWith('/') ? path : `/rest/v1/${path}`,
    headers: {
      Authorization: `Bearer ${await workspace.token()}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.equal(answer.status, 200, answer.text);
  return { json: JSON.parse(answer.text), requestId: requestIdOf(answer) };
}

async function result(workspace: Workspace, path: string, body?: object): Promise<AnyJson> {
  const { json } = await rest(workspace, path, body);
  assert.equal(json.success, true, JSON.stringify(json));
  return json.result;
}

describe('a server', () => {
  let server: InletServer;
  let workspace: Workspace;

  before(async () => {
    server = await startServer();
    workspace = new Workspace(server);
  });
  after(() => server[Symbol.asyncDispose]());

  test('what the Data Ingestion API took is read back, exact (law 10)', async () => {
    const body = '{"persons":[{"email":"Ingested@x.example","leadScore":9223372036854775807,"unsubscribed":true}]}';
    await workspace.decided(await workspace.accept('persons', body));
    const path =
      'leads.json?filterType=email&filterValues=ingested@x.example&fields=email,leadScore,unsubscribed,doNotCall';
    const answer = await workspace.send({
      method: 'GET',
      path: `/rest/v1/${path}`,
      headers: { Authorization: `Bearer ${await workspace.token()}` },
    });
    assert.match(
      answer.text,
      /"email":"Ingested@x\.example","leadScore":9223372036854775807,"unsubscribed":true,"doNotCall":false\}\]/,
    );
  });

  test('what REST wrote is in SQL and among the requests, with fates that add up (law 2)', async () => {
    const input = [{ email: 'rest@x.example', firstName: 'R' }, { email: 'bad' }];
    const { json, requestId } = await rest(workspace, 'leads.json', { lookupField: 'email', input });
    assert.equal(json.result[0].status, 'created');
    assert.deepEqual(json.result[1].reasons[0].code, '1003');
    const rows = await workspace.sql("select id, firstName from persons where email = 'rest@x.example'");
    assert.deepEqual(rows, [[json.result[0].id, 'R']]);
    const { state, objects } = await workspace.administer<ShownRequest>('GET', `/requests/${requestId}`);
    assert.deepEqual([state, objects.received, objects.created, objects.failed], ['done', 2, 1, 1]);
  });

  test('a type made by REST takes objects of both APIs, linked to leads', async () => {
    await result(workspace, 'customobjects/schema.json', { apiName: 'cars', displayName: 'Cars' });
    const link = {
      name: 'owner',
      displayName: 'Owner',
      dataType: 'link',
      relatedTo: { name: 'lead', field: 'Email Address' },
    };
    const key = { name: 'vin', displayName: 'VIN', dataType: 'string', isDedupeField: true };
    await result(workspace, 'customobjects/schema/cars/addField.json', { input: [key, link] });
    await result(workspace, 'customobjects/schema/cars/approve.json', {});
    await result(workspace, 'leads.json', { input: [{ email: 'owner@x.example' }] });
    const ingested = { customObjects: [{ vin: 'ingested', owner: 'owner@x.example' }] };
    await workspace.decided(await workspace.accept('customobjects/cars', ingested));
    const synced = await result(workspace, 'customobjects/cars.json', {
      input: [
        { vin: 'synced', owner: 'OWNER@x.example' },
        { vin: 'nobody', owner: 'nobody@x.example' },
      ],
    });
    assert.deepEqual(
      synced.map(({ status }: AnyJson) => status),
      ['created', 'skipped'],
    );
    assert.deepEqual(synced[1].reasons, [{ code: '1004', message: 'Lead not found' }]);
    const found = await result(workspace, 'customobjects/cars.json?filterType=vin&filterValues=ingested,synced,nobody');
    assert.deepEqual(new Set(found.map(({ vin }: AnyJson) => vin)), new Set(['ingested', 'synced']));
    const [linked] = await result(
      workspace,
      'customobjects/cars.json?filterType=owner&filterValues=Owner@X.example&batchSize=1',
    );
    assert.match(linked.marketoGUID, /^[0-9a-f-]{36}$/);
  });

  test('paths come as clients send them, also below the subscription', async () => {
    const { munchkinId } = workspace.credentials;
    for (const path of [
      '//rest/v1/leads/partitions.json',
      '/rest/v1/./x/../leads//partitions.json',
      `/subscriptions/${munchkinId}/rest/v1/leads/partitions.json`,
      `/subscriptions/${munchkinId}//rest/v1/leads/partitions.json`,
    ]) {
      assert.deepEqual(await result(workspace, path), [{ id: 1, name: 'Default' }], path);
    }
    assert.equal((await rest(workspace, '/rest/../bulk/v1/leads/export.json')).json.errors[0].code, '610');
  });

  test('law 7: the token of one workspace opens no call of another', async () => {
    const made = await workspace.send({
      path: '/v1/workspaces',
      headers: { Authorization: `Bearer ${workspace.credentials.adminToken}` },
    });
    const other = new Workspace(server, JSON.parse(made.text) as Credentials);
    const path = `/subscriptions/${workspace.credentials.munchkinId}/rest/v1/leads/partitions.json`;
    assert.equal((await rest(other, path)).json.errors[0].code, '603');
    await result(workspace, 'leads.json', { input: [{ email: 'mine@x.example' }] });
    assert.deepEqual(await result(other, 'leads.json?filterType=email&filterValues=mine@x.example'), []);
  });
});

test('REST writes count against no quota of the Data Ingestion API', async () => {
  await using server = await startServer('--daily-objects', '2');
  const workspace = new Workspace(server);
  const input = ['a', 'b', 'c', 'd'].map((name) => ({ email: `${name}@x.example` }));
  const synced = await result(workspace, 'leads.json', { input });
  assert.equal(synced.length, 4);
  await workspace.accept('persons', { persons: [{ email: 'e@x.example' }, { email: 'f@x.example' }] });
  const refused = await workspace.ingest('persons', { persons: [{ email: 'g@x.example' }] });
  assert.equal(refused.status, 429);
});

test('laws 1 and 3: leads survive SIGKILL; drafts, fields and counts survive a stop, and the token with them', async () => {
  await using server = await startServer();
  const workspace = new Workspace(server);
  const [{ id }] = await result(workspace, 'leads.json', { input: [{ email: 'a@x.example' }] });
  await server.kill();
  await server.start();
  const after = new Workspace(server);
  assert.equal(await after.token(), await workspace.token());
  assert.equal((await result(after, `lead/${id}.json`))[0].email, 'a@x.example');
  await result(after, 'customobjects/schema.json', { apiName: 'draft1', displayName: 'Draft' });
  const field = { name: 'shoeSize', displayName: 'Shoe size', dataType: 'integer', description: 'EU' };
  await result(after, 'leads/schema/fields.json', { input: [field] });
  await server.restart();
  const again = new Workspace(server);
  assert.equal((await result(again, 'customobjects/schema/draft1/describe.json'))[0].state, 'draft');
  assert.equal((await result(again, 'leads/schema/fields/shoeSize.json'))[0].description, 'EU');
  const days: AnyJson[] = await result(again, 'stats/usage/last7days.json');
  // The calls between SIGKILL and stop: three, and the two of this start so far. Midnight may lie between.
  assert.ok(days.reduce((sum: number, { total }: AnyJson) => sum + total, 0) >= 5);
});
