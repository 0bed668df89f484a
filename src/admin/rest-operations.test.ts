import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REST_CALLS } from '#protocols/marketo-rest/calls.ts';
import { openTestApi } from '../../tests/support/http-api.ts';

test('the OpenAPI document tells every REST call, by method and path', async () => {
  await using api = await openTestApi();
  const { paths } = (await api.call('GET', '/openapi.json', { token: null })).json;
  const told = Object.entries(paths as Record<string, object>).flatMap(([path, item]) =>
    path.startsWith('/rest/v1/') ? Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`) : [],
  );
  const calls = Object.values(REST_CALLS).flatMap(({ routes }) =>
    routes.map(([method, path]) => `${method} /rest/v1/${path}`),
  );
  assert.ok(calls.length > 30);
  assert.deepEqual(new Set(told), new Set(calls));
  assert.equal(told.length, calls.length, 'no two calls have one route');
});
