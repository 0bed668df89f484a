/** Spans of the HTTP API (docs/specs/tracing.md). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestApi } from '../../tests/support/http-api.ts';
import { RecordedSpans } from '../../tests/support/recorded-spans.ts';

const SENDER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('a request has a span with the template of its route, below the sender’s', async () => {
  const spans = new RecordedSpans();
  await using api = await openTestApi({ http: { tracing: spans.gateway } });
  const answer = await api.call('GET', `${api.path}/clients`, { headers: { traceparent: SENDER } });
  assert.equal(answer.status, 200);
  const [span, ...others] = spans.all;
  assert.deepEqual(others, []);
  assert.equal(span?.name, 'GET /v1/workspaces/{munchkinId}/clients');
  assert.equal(span.parentSpanContext?.spanId, '00f067aa0ba902b7');
  assert.deepEqual(span.attributes, {
    'http.request.method': 'GET',
    'http.route': '/v1/workspaces/{munchkinId}/clients',
    'http.response.status_code': 200,
    'inlet.request_id': answer.headers['x-request-id'],
    'inlet.workspace': api.owner.munchkinId,
  });
});

test('law 8: refused requests are seen, and nothing of their paths is repeated', async () => {
  const spans = new RecordedSpans();
  await using api = await openTestApi({ http: { tracing: spans.gateway } });
  const calls = [
    ['GET', '/hunter2?access_token=hunter2', 404],
    ['GET', '/v1/workspaces/hunter2/clients', 404],
    ['GET', `${api.path}/requests/hunter2`, 401],
  ] as const;
  for (const [method, path, status] of calls) {
    const token = status === 401 ? 'hunter2' : undefined;
    const answer = await api.call(method, path, token === undefined ? {} : { token });
    assert.equal(answer.status, status, path);
  }
  const shown = JSON.stringify(spans.all.map(({ name, attributes }) => ({ name, attributes })));
  assert.equal(spans.all.length, calls.length);
  assert.ok(!shown.includes('hunter2'), shown);
  assert.deepEqual(
    spans.all.map(({ attributes }) => attributes['http.response.status_code']),
    calls.map(([, , status]) => status),
  );
});

test('probes have no span', async () => {
  const spans = new RecordedSpans();
  await using api = await openTestApi({ http: { tracing: spans.gateway } });
  for (const path of ['/healthz', '/readyz', '/metrics']) await api.call('GET', path, { token: null });
  assert.deepEqual(spans.all, []);
});
