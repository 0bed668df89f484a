/** The door, the paths and the envelope of the REST API (docs/specs/marketo-rest.md, R1 to R6). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ControlUnavailable } from '#ports/control.ts';
import { StoreError } from '#ports/store.ts';
import { openRestApi, REST_WORKSPACE, TOKEN_LIFETIME_SECONDS } from '../../tests/support/rest-api.ts';
import type { ClientName } from '../../tests/support/rest-api.ts';

test('every answer is the envelope with an id of the documented form, status 200 and a UUID in X-Request-Id', async () => {
  await using rest = await openRestApi();
  const { status, headers, json } = await rest.call('GET', 'leads/partitions.json');
  assert.deepEqual([status, headers['content-type']], [200, 'application/json;charset=UTF-8']);
  assert.deepEqual(json, { requestId: json.requestId, result: [{ id: 1, name: 'Default' }], success: true });
  const [, random = '', time = ''] = /^([0-9a-f]{1,5})#([0-9a-f]+)$/.exec(json.requestId) ?? [];
  assert.ok(random !== '');
  assert.equal(Number.parseInt(time, 16), rest.clock.now());
  assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/);
});

test('without a token 600, with an unknown one 601, with an expired one 602, with a revoked one 601', async () => {
  await using rest = await openRestApi();
  const codeOf = async (headers: Record<string, string>): Promise<unknown> => {
    const answer = await rest.call('GET', 'leads/partitions.json', { client: null, headers });
    assert.deepEqual([answer.status, answer.json.success], [200, answer.code === undefined]);
    return answer.code;
  };
  assert.equal(await codeOf({}), '600');
  assert.equal(await codeOf({ authorization: 'Basic abc' }), '600');
  assert.equal(await codeOf({ authorization: 'Bearer nonsense' }), '601');
  assert.equal(await codeOf({ authorization: `Bearer ${rest.api.owner.adminToken}` }), '601');
  const token = rest.token('all');
  assert.equal(await codeOf({ authorization: `bearer ${token}` }), undefined);
  rest.clock.advance((TOKEN_LIFETIME_SECONDS + 1) * 1000);
  assert.equal(await codeOf({ authorization: `Bearer ${token}` }), '602');
  await rest.control.removeClient(REST_WORKSPACE, 'all');
  assert.equal(await codeOf({ authorization: `Bearer ${token}` }), '601');
});

test('a token in the query is not read (the documented service ends that, too)', async () => {
  await using rest = await openRestApi();
  const url = `leads/partitions.json?access_token=${rest.token('all')}`;
  const { code, text } = await rest.call('GET', url, { client: null });
  assert.equal(code, '600');
  assert.match(text, /Authorization: Bearer/);
});

test('law 7: another subscription in the path is 603, whether it exists or not', async () => {
  await using rest = await openRestApi();
  const path = (munchkinId: string): string => `/subscriptions/${munchkinId}/rest/v1/leads/partitions.json`;
  assert.equal((await rest.call('GET', path(REST_WORKSPACE))).json.success, true);
  const existing = await rest.call('GET', path(rest.api.owner.munchkinId));
  const other = await rest.call('GET', path('000-AAA-000'));
  assert.deepEqual([existing.code, other.code], ['603', '603']);
  assert.deepEqual(existing.json.errors, other.json.errors);
});

test('an unknown path is 610, a wrong method 605 with those that there are', async () => {
  await using rest = await openRestApi();
  const paths = [
    'none.json',
    'leads',
    '/rest/v2/leads.json',
    '/rest/asset/v1/programs.json',
    'leads/%zz.json',
    '/rest/',
  ];
  for (const path of paths) assert.equal((await rest.call('GET', path)).code, '610', path);
  for (const [method, path] of [
    ['PUT', 'leads.json'],
    ['GET', 'leads/delete.json'],
    ['DELETE', 'customobjects.json'],
  ] as const) {
    const { code, json } = await rest.call(method, path);
    assert.equal(code, '605');
    assert.match(
      json.errors[0].message,
      new RegExp(`^Request method '${method}' not supported; this path knows [A-Z]+`),
    );
  }
});

test('a POST says by _method, in the query or in a form, that it reads', async () => {
  await using rest = await openRestApi();
  const parameters = { filterType: 'email', filterValues: 'a@b.de' };
  const empty = async (answer: ReturnType<typeof rest.call>): Promise<void> =>
    assert.deepEqual((await answer).json.result, []);
  await empty(rest.call('POST', 'leads.json', { form: { _method: 'GET', ...parameters } }));
  await empty(rest.call('POST', 'leads.json?_method=get', { form: parameters }));
  await empty(rest.call('POST', 'leads.json?_method=GET', { json: { ...parameters, filterValues: ['a@b.de'] } }));
  await empty(rest.call('GET', 'leads.json?filterType=email&filterValues=a@b.de&_method=GET'));
  assert.equal((await rest.call('POST', 'leads.json?_method=PATCH', { json: {} })).code, '605');
});

const NEEDS: readonly (readonly [method: 'GET' | 'POST', path: string, may: readonly ClientName[]])[] = [
  ['GET', 'leads.json?filterType=id&filterValues=1', ['all', 'first', 'leads-reader']],
  ['GET', 'leads/describe.json', ['all', 'first', 'leads-reader']],
  ['POST', 'leads.json', ['all', 'first']],
  ['POST', 'leads/delete.json', ['all', 'first']],
  ['GET', 'leads/schema/fields.json', ['all', 'first', 'leads-reader', 'fields']],
  ['POST', 'leads/schema/fields.json', ['all', 'first', 'fields']],
  ['GET', 'customobjects.json', ['all', 'first', 'objects-reader']],
  ['POST', 'customobjects/x.json', ['all', 'first']],
  ['GET', 'customobjects/schema.json', ['all', 'first', 'objects-reader', 'types-reader', 'types']],
  ['POST', 'customobjects/schema.json', ['all', 'first', 'types']],
  ['POST', 'customobjects/schema/x/approve.json', ['all', 'first', 'types']],
];

for (const [method, path, may] of NEEDS) {
  test(`${method} ${path} is for ${may.join(', ')}; others are told the permission (603)`, async () => {
    await using rest = await openRestApi();
    const clients = [
      'all',
      'first',
      'leads-reader',
      'objects-reader',
      'fields',
      'types-reader',
      'types',
      'none',
    ] as const;
    for (const client of clients) {
      const { code, json } = await rest.call(method, path, { client });
      assert.equal(code !== '603', may.includes(client), `${client}: ${JSON.stringify(json)}`);
      if (code === '603') assert.match(json.errors[0].message, /needs the permission Read-/);
    }
  });
}

test('a body is JSON or a form in UTF-8, as it is: 609 and 612 say otherwise', async () => {
  await using rest = await openRestApi();
  const code = async (text: string, type?: string, more: Record<string, string> = {}): Promise<unknown> => {
    const headers = { ...(type !== undefined && { 'content-type': type }), ...more };
    return (await rest.call('POST', 'leads.json', { text, headers })).code;
  };
  assert.equal(await code('{"input":', 'application/json'), '609');
  assert.equal(await code('[]', 'application/json'), '609');
  assert.equal(await code('{"input":[{}]}', 'text/plain'), '612');
  assert.equal(await code('{"input":[{}]}'), '612');
  assert.equal(await code('a=b', 'application/x-www-form-urlencoded'), '609');
  assert.equal(await code('{}', 'application/json', { 'content-encoding': 'gzip' }), '612');
  assert.equal(await code('', 'application/json'), '609');
});

test('law 6: a body over 1 MiB is 413, a URL over 8 KiB 414, both in the envelope', async () => {
  await using rest = await openRestApi();
  const large = { input: [{ email: 'a'.repeat(1_048_576) }] };
  const body = await rest.call('POST', 'leads.json', { json: large });
  assert.deepEqual([body.status, body.code, body.json.success], [413, '413', false]);
  const url = await rest.call('GET', `leads.json?filterType=id&filterValues=${'1,'.repeat(5000)}`);
  assert.deepEqual([url.status, url.code], [414, '414']);
});

test('law 6: at most a hundred calls of a workspace at once; the next is told 615', async () => {
  const held = Promise.withResolvers<undefined>();
  let started = 0;
  const objects = async (): Promise<undefined> => {
    started += 1;
    return held.promise;
  };
  await using rest = await openRestApi({ parts: { reader: { objects, results: async () => [] } } });
  const call = (): ReturnType<typeof rest.call> => rest.call('GET', 'lead/1.json');
  const first = Array.from({ length: 100 }, call);
  for (const deadline = Date.now() + 10_000; started < 100 && Date.now() < deadline;) await new Promise(setImmediate);
  const { code, headers, json } = await call();
  assert.deepEqual([code, headers['retry-after']], ['615', '1']);
  assert.equal(json.errors[0].message, "Concurrent access limit '100' reached");
  held.resolve(undefined);
  for (const answer of await Promise.all(first)) assert.equal(answer.code, '1004');
  assert.equal((await call()).code, '1004', 'there is room again');
});

test('law 6: a call counts from its first byte, so that bodies which come slowly cannot fill the memory', async () => {
  await using rest = await openRestApi();
  const { app } = rest.api;
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const head = `POST /rest/v1/leads.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${rest.token('all')}\r\n`;
  const slow = Array.from({ length: 101 }, () => connect(port, '127.0.0.1'));
  const refused = Promise.race(slow.map(async (socket) => String((await once(socket, 'data'))[0])));
  for (const socket of slow) socket.write(`${head}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`);
  assert.match(await refused, /"code":"615"/);
  for (const socket of slow) socket.destroy();
  const codeNow = async (): Promise<unknown> => (await rest.call('GET', 'leads/partitions.json')).code;
  let code = await codeNow();
  for (const deadline = Date.now() + 10_000; code === '615' && Date.now() < deadline;) {
    await new Promise(setImmediate);
    code = await codeNow();
  }
  assert.equal(code, undefined, 'there is room again when the callers have gone');
});

test('a store or control that cannot answer is 608 with Retry-After, and its text stays inside (law 7)', async () => {
  const reader = {
    objects: async () => Promise.reject(new StoreError('unavailable', '/secret/path')),
    results: async () => [],
  };
  const change = async (): Promise<never> => Promise.reject(new ControlUnavailable('The disk is full.'));
  await using rest = await openRestApi({ parts: { reader, change } });
  const read = await rest.call('GET', 'lead/1.json');
  assert.deepEqual([read.status, read.code, read.headers['retry-after']], [200, '608', '1']);
  assert.doesNotMatch(read.text, /secret/);
  const field = { input: [{ name: 'a', displayName: 'A', dataType: 'string' }] };
  assert.equal((await rest.call('POST', 'leads/schema/fields.json', { json: field })).code, '608');
});

test('a mistake of our own is 611; the cause is told to the log alone', async () => {
  const reader = { objects: async () => Promise.reject(new TypeError('secret cause')), results: async () => [] };
  await using rest = await openRestApi({ parts: { reader } });
  const { status, code, text } = await rest.call('GET', 'lead/1.json');
  assert.deepEqual([status, code], [200, '611']);
  assert.doesNotMatch(text, /secret|TypeError/);
  assert.match(String(rest.faults[0]), /secret cause/);
});

test('a log that takes nothing is 608, with the time after which it is worth another try', async () => {
  await using rest = await openRestApi();
  const { code, headers } = await rest.call('POST', 'leads.json', { json: { input: [{ email: 'a@b.de' }] } });
  assert.deepEqual([code, headers['retry-after']], ['608', '7']);
});

test('other routes of the HTTP API are as they were, with problem documents', async () => {
  await using rest = await openRestApi();
  assert.equal((await rest.api.call('GET', '/v1/none')).json.code, 'not-found');
  assert.equal((await rest.api.call('GET', '/resting')).json.code, 'not-found');
});
