import { accessTokenOf, openTestApi } from '../../tests/support/http-api.ts';
import type { Answer, TestApi } from '../../tests/support/http-api.ts';
import { PROBLEMS } from '#protocols/api/problems.ts';
import type { ProblemCode } from '#protocols/api/problems.ts';
import { ControlConflict } from '#ports/control.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

function assertProblem(answer: Answer, code: ProblemCode): void {
  assert.equal(answer.json?.code, code, answer.text);
  assert.equal(answer.status, PROBLEMS[code].status);
  assert.equal(answer.json.status, answer.status);
  assert.equal(answer.json.title, PROBLEMS[code].title);
  assert.equal(answer.json.type, `urn:inlet:problem:${code}`);
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  assert.equal(answer.headers['x-request-id'], answer.json.requestId);
  assert.ok(answer.json.detail.length > 10, 'says what is wrong');
}

test('without a token every route but the public ones answers 401 and says how to authenticate', async () => {
  await using api = await openTestApi();
  for (const url of ['/v1/workspaces', `${api.path}/clients`, `${api.path}/requests`]) {
    const answer = await api.call('GET', url, { token: null });
    assertProblem(answer, 'token-missing');
    assert.match(String(answer.headers['www-authenticate']), /^Bearer/);
  }
  for (const url of ['/healthz', '/readyz', '/metrics', '/openapi.json']) {
    assert.equal((await api.call('GET', url, { token: null })).status, 200, url);
  }
});

test('a path that ends before its parameter is no path, whatever its method', async () => {
  await using api = await openTestApi();
  assertProblem(await api.call('GET', `${api.path}/clients/`), 'not-found');
  assertProblem(await api.call('GET', `${api.path}/clients/x`), 'method-not-allowed');
});

test('a body with a content coding is refused as such', async () => {
  await using api = await openTestApi();
  const headers = { 'content-encoding': 'gzip' };
  assertProblem(await api.call('POST', '/v1/workspaces', { headers, body: {} }), 'media-type-unsupported');
  const plain = await api.call('POST', '/v1/workspaces', { headers: { 'content-encoding': 'identity' }, body: {} });
  assert.equal(plain.status, 201);
});

test('an unknown token is refused, and other schemes than Bearer count as none', async () => {
  await using api = await openTestApi();
  assertProblem(await api.call('GET', '/v1/workspaces', { token: 'nonsense' }), 'token-invalid');
  const basic = { authorization: `Basic ${api.owner.adminToken}` };
  assertProblem(await api.call('GET', '/v1/workspaces', { token: null, headers: basic }), 'token-missing');
});

test('the scheme matches without regard to case', async () => {
  await using api = await openTestApi();
  const headers = { authorization: `bearer ${api.owner.adminToken}` };
  assert.equal((await api.call('GET', '/v1/workspaces', { token: null, headers })).status, 200);
});

test('law 7: to the token of one workspace, a foreign workspace and none at all look the same', async () => {
  await using api = await openTestApi();
  const made = (await api.call('POST', '/v1/workspaces', { body: { munchkinId: '111-AAA-111' } })).json;
  await api.call('POST', '/v1/workspaces', { body: { munchkinId: '222-BBB-222' } });
  const paths = [
    'clients',
    'write-keys',
    'partitions',
    'person-fields',
    'custom-objects',
    'requests',
    'quarantine',
    'databases',
  ];
  for (const path of paths) {
    const foreign = await api.call('GET', `/v1/workspaces/222-BBB-222/${path}`, { token: made.adminToken });
    const none = await api.call('GET', `/v1/workspaces/999-ZZZ-999/${path}`, { token: made.adminToken });
    assertProblem(foreign, 'workspace-forbidden');
    assert.deepEqual({ ...foreign.json, requestId: '' }, { ...none.json, requestId: '' });
    assert.equal((await api.call('GET', `/v1/workspaces/111-AAA-111/${path}`, { token: made.adminToken })).status, 200);
    assertProblem(await api.call('GET', `/v1/workspaces/999-ZZZ-999/${path}`), 'workspace-unknown');
  }
  assertProblem(await api.call('GET', '/v1/workspaces', { token: made.adminToken }), 'token-insufficient');
  assertProblem(await api.call('POST', '/v1/workspaces', { token: made.adminToken, body: {} }), 'token-insufficient');
});

