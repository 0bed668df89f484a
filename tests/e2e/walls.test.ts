/** Law 7: nothing of one workspace reveals or touches another's data. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { assertHealthy, assertTells, Bystander } from '../support/server/bystander.ts';
import type { Answer } from '../support/server/http.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { Credentials } from '#cli/data-directory-files.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';

/** Stands for a workspace that does not exist: a stranger must not be able to tell. */
const NOWHERE = '999-ZZZ-999';
/** What only the victim's data and definitions hold. */
const HIDDEN = 'hidden-treasure';

suite('law 7: workspaces are walls', () => {
  let server: InletServer;
  let operator: Workspace;
  let victim: Workspace;
  let intruder: Workspace;
  let bystander: Bystander;
  let victimsRequest: string;

  before(async () => {
    server = await startServer('--log-level', 'warn');
    operator = new Workspace(server);
    victim = await createWorkspace();
    intruder = await createWorkspace();
    bystander = await Bystander.enter(victim);
    await victim.administer('PUT', '/custom-objects/secrets', {
      displayName: HIDDEN,
      fields: [{ name: 'word', dataType: 'string' }],
      dedupeFields: ['word'],
    });
    await victim.accept('customobjects/secrets', { customObjects: [{ word: HIDDEN }] });
    await victim.store('vault/gold', { what: HIDDEN });
    await victim.accept('persons', { persons: [{ email: `${HIDDEN}@victim.example`, leadScore: 'bad' }] });
    victimsRequest = await victim.accept(
      'persons',
      { persons: [{ email: `a@${HIDDEN}.example` }] },
      { 'X-Correlation-Id': HIDDEN },
    );
    await victim.decided(victimsRequest);
  });
  after(() => server[Symbol.asyncDispose]());

  async function createWorkspace(): Promise<Workspace> {
    const { adminToken } = server.credentials;
    const answer = await operator.send({
      path: '/v1/workspaces',
      headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
      body: '{}',
    });
    assert.equal(answer.status, 201, answer.text);
    return new Workspace(server, JSON.parse(answer.text) as Credentials);
  }

  /** The answer without what differs between any two: its id. */
  function shape({ status, text, headers }: Answer): unknown {
    return { status, type: headers['content-type'], text: text.replace(/"requestId":"[^"]*"/, '') };
  }

  function assertReveals(answer: Answer): Answer {
    assert.ok(!answer.text.includes(HIDDEN), answer.text);
    return assertTells(answer);
  }

  test("no admin call on another's workspace passes, and none tells whether it exists", async () => {
    const { munchkinId } = victim.credentials;
    const calls: readonly (readonly [method: string, path: string, body?: object])[] = [
      ['GET', '/clients'],
      ['POST', '/clients', { name: 'mine', permissions: ['Read-Write Lead'] }],
      ['GET', '/write-keys'],
      ['POST', '/write-keys', {}],
      ['GET', '/partitions'],
      ['POST', '/partitions', { name: 'mine' }],
      ['GET', '/person-fields'],
      ['PUT', '/person-fields/mine', { dataType: 'string' }],
      ['GET', '/custom-objects'],
      ['GET', '/custom-objects/secrets'],
      ['PUT', '/custom-objects/mine', { fields: [{ name: 'a', dataType: 'string' }], dedupeFields: ['a'] }],
      ['GET', '/requests'],
      ['GET', `/requests/${victimsRequest}`],
      ['POST', `/requests/${victimsRequest}/cancel-waiting`],
      ['GET', '/quarantine'],
      ['POST', '/quarantine/replay', {}],
      ['POST', '/quarantine/replay', { dryRun: true }],
      ['GET', '/databases'],
      ['GET', '/databases/vault/tables'],
      ['GET', '/databases/vault/tables/gold'],
      ['GET', '/databases/vault/tables/gold/events'],
      ['POST', '/sql', { query: 'select * from persons' }],
      ['DELETE', `/clients/${victim.credentials.clientId}`],
    ];
    const tokens = [intruder.credentials.adminToken, await intruder.token(), intruder.credentials.writeKey];
    for (const [method, path, body] of calls) {
      for (const token of tokens) {
        const ask = async (id: string): Promise<Answer> =>
          assertReveals(
            await operator.send({
              method,
              path: `/v1/workspaces/${id}${path}`,
              headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) },
              ...(body && { body: JSON.stringify(body) }),
            }),
          );
        const answer = await ask(munchkinId);
        assert.ok([401, 403].includes(answer.status), `${method} ${path}: ${answer.status} ${answer.text}`);
        assert.deepEqual(shape(answer), shape(await ask(NOWHERE)), `${method} ${path}`);
      }
    }
  });

  test('the list of workspaces is for the token that opens everything', async () => {
    const { text, status } = await operator.send({
      method: 'GET',
      path: '/v1/workspaces',
      headers: { Authorization: `Bearer ${intruder.credentials.adminToken}` },
    });
    assert.equal(status, 403);
    assert.ok(!text.includes(victim.credentials.munchkinId));
  });

  test('a request id of another workspace is as unknown as one that never was', async () => {
    const unknown = '01900000-0000-7000-8000-000000000000';
    for (const path of ['/requests/', '/quarantine?requestId=']) {
      const answers = await Promise.all([victimsRequest, unknown].map((id) => intruder.admin('GET', `${path}${id}`)));
      assert.deepEqual(shape(answers[0] as Answer), shape(answers[1] as Answer));
    }
    const [foreign, none] = await Promise.all(
      [victimsRequest, unknown].map((after) => intruder.sqlAnswer('select 1', { after })),
    );
    assert.equal(foreign?.status, 404);
    assert.deepEqual(shape(foreign as Answer), shape(none as Answer));
    assert.deepEqual(await intruder.administer('GET', `/requests?correlationId=${HIDDEN}`), { items: [] });
  });

  test('SQL sees the own workspace alone', async () => {
    const { munchkinId } = victim.credentials;
    const own = await intruder.sql('show tables');
    assert.ok(!JSON.stringify(own).includes('secrets'));
    assert.deepEqual(await intruder.sql('select count(*) from persons'), [[0]]);
    assert.deepEqual(await intruder.sql('select count(*) from inlet.requests'), [[0]]);
    for (const query of [
      'select * from secrets',
      'select * from vault.gold',
      `select * from "${munchkinId}".main.persons`,
      `select * from "${munchkinId}".inlet.requests`,
      `attach '${server.directory}/stores/${munchkinId}.duckdb' as v`,
      `select * from '${server.directory}/stores/${munchkinId}.duckdb'`,
      'select * from duckdb_databases()',
      'show databases',
      `use "${munchkinId}"`,
    ]) {
      const answer = await intruder.sqlAnswer(query);
      // An error may quote what it was asked.
      assertReveals({ ...answer, text: answer.text.replaceAll(server.directory, '') });
      assert.equal(answer.status, 400, `${query}: ${answer.text}`);
    }
    // The error for another's table is the error for no table.
    const [foreign, none] = await Promise.all(
      ['vault.gold', 'vault.lead'].map((table) => intruder.sqlAnswer(`select * from ${table}`)),
    );
    assert.deepEqual(shape(foreign as Answer), {
      ...(shape(none as Answer) as object),
      text: (shape(none as Answer) as { text: string }).text.replaceAll('vault.lead', 'vault.gold'),
    });
  });

  test('a token sends to its own subscription alone', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Mkto-User-Token': await intruder.token() };
    for (const collection of ['persons', 'customobjects/secrets', 'customobjects/nothing']) {
      const [foreign, none] = await Promise.all(
        [victim.credentials.munchkinId, NOWHERE].map((id) =>
          operator.send({
            path: `/subscriptions/${id}/${collection}`,
            headers,
            body: '{"persons":[{"email":"x@y.example"}]}',
          }),
        ),
      );
      assert.equal(foreign?.status, 403);
      assert.equal((JSON.parse((foreign as Answer).text) as { error_code: string }).error_code, '4030801');
      assert.deepEqual(shape(foreign as Answer), shape(none as Answer));
    }
  });

  test("a token's REST calls reach its own subscription alone", async () => {
    const headers = { Authorization: `Bearer ${await intruder.token()}` };
    for (const path of [
      'leads/describe.json',
      'leads.json?filterType=email&filterValues=a',
      'customobjects/secrets.json',
    ]) {
      const [foreign, none] = await Promise.all(
        [victim.credentials.munchkinId, NOWHERE].map((id) =>
          operator.send({ method: 'GET', path: `/subscriptions/${id}/rest/v1/${path}`, headers }),
        ),
      );
      assert.equal((JSON.parse((foreign as Answer).text) as { success: boolean }).success, false);
      assert.deepEqual(shape(assertReveals(foreign as Answer)), shape(none as Answer), path);
    }
  });

  test("a client gets no token at another subscription's address, and cannot tell whether it exists", async () => {
    const { clientId, clientSecret } = intruder.credentials;
    const grant = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    const [foreign, none] = await Promise.all(
      [victim.credentials.munchkinId, NOWHERE].map((id) =>
        operator.send({ method: 'GET', path: `/subscriptions/${id}/identity/oauth/token?${grant.toString()}` }),
      ),
    );
    assert.equal(foreign?.status, 401);
    assert.deepEqual(shape(foreign as Answer), shape(none as Answer));
  });

  test('the same names in two workspaces are two tables, types and persons', async () => {
    const after = await intruder.store('vault/gold', { what: 17, mine: true });
    assert.deepEqual(await intruder.sql('select what, mine from vault.gold', { after }), [[17, true]]);
    await intruder.administer('PUT', '/custom-objects/secrets', {
      fields: [{ name: 'number', dataType: 'integer' }],
      dedupeFields: ['number'],
    });
    const id = await intruder.accept('customobjects/secrets', { customObjects: [{ number: 1 }] });
    assert.deepEqual(await intruder.sql('select number from secrets', { after: id }), [[1]]);
    const person = await intruder.ingest('persons', {
      persons: [{ email: 'ada@bystander.example', firstName: 'Eve' }],
    });
    assert.equal((await intruder.decided(requestIdOf(person))).objects.created, 1);
    assert.deepEqual(await victim.sql('select what from vault.gold'), [[HIDDEN]]);
    assert.deepEqual(await victim.sql('select word from secrets'), [[HIDDEN]]);
  });

  test('metrics, health and documents without a token name no data', async () => {
    for (const path of ['/metrics', '/healthz', '/readyz', '/openapi.json']) {
      const { text } = assertReveals(await operator.send({ method: 'GET', path }));
      assert.ok(!text.includes('vault'), path);
    }
  });

  test("the victim's data is unchanged, and its credentials still work", async () => {
    await bystander.assertUnchanged();
    await assertHealthy(operator);
  });
});
