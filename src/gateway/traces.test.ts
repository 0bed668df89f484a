/** Spans and trace contexts of the ways in (docs/specs/tracing.md). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import { withinTrace } from '#telemetry/trace-scope.ts';
import { IntakeError } from '#ports/intake-log.ts';
import { RunningGateway, WORKSPACE, WRITE_KEY } from '../../tests/support/gateway.ts';
import { contextOf, RecordedSpans } from '../../tests/support/recorded-spans.ts';

const SENDER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const KEY = encodeURIComponent(WRITE_KEY);
const RECORD = encodeURIComponent(Buffer.from('{"a":1}').toString('base64'));
const BATCH = 'application/vnd.treasuredata.v1+json';

interface WayIn {
  readonly path: string;
  readonly route: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Every collection route by which an entry comes into the log. */
const WAYS_IN: Readonly<Record<string, WayIn>> = {
  'Postback API': {
    path: '/postback/v3/event/db/tbl',
    route: '/postback/v3/event/{database}/{table}',
    headers: { 'X-TD-Write-Key': WRITE_KEY, 'Content-Type': 'application/json' },
    body: '{"a":1}',
  },
  pixel: {
    method: 'GET',
    path: `/postback/v3/event/db/tbl?td_format=pixel&td_write_key=${KEY}&a=1`,
    route: '/postback/v3/event/{database}/{table}',
  },
  records: {
    path: '/db/tbl',
    route: '/{database}/{table}',
    headers: { Authorization: `TD1 ${WRITE_KEY}`, 'Content-Type': BATCH },
    body: '{"events":[{"a":1}]}',
  },
  'td-js in a query': {
    method: 'GET',
    path: `/js/v3/event/db/tbl?api_key=${KEY}&data=${RECORD}`,
    route: '/js/v3/event/{database}/{table}',
  },
  'td-js in a body': {
    path: '/js/v3/event/db/tbl',
    route: '/js/v3/event/{database}/{table}',
    headers: { 'X-TD-Write-Key': WRITE_KEY },
    body: '{"a":1}',
  },
  'td-mobile': {
    path: '/android/v3/event',
    route: '/{sdk}/v3/event',
    headers: { 'X-TD-Write-Key': WRITE_KEY, 'X-TD-Data-Type': 'k', 'Content-Type': 'application/json' },
    body: '{"db.tbl":[{"a":1}]}',
  },
  persons: {
    path: `/subscriptions/${WORKSPACE}/persons`,
    route: '/subscriptions/{munchkinId}/persons',
    headers: { 'Content-Type': 'application/json' },
    body: '{"persons":[{"email":"a@b.example"}]}',
  },
  'custom objects': {
    path: `/subscriptions/${WORKSPACE}/customobjects/purchases`,
    route: '/subscriptions/{munchkinId}/customobjects/{apiName}',
    headers: { 'Content-Type': 'application/json' },
    body: '{"customObjects":[{"vin":"v"}]}',
  },
};

async function send(running: RunningGateway, way: WayIn, headers: Record<string, string> = {}): Promise<Response> {
  const { path, method = 'POST', body = null } = way;
  const token = path.startsWith('/subscriptions') ? { 'X-Mkto-User-Token': await running.token() } : {};
  const response = await running.fetch(path, { method, body, headers: { ...way.headers, ...token, ...headers } });
  await response.arrayBuffer();
  return response;
}