test('law 7: what one workspace defines does not show in another', async () => {
  await using api = await openTestApi();
  const other = (await api.call('POST', '/v1/workspaces', { body: {} })).json;
  const foreign = `/v1/workspaces/${other.munchkinId}`;
  const { clientId } = (await api.call('POST', `${foreign}/clients`, { body: client('theirs') })).json;
  const { id } = (await api.call('POST', `${foreign}/write-keys`, { body: { name: 'theirs' } })).json;
  await api.call('POST', `${foreign}/partitions`, { body: { name: 'theirs' } });
  for (const path of ['clients', 'write-keys', 'partitions']) {
    assert.doesNotMatch((await api.call('GET', `${api.path}/${path}`)).text, /theirs/);
  }
  assertProblem(await api.call('DELETE', `${api.path}/clients/${clientId}`), 'client-unknown');
  assertProblem(await api.call('DELETE', `${api.path}/write-keys/${id}`), 'write-key-unknown');
});

test('an access token reads the requests of its own workspace and nothing else', async () => {
  await using api = await openTestApi();
  const other = (await api.call('POST', '/v1/workspaces', { body: {} })).json;
  const token = accessTokenOf(api.owner.clientId);
  assert.equal((await api.call('GET', `${api.path}/requests`, { token })).status, 200);
  assertProblem(await api.call('GET', `/v1/workspaces/${other.munchkinId}/requests`, { token }), 'workspace-forbidden');
  for (const [method, path] of [
    ['GET', 'clients'],
    ['POST', 'sql'],
    ['GET', 'databases'],
    ['GET', 'quarantine'],
  ] as const) {
    assertProblem(await api.call(method, `${api.path}/${path}`, { token }), 'token-insufficient');
  }
  await api.call('DELETE', `${api.path}/clients/${api.owner.clientId}`);
  assertProblem(await api.call('GET', `${api.path}/requests`, { token }), 'token-invalid');
});

function client(name: string): unknown {
  return { name, permissions: ['Read-Write Lead'] };
}

test('bodies that are not JSON, too large, of another type or shape each get their own problem', async () => {
  await using api = await openTestApi();
  const url = `${api.path}/clients`;
  assertProblem(await api.call('POST', url, { body: '{"name":' }), 'invalid-json');
  assertProblem(
    await api.call('POST', url, { body: 'x', headers: { 'content-type': 'text/plain' } }),
    'media-type-unsupported',
  );
  assertProblem(await api.call('POST', url, { body: `{"name":"${'x'.repeat(1_100_000)}"}` }), 'body-too-large');
  assertProblem(await api.call('POST', url, { body: `${'['.repeat(10_000)}` }), 'invalid-json');
  for (const body of ['5', '[]', 'null', '""']) {
    assertProblem(await api.call('POST', url, { body }), 'invalid-input');
  }
});

test('a validation problem names the member and what is allowed there', async () => {
  await using api = await openTestApi();
  const faults = async (method: 'POST' | 'PUT', url: string, body: unknown): Promise<unknown> => {
    const answer = await api.call(method, url, { body });
    assertProblem(answer, 'invalid-input');
    return answer.json.errors;
  };
  assert.deepEqual(
    await faults('POST', `${api.path}/clients`, { name: 'a', permissions: ['Read-Write Lead'], naem: 1 }),
    [{ member: 'naem', message: 'is not known here' }],
  );
  assert.deepEqual(
    await faults('POST', `${api.path}/clients`, '{"name":"a","permissions":["Read-Write Lead"],"__proto__":{}}'),
    [{ member: '__proto__', message: 'is not known here' }],
  );
  assert.deepEqual(await faults('POST', `${api.path}/clients`, {}), [
    { member: 'name', message: 'must be given' },
    { member: 'permissions', message: 'must be given' },
  ]);
  assert.deepEqual(await faults('POST', `${api.path}/write-keys`, { access: 'root' }), [
    { member: 'access', message: 'must be one of ["write-only","full"]' },
  ]);
  const body = { fields: [{ name: 'vin', dataType: 'strin' }], dedupeFields: ['vin'] };
  const [fault] = (await faults('PUT', `${api.path}/custom-objects/car`, body)) as {
    member: string;
    message: string;
  }[];
  assert.equal(fault?.member, 'fields[0].dataType');
  assert.match(fault.message, /"string".*"datetime"/);
});

