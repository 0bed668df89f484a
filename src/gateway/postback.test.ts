import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QueryError } from '#ports/store-reader.ts';
import { NARROW_KEY, RunningGateway, WORKSPACE, WRITE_KEY } from '../../tests/support/gateway.ts';

const REQUEST_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

interface PostbackError {
  readonly error: string;
  readonly message: string;
}

async function refused(response: Response, status: number, error: string): Promise<string> {
  const body = (await response.json()) as PostbackError;
  assert.deepEqual([response.status, body.error], [status, error], body.message);
  assert.deepEqual(Object.keys(body), ['error', 'message']);
  assert.match(response.headers.get('x-request-id') ?? '', REQUEST_ID);
  assert.equal(response.headers.get('content-type'), 'application/json');
  return body.message;
}

describe('the success answer', () => {
  test('law 1: is exact, and the entry lies in the log before it', async () => {
    await using running = await RunningGateway.start();
    const response = await running.postEvent('test_db/test_tbl', '{"param1":"value1","param2":1234}');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(response.headers.get('content-length'), '2');
    assert.equal(await response.text(), '{}');
    const [entry] = await running.entries();
    assert.equal(entry?.requestId, response.headers.get('x-request-id'));
    assert.deepEqual(entry?.envelope, {
      kind: 'event',
      clientId: 'key-1',
      database: 'test_db',
      table: 'test_tbl',
      format: 'json',
    });
    assert.equal(Buffer.from(entry.body).toString(), '{"param1":"value1","param2":1234}');
    assert.deepEqual([entry.workspace, entry.lane, entry.objects], [WORKSPACE, 'events', 1]);
    assert.deepEqual(running.woken, [WORKSPACE]);
  });

  test('names are folded, a trailing slash is taken, sender and trace are kept when they may be needed', async () => {
    await using running = await RunningGateway.start();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = { 'User-Agent': 'agent', traceparent };
    assert.equal((await running.postEvent('DB/Tbl/', '{"a":"td_ip"}', headers)).status, 200);
    const [entry] = await running.entries();
    assert.deepEqual(entry?.envelope, {
      kind: 'event',
      clientId: 'key-1',
      database: 'db',
      table: 'tbl',
      format: 'json',
      ip: '127.0.0.1',
      userAgent: 'agent',
      traceparent,
    });
  });
});

describe('the write key', () => {
  const CASES: readonly (readonly [string, string | undefined, string | undefined, string | undefined, number])[] = [
    ['header', undefined, WRITE_KEY, undefined, 200],
    ['query', undefined, undefined, WRITE_KEY, 200],
    ['TD1', `TD1 ${WRITE_KEY}`, undefined, undefined, 200],
    ['header beats query', undefined, WRITE_KEY, 'wrong', 200],
    ['a wrong header beats a right query', undefined, 'wrong', WRITE_KEY, 403],
    ['TD1 beats both', `TD1 ${WRITE_KEY}`, 'wrong', 'wrong', 200],
    ['a wrong TD1 beats right ones', 'TD1 wrong', WRITE_KEY, WRITE_KEY, 403],
    ['another scheme is no key', `Bearer ${WRITE_KEY}`, undefined, undefined, 403],
    ['missing', undefined, undefined, undefined, 403],
  ];
  for (const [name, authorization, header, query, status] of CASES) {
    test(name, async () => {
      await using running = await RunningGateway.start();
      const response = await running.fetch(
        `/postback/v3/event/db/tbl${query === undefined ? '' : `?td_write_key=${encodeURIComponent(query)}`}`,
        {
          method: 'POST',
          body: '{}',
          headers: { ...(authorization && { authorization }), ...(header && { 'X-TD-Write-Key': header }) },
        },
      );
      assert.equal(response.status, status);
      assert.equal((await running.entries()).length, status === 200 ? 1 : 0);
    });
  }

  test('a key for one database opens that one alone', async () => {
    await using running = await RunningGateway.start();
    const narrow = { 'X-TD-Write-Key': NARROW_KEY };
    assert.equal((await running.postEvent('ONLY_DB/t', '{}', narrow)).status, 200);
    await refused(await running.postEvent('other/t', '{}', narrow), 403, 'Forbidden');
  });

  test('in compat mode a bad key is success, and the event is dropped and said', async () => {
    await using running = await RunningGateway.start({ options: { postbackAuth: 'compat' } });
    const response = await running.postEvent('db/tbl', '{}', { 'X-TD-Write-Key': 'wrong' });
    assert.deepEqual([response.status, await response.text()], [200, '{}']);
    assert.deepEqual(await running.entries(), []);
    assert.equal(running.said.filter(({ name }) => name === 'postbackRejected').length, 1);
  });
});

