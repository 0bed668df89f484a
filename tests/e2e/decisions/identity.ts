/** Identity: each sentence that decides something. */
import assert from 'node:assert/strict';
import type { Answer } from '../../support/server/http.ts';
import type { Decision, Step, World } from './world.ts';
import { assertRefused, sendWrong } from './refusals.ts';

interface Grant {
  readonly method?: string;
  readonly prefix?: string;
  readonly form?: boolean;
  readonly parameters?: Readonly<Record<string, string>>;
}

async function ask(
  world: World,
  { method = 'GET', prefix = '', form = false, parameters }: Grant = {},
): Promise<Answer> {
  const { clientId, clientSecret } = world.workspace.credentials;
  const all = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, ...parameters };
  const text = new URLSearchParams(all).toString();
  const path = `${prefix}/identity/oauth/token`;
  if (!form) return world.workspace.send({ method, path: `${path}?${text}` });
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return world.workspace.send({ method, path, headers, body: text });
}

async function tokenOf(world: World, grant: Grant = {}): Promise<string> {
  const answer = await ask(world, grant);
  assert.equal(answer.status, 200, answer.text);
  return (JSON.parse(answer.text) as { access_token: string }).access_token;
}

function refusesGrant(grant: Grant, body: object): Step {
  return async (world) => {
    const answer = await ask(world, grant);
    assert.deepEqual([answer.status, JSON.parse(answer.text)], [401, body]);
    assert.equal(answer.headers['cache-control'], 'no-store');
  };
}

interface NewClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A client with these permissions, and its token. */
async function newClient(world: World, ...permissions: readonly string[]): Promise<NewClient & { token: string }> {
  const body = { name: world.ownText(`row-${permissions.join()}`), permissions };
  const made = await world.workspace.administer<NewClient>('POST', '/clients', body);
  return { ...made, token: await world.workspace.tokenOf(made) };
}

export const IDENTITY: readonly Decision[] = [
  {
    says: 'GET → 200 {"access_token":"<uuid>:<suffix>","token_type":"bearer","expires_in":…,"scope":"<client name>"}, Cache-Control: no-store',
    shows: [
      async (world) => {
        const answer = await ask(world);
        const body = JSON.parse(answer.text) as Record<string, unknown>;
        assert.deepEqual(Object.keys(body), ['access_token', 'token_type', 'expires_in', 'scope']);
        assert.match(String(body['access_token']), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-z]+$/);
        assert.deepEqual([body['token_type'], body['scope']], ['bearer', 'default']);
        assert.equal(answer.headers['cache-control'], 'no-store');
        assert.match(String(answer.headers['content-type']), /^application\/json/);
      },
    ],
  },
  {
    says: 'Lives 3,600 s; until then the same token comes back with its remaining lifetime',
    shows: [
      async (world) => {
        const lifetimes: number[] = [];
        const tokens = new Set<string>();
        for (let n = 0; n < 3; n += 1) {
          const body = JSON.parse((await ask(world)).text) as { access_token: string; expires_in: number };
          tokens.add(body.access_token);
          lifetimes.push(body.expires_in);
        }
        assert.equal(tokens.size, 1);
        assert.ok(lifetimes.every((seconds) => seconds > 0 && seconds <= 3600));
        assert.deepEqual(
          lifetimes,
          lifetimes.toSorted((one, other) => other - one),
        );
      },
    ],
  },
  {
    says: 'GET or POST, parameters in the query or in a form body',
    shows: [
      async (world) => {
        const token = await tokenOf(world);
        assert.equal(await tokenOf(world, { method: 'POST' }), token);
        assert.equal(await tokenOf(world, { method: 'POST', form: true }), token);
      },
    ],
  },
  {
    says: 'Error 401 {"error":"invalid_client","error_description":"Bad client credentials"}',
    shows: [
      refusesGrant(
        { parameters: { client_secret: 'wrong' } },
        { error: 'invalid_client', error_description: 'Bad client credentials' },
      ),
    ],
  },
  {
    says: 'Error 401 {"error":"unauthorized","error_description":"No client with requested id: …"}',
    shows: [
      refusesGrant(
        { parameters: { client_id: 'nobody' } },
        { error: 'unauthorized', error_description: 'No client with requested id: nobody' },
      ),
    ],
  },
  {
    says: 'Also under /subscriptions/{munchkinId}/identity/oauth/token, for hosts with several workspaces',
    shows: [
      async (world) => {
        const { munchkinId, clientId } = world.workspace.credentials;
        assert.equal(await tokenOf(world, { prefix: `/subscriptions/${munchkinId}` }), await tokenOf(world));
        const unknown = { error: 'unauthorized', error_description: `No client with requested id: ${clientId}` };
        const other = await world.workspace.send({
          path: '/v1/workspaces',
          headers: {
            'Content-Type': 'application/json',
            Authorization: `Bearer ${world.workspace.credentials.adminToken}`,
          },
          body: '{}',
        });
        const { munchkinId: elsewhere } = JSON.parse(other.text) as { munchkinId: string };
        await refusesGrant({ prefix: `/subscriptions/${elsewhere}` }, unknown)(world);
        await refusesGrant({ prefix: '/subscriptions/000-AAA-000' }, unknown)(world);
      },
    ],
  },
  {
    says: 'Tokens end when the client is deleted',
    shows: [
      async (world) => {
        const { clientId, token } = await newClient(world, 'Read-Write Lead');
        const headers = { 'X-Mkto-User-Token': token };
        assert.equal((await sendWrong(world, { headers })).status, 202);
        await world.workspace.administer('DELETE', `/clients/${clientId}`);
        assertRefused(await sendWrong(world, { headers }), '401013');
      },
    ],
  },
  {
    says: 'Persons need Read-Write Lead, custom objects Read-Write Custom Object; Read-Write Person is another name of the first',
    shows: [
      async (world) => {
        const purchases = { path: 'customobjects/purchases', body: '{"customObjects":[{"vin":"row-1"}]}' };
        for (const [permission, opened, closed] of [
          ['Read-Write Lead', {}, purchases],
          ['Read-Write Person', {}, purchases],
          ['Read-Write Custom Object', purchases, {}],
        ] as const) {
          const headers = { 'X-Mkto-User-Token': (await newClient(world, permission)).token };
          assert.equal((await sendWrong(world, { ...opened, headers })).status, 202, permission);
          assertRefused(await sendWrong(world, { ...closed, headers }), '4030801', 'permission');
        }
        const headers = { 'X-Mkto-User-Token': (await newClient(world, 'Read-Only Person')).token };
        assertRefused(await sendWrong(world, { headers }), '4030801', 'Read-Write Lead');
        const { items } = await world.workspace.administer<{ items: { permissions: string[] }[] }>('GET', '/clients');
        assert.ok(
          items.every(({ permissions }) => !permissions.join().includes('Person')),
          'stored as the Lead’s',
        );
      },
    ],
  },
  {
    says: 'Tokens survive a restart',
    shows: [
      async (world) => {
        const token = await tokenOf(world);
        await world.server.restart('--log-level', 'warn');
        assert.equal(await tokenOf(world), token);
        assert.equal((await sendWrong(world, { headers: { 'X-Mkto-User-Token': token } })).status, 202);
      },
    ],
  },
];