describe('the trace context reaches the log by every way in', () => {
  for (const [name, way] of Object.entries(WAYS_IN)) {
    test(`${name}: tracing off, the sender's own`, async () => {
      await using running = await RunningGateway.start();
      assert.ok((await send(running, way, { traceparent: SENDER })).ok);
      assert.ok((await send(running, way)).ok);
      const contexts = (await running.entries()).map(({ envelope }) => envelope.traceparent);
      assert.deepEqual(contexts, [SENDER, undefined]);
    });

    test(`${name}: tracing on, that of a span below the sender's`, async () => {
      const spans = new RecordedSpans();
      await using running = await RunningGateway.start({ parts: { tracing: spans.gateway } });
      const response = await send(running, way, { traceparent: SENDER });
      assert.ok(response.ok);
      const [entry] = await running.entries();
      const [server] = spans.named(`${way.method ?? 'POST'} ${way.route}`);
      const [append] = spans.named('append');
      assert.ok(server !== undefined && append !== undefined);
      assert.equal(server.parentSpanContext?.spanId, '00f067aa0ba902b7');
      assert.equal(server.spanContext().traceId, '4bf92f3577b34da6a3ce929d0e0e4736');
      assert.equal(append.parentSpanContext?.spanId, server.spanContext().spanId);
      assert.equal(entry?.envelope.traceparent, contextOf(server));
      assert.deepEqual(server.attributes, {
        'http.request.method': way.method ?? 'POST',
        'http.route': way.route,
        'http.response.status_code': response.status,
        'inlet.request_id': response.headers.get('x-request-id'),
        'inlet.workspace': WORKSPACE,
        'inlet.objects': 1,
      });
    });
  }

  test('what other rooms submit belongs to the request that they serve', async () => {
    const spans = new RecordedSpans();
    await using running = await RunningGateway.start({ parts: { tracing: spans.gateway } });
    const submission = {
      workspace: WORKSPACE,
      lane: 'high',
      objects: 1,
      envelope: { kind: 'person', clientId: 'c' },
      body: Buffer.from('{"persons":[{}]}'),
    } as const;
    const submitted = Promise.withResolvers<unknown>();
    withinTrace({ traceparent: SENDER, span: undefined }, () => submitted.resolve(running.gateway.submit(submission)));
    await submitted.promise;
    await running.gateway.submit(submission);
    const contexts = (await running.entries()).map(({ envelope }) => envelope.traceparent);
    assert.deepEqual(contexts, [SENDER, undefined]);
  });
});

describe('what a span says of how a request ended', () => {
  test('a refusal has its code, and is no fault of the server', async () => {
    const spans = new RecordedSpans();
    await using running = await RunningGateway.start({ parts: { tracing: spans.gateway } });
    await running.postEvent('db/tbl', '{"a":1}', { 'X-TD-Write-Key': 'wrong' });
    const [server] = spans.all;
    assert.equal(spans.all.length, 1);
    assert.equal(server?.attributes['inlet.refusal_code'], 'Forbidden');
    assert.equal(server.attributes['http.response.status_code'], 403);
    assert.equal(server.attributes['inlet.workspace'], undefined);
    assert.equal(server.status.code, 0);
  });

  test('a log that takes nothing shows on the append and on the request', async () => {
    const spans = new RecordedSpans();
    const { writer } = createMemoryIntakeLog();
    writer.append = async () => {
      throw new IntakeError('full', 'no space');
    };
    await using running = await RunningGateway.start({ parts: { tracing: spans.gateway, writer } });
    assert.equal((await running.postEvent('db/tbl', '{"a":1}')).status, 503);
    const [append, server] = spans.all;
    assert.deepEqual([append?.name, append?.status.code], ['append', 2]);
    assert.deepEqual([server?.status.code, server?.attributes['error.type']], [2, '503']);
    assert.equal(server?.attributes['inlet.objects'], undefined, 'nothing was accepted');
  });

  test('a sender that goes away leaves a span without a status', async () => {
    const spans = new RecordedSpans();
    await using running = await RunningGateway.start({ parts: { tracing: spans.gateway } });
    const seen = once(running.server, 'request');
    const socket = running.connect();
    socket.write(`POST /postback/v3/event/db/tbl HTTP/1.1\r\nHost: h\r\nX-TD-Write-Key: ${WRITE_KEY}\r\n`);
    socket.write('Content-Length: 10\r\n\r\n{');
    await seen;
    socket.destroy();
    while (spans.all.length === 0) await sleep(5);
    assert.equal(spans.all[0]?.attributes['error.type'], 'sender_gone');
    assert.equal(spans.all[0].attributes['http.response.status_code'], undefined);
  });
});

test('law 8: a path that no route knows is not repeated', async () => {
  const spans = new RecordedSpans();
  await using running = await RunningGateway.start({ parts: { tracing: spans.gateway } });
  const secret = 'hunter2';
  const paths = [
    `/postback/${secret}?td_write_key=${secret}`,
    `/js/${secret}`,
    `/ios/${secret}`,
    `/subscriptions/${secret}/${secret}`,
    `/subscriptions/${secret}/identity/oauth/token?client_secret=${secret}`,
    `/subscriptions/${secret}/identity/${secret}`,
    `/identity/${secret}`,
    `/${secret}/${secret}`,
  ];
  for (const path of paths) await (await running.fetch(path, { method: 'POST', body: secret })).text();
  assert.equal(spans.all.length, paths.length);
  const shown = JSON.stringify(spans.all.map(({ name, attributes, status }) => ({ name, attributes, status })));
  assert.ok(!shown.includes(secret), shown);
  assert.match(shown, /subscriptions\/\{munchkinId\}/);
});