describe('Idempotency-Key', () => {
  test('is kept in the envelope, in UTF-8 when it is that', async () => {
    await using running = await RunningGateway.start();
    const keys = ['k', 'x'.repeat(255), Buffer.from('é').toString('latin1')];
    for (const key of keys) {
      assert.equal((await running.postEvent('db/tbl', '[{},{}]', { 'Idempotency-Key': key })).status, 200);
    }
    const entries = await running.entries();
    assert.deepEqual(
      entries.map(({ envelope }) => envelope.kind === 'event' && envelope.idempotencyKey),
      ['k', 'x'.repeat(255), 'é'],
    );
  });

  test('is 400 when it is empty or too long', async () => {
    await using running = await RunningGateway.start();
    for (const key of ['', 'x'.repeat(256)]) {
      const message = await refused(
        await running.postEvent('db/tbl', '{}', { 'Idempotency-Key': key }),
        400,
        'BadRequest',
      );
      assert.match(message, /Idempotency-Key must have 1 to 255 characters/);
    }
    assert.deepEqual(await running.entries(), []);
  });
});

describe('bodies', () => {
  const JSON_TYPE = 'application/json';
  const FORM = 'application/x-www-form-urlencoded';
  const MANY = (count: number): string => `[${'{},'.repeat(count).slice(0, -1)}]`;
  const TAKEN: readonly (readonly [string, string, string | undefined, number, 'json' | 'form'])[] = [
    ['an empty object', '{}', JSON_TYPE, 1, 'json'],
    ['an array', '[{"a":1},{"a":2}]', JSON_TYPE, 2, 'json'],
    ['10,000 objects', MANY(10_000), JSON_TYPE, 10_000, 'json'],
    ['text/plain', '{"a":1}', 'text/plain;charset=UTF-8', 1, 'json'],
    ['another type', '{"a":1}', 'application/cloudevents+json', 1, 'json'],
    ['a form', 'a=1&b=%C3%A9', FORM, 1, 'form'],
    ['JSON that calls itself a form', '{"a":"b=c&d"}', FORM, 1, 'json'],
    ['a lone surrogate', String.raw`{"a":"\ud800"}`, JSON_TYPE, 1, 'json'],
    ['an escaped NUL', String.raw`{"a":"\u0000"}`, JSON_TYPE, 1, 'json'],
    ['__proto__ and constructor', '{"__proto__":{"a":1},"constructor":1}', JSON_TYPE, 1, 'json'],
    ['duplicate keys', '{"a":1,"a":2}', JSON_TYPE, 1, 'json'],
    ['numbers no double tells', '{"a":1e400,"b":12345678901234567890}', JSON_TYPE, 1, 'json'],
    ['empty keys', '{"":1}', JSON_TYPE, 1, 'json'],
    [
      '5,000 keys',
      JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i]))),
      JSON_TYPE,
      1,
      'json',
    ],
  ];
  for (const [name, body, type, objects, format] of TAKEN) {
    test(`taken: ${name}`, async () => {
      await using running = await RunningGateway.start();
      const response = await running.postEvent('db/tbl', body, type === undefined ? {} : { 'Content-Type': type });
      assert.equal(response.status, 200, await response.text());
      const [entry] = await running.entries();
      assert.ok(entry?.envelope.kind === 'event');
      assert.deepEqual([entry.objects, entry.envelope.format], [objects, format]);
      assert.equal(Buffer.from(entry.body).toString(), body, 'law 10: the bytes are as sent');
    });
  }

  test('refused: another charset, which would change what was sent (law 10)', async () => {
    await using running = await RunningGateway.start();
    const response = await running.postEvent('db/tbl', '{}', { 'Content-Type': `${JSON_TYPE}; charset=utf-16` });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /the charset must be UTF-8/);
  });

  const REFUSED: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, RegExp])[] = [
    ['nothing', '', /empty/],
    ['a scalar', '1', /object or an array/],
    ['a number that no double tells', '1e400', /object or an array/],
    ['null', 'null', /object or an array/],
    ['an empty array', '[]', /empty/],
    ['an array with a number', '[{},1e400]', /entry 1/],
    ['10,001 objects', MANY(10_001), /10000/],
    ['broken JSON', '{"a":', /not JSON/],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /UTF-8/],
    ['nesting 10,000 deep', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, /deep/],
    ['a raw NUL in a string', '{"a":"\u0000"}', /not JSON/],
  ];
  for (const [name, body, reason] of REFUSED) {
    test(`refused: ${name}`, async () => {
      await using running = await RunningGateway.start();
      assert.match(await refused(await running.postEvent('db/tbl', body), 400, 'BadRequest'), reason);
      assert.deepEqual(await running.entries(), []);
    });
  }
});