test('values of bodies are taken as they are: a number is no string', async () => {
  await using api = await openTestApi();
  assertProblem(await api.call('POST', `${api.path}/partitions`, { body: { name: 5 } }), 'invalid-input');
});

test('an unknown or malformed parameter is named', async () => {
  await using api = await openTestApi();
  const unknown = await api.call('GET', `${api.path}/clients?limt=5`);
  assertProblem(unknown, 'invalid-input');
  assert.deepEqual(unknown.json.errors, [{ member: '?limt', message: 'is not known here' }]);
  for (const limit of ['0', '1001', 'x', '1.5']) {
    assertProblem(await api.call('GET', `${api.path}/clients?limit=${limit}`), 'invalid-input');
  }
});

test('an unknown path is 404, and a known one with another method 405 with Allow', async () => {
  await using api = await openTestApi();
  assertProblem(await api.call('GET', '/v1/nothing'), 'not-found');
  assertProblem(await api.call('GET', '/v1/%E0%A4%A'), 'not-found');
  const answer = await api.call('PATCH', `${api.path}/clients`);
  assertProblem(answer, 'method-not-allowed');
  assert.equal(answer.headers['allow'], 'GET, POST');
});

test('a mistake of our own is 500 without its cause, which is told to the log', async () => {
  await using api = await openTestApi({
    http: {
      url: () => {
        throw new TypeError('secret detail');
      },
    },
  });
  const answer = await api.call('POST', '/v1/workspaces', { body: {} });
  assertProblem(answer, 'internal');
  assert.doesNotMatch(answer.text, /secret detail|TypeError/);
  const fault = api.told.find(({ event }) => event === 'internalFault')?.what;
  assert.ok(fault instanceof TypeError && fault.message === 'secret detail');
});

test('a conflict that only the control saw is 409', async () => {
  await using api = await openTestApi();
  const conflict = new ControlConflict('another process was first');
  const control = new Proxy(api.control, {
    get: (target, name) =>
      name === 'addPartition' ? () => Promise.reject(conflict) : Reflect.get(target, name).bind(target),
  });
  await using racing = await openTestApi({ http: { control } });
  const answer = await racing.call('POST', `${api.path}/partitions`, {
    token: api.owner.adminToken,
    body: { name: 'a' },
  });
  assertProblem(answer, 'definition-conflict');
});

test('every answer carries X-Request-Id, a UUID of version 7, and is counted', async () => {
  await using api = await openTestApi();
  const first = await api.call('GET', '/v1/workspaces');
  const second = await api.call('GET', '/nowhere');
  assert.match(String(first.headers['x-request-id']), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
  assert.notEqual(first.headers['x-request-id'], second.headers['x-request-id']);
  const statuses = api.told
    .filter(({ event }) => event === 'requestAnswered')
    .map(({ what }) => (what as { status: number }).status);
  assert.deepEqual(statuses, [200, 404]);
});

test('law 8: secrets are shown once and stand in no list, and only hashes reach the control', async () => {
  await using api = await openTestApi();
  const made = (await api.call('POST', '/v1/workspaces', { body: {} })).json;
  const { clientSecret } = (await api.call('POST', `${api.path}/clients`, { body: client('one') })).json;
  const { writeKey } = (await api.call('POST', `${api.path}/write-keys`, { body: { name: 'one' } })).json;
  const secrets = [made.clientSecret, made.writeKey, made.adminToken, clientSecret, writeKey, ...hashesOf(api)];
  const texts = await Promise.all(
    ['/v1/workspaces', `${api.path}/clients`, `${api.path}/write-keys`].map(
      async (url) => (await api.call('GET', url)).text,
    ),
  );
  for (const secret of secrets) assert.ok(texts.every((text) => !text.includes(secret)));
  const { clients, writeKeys, adminTokens } = api.control.definitions();
  const stored = JSON.stringify([[...clients], [...writeKeys], [...adminTokens]]);
  for (const secret of [made.clientSecret, made.writeKey, made.adminToken]) assert.ok(!stored.includes(secret));
  assert.equal(JSON.stringify(api.told).includes(made.adminToken), false);
});

function hashesOf({ control }: TestApi): readonly string[] {
  const { clients, writeKeys, adminTokens } = control.definitions();
  return [...[...clients.values()].map(({ secretHash }) => secretHash), ...writeKeys.keys(), ...adminTokens.keys()];
}