describe('paths, methods, names', () => {
  const BAD_NAMES = ['d%2Fx/t', 'a-b/t', 'd/t.x', `${'x'.repeat(256)}/t`, 'pg_x/t', 'Main/t', 'inlet/t'];
  for (const path of BAD_NAMES) {
    test(`400 for ${path.slice(0, 20)}`, async () => {
      await using running = await RunningGateway.start();
      await refused(await running.postEvent(path, '{}'), 400, 'BadRequest');
    });
  }
  // Through a bare socket, since clients resolve such paths themselves.
  for (const path of ['%2e%2e/t', 'd/%2e%2e', '../t', 'd/..', 'd%2Ft/t', "d';drop/t", 'd\\t/t']) {
    test(`400 for ${path} as it stands`, async () => {
      await using running = await RunningGateway.start();
      const head = `POST /postback/v3/event/${path} HTTP/1.1\r\nHost: x\r\nX-TD-Write-Key: ${WRITE_KEY}\r\n`;
      const answer = await running.raw(`${head}Connection: close\r\nContent-Length: 2\r\n\r\n{}`);
      assert.match(answer, /^HTTP\/1\.1 400 [^]*"error":"BadRequest"/);
    });
  }
  for (const path of ['d', 'd/', '', 'a/b/c', 'a/b//', '/']) {
    test(`404 for '${path}'`, async () => {
      await using running = await RunningGateway.start();
      await refused(await running.postEvent(path, '{}'), 404, 'NotFound');
    });
  }
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    test(`405 for ${method}`, async () => {
      await using running = await RunningGateway.start();
      const response = await running.fetch('/postback/v3/event/d/t', { method });
      assert.equal(response.headers.get('allow'), 'GET, HEAD, POST, OPTIONS');
      await refused(response, 405, 'MethodNotAllowed');
    });
  }
  test('a path that is no collection route is left to others', async () => {
    await using running = await RunningGateway.start();
    assert.equal((await running.fetch('/v1/workspaces')).status, 299);
    assert.equal((await running.fetch(`/subscriptions/${WORKSPACE}/rest/v1/leads.json`)).status, 299);
  });
  test('an unknown database is refused when events may not create one', async () => {
    const databaseExists = async (_: string, database: string): Promise<boolean> => database === 'known';
    await using running = await RunningGateway.start({
      options: { createDatabases: false },
      parts: { databaseExists },
    });
    await refused(await running.postEvent('unknown/t', '{}'), 400, 'BadRequest');
    assert.equal((await running.postEvent('known/t', '{}')).status, 200);
  });
  test('while nobody can say whether the database exists, the sender is told to come back', async () => {
    const databaseExists = (): Promise<boolean> => Promise.reject(new QueryError('unavailable', 'restarting'));
    await using running = await RunningGateway.start({
      options: { createDatabases: false },
      parts: { databaseExists },
    });
    const response = await running.postEvent('db/t', '{}');
    assert.equal(response.headers.get('retry-after'), '1');
    await refused(response, 503, 'ServiceUnavailable');
  });
});
