/** Must show 3: the Data Ingestion API, from the documentation's own requests to each of its error codes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DOCUMENTED_PERSONS as PERSONS, DOCUMENTED_PURCHASES as PURCHASES } from './support/documented-requests.ts';
import type { Answer } from './support/http.ts';
import { startServer } from './support/inlet-server.ts';
import type { InletServer } from './support/inlet-server.ts';
import { requestIdOf, Workspace } from './support/workspace.ts';

suite('Must show 3: the Data Ingestion API', () => {
  let server: InletServer;
  let workspace: Workspace;
  before(async () => {
    server = await startServer('--log-level', 'info');
    workspace = new Workspace(server);
  });
  after(() => server[Symbol.asyncDispose]());

  suite("the documentation's requests", () => {
    const names = 'select email, firstName, lastName, partitionName from persons order by email';

    test('persons: 202, empty, with its id, and two rows', async () => {
      const answer = await workspace.ingest('persons', PERSONS, {
        'X-Correlation-Id': 'trace 1',
        'X-Request-Source': 'docs',
      });
      accepted(answer);
      const id = requestIdOf(answer);
      assert.deepEqual(await workspace.sql(names, { after: id }), [
        ['brooklyn.parker@karnv.com', 'Brooklyn', 'Parker', 'EMEA'],
        ['johnny.neal@yvu30.com', 'Johnny', 'Neal', 'EMEA'],
      ]);
      const request = await workspace.decided(id);
      assert.deepEqual(request.objects, counts({ received: 2, created: 2 }));
      const { kind, type, priority, state, durability, correlationId, requestSource } = request;
      assert.deepEqual(
        { kind, type, priority, state, durability, correlationId, requestSource },
        {
          kind: 'person',
          type: 'persons',
          priority: 'high',
          state: 'done',
          durability: 'fsync',
          correlationId: 'trace 1',
          requestSource: 'docs',
        },
      );
    });

    test('again with one field changed: two rows still, one of them changed', async () => {
      const id = await workspace.accept('persons', PERSONS.replace('"Parker"', '"Smith"'));
      assert.deepEqual(await workspace.sql(names, { after: id }), [
        ['brooklyn.parker@karnv.com', 'Brooklyn', 'Smith', 'EMEA'],
        ['johnny.neal@yvu30.com', 'Johnny', 'Neal', 'EMEA'],
      ]);
      assert.deepEqual((await workspace.decided(id)).objects, counts({ received: 2, updated: 2 }));
    });

    test('custom objects, after one admin call made their type', async () => {
      const made = await workspace.admin('PUT', '/custom-objects/purchases', {
        fields: [
          { name: 'vin', dataType: 'string', length: 36 },
          { name: 'email', dataType: 'email' },
          { name: 'make', dataType: 'string' },
          { name: 'model', dataType: 'string' },
          { name: 'year', dataType: 'integer' },
        ],
        dedupeFields: ['vin'],
      });
      assert.equal(made.status, 201, made.text);
      const answer = await workspace.ingest('customobjects/purchases', PURCHASES);
      accepted(answer);
      const rows = 'select email, vin, make, model, "year" from purchases order by vin';
      const first = ['johnny.neal@yvu30.com', '19UYA31581L000000', 'BMW', '3-Series 325i', 1989];
      const second = ['brooklyn.parker@karnv.com', '20UYA31581L000000', 'BMW', '3-Series 330i', 2003];
      assert.deepEqual(await workspace.sql(rows, { after: requestIdOf(answer) }), [first, second]);

      const again = await workspace.accept('customobjects/PURCHASES', PURCHASES.replace('1989', '1990'));
      assert.deepEqual(await workspace.sql(rows, { after: again }), [first.with(4, 1990), second]);
      assert.deepEqual((await workspace.decided(again)).objects, counts({ received: 2, updated: 2 }));
      const guids = await workspace.sql('select distinct marketoGUID from purchases');
      assert.equal(guids.length, 2);
    });
  });

  suite("the documentation's error codes: status, error_code and message", () => {
    const good = '{"persons":[{"email":"a@b.example"}]}';

    test('401013 OAuth token is invalid', async () => {
      refused(
        await workspace.ingest('persons', good, { 'X-Mkto-User-Token': 'none:ab' }),
        401,
        '401013',
        'Oauth token is invalid',
      );
      const { clientId, clientSecret } = await workspace.administer<{ clientId: string; clientSecret: string }>(
        'POST',
        '/clients',
        {
          name: 'short-lived',
          permissions: ['Read-Write Lead'],
        },
      );
      const token = await workspace.tokenOf({ clientId, clientSecret });
      accepted(await workspace.ingest('persons', good, { 'X-Mkto-User-Token': token }));
      await workspace.administer('DELETE', `/clients/${clientId}`);
      refused(
        await workspace.ingest('persons', good, { 'X-Mkto-User-Token': token }),
        401,
        '401013',
        'Oauth token is invalid',
      );
    });

    test('403010 OAuth token is missing, in the query and as Bearer too', async () => {
      const token = await workspace.token();
      const none = { 'X-Mkto-User-Token': undefined };
      const missing = 'Oauth token is missing';
      refused(await workspace.ingest('persons', good, none), 403, '403010', missing);
      refused(await workspace.ingest(`persons?access_token=${token}`, good, none), 403, '403010', missing);
      refused(
        await workspace.ingest('persons', good, { ...none, Authorization: `Bearer ${token}` }),
        403,
        '403010',
        missing,
      );
    });

    test('404040 Resource not found', async () => {
      for (const collection of ['people', 'persons/1', 'customobjects', 'customobjects/nothing']) {
        refused(await workspace.ingest(collection, good), 404, '404040', 'Resource not found');
      }
      const get = await workspace.send({
        method: 'GET',
        path: `/subscriptions/${server.credentials.munchkinId}/persons`,
      });
      refused(get, 405, '404040', 'Resource not found');
      assert.equal(get.headers.allow, 'POST');
    });

    test('4030801 Unauthorized: another subscription, or a permission is missing', async () => {
      const token = await workspace.token();
      for (const munchkinId of ['000-AAA-000', 'nonsense']) {
        const answer = await workspace.send({
          path: `/subscriptions/${munchkinId}/persons`,
          headers: { 'Content-Type': 'application/json', 'X-Mkto-User-Token': token },
          body: good,
        });
        refused(answer, 403, '4030801', 'Unauthorized');
      }
      const limited = await workspace.administer<{ clientId: string; clientSecret: string }>('POST', '/clients', {
        name: 'persons only',
        permissions: ['Read-Write Person'],
      });
      const headers = { 'X-Mkto-User-Token': await workspace.tokenOf(limited) };
      accepted(await workspace.ingest('persons', good, headers));
      refused(await workspace.ingest('customobjects/purchases', PURCHASES, headers), 403, '4030801', 'Unauthorized');
    });

    const person = { email: 'a@b.example' };
    const badRequests: readonly (readonly [
      name: string,
      body: string | Uint8Array,
      headers?: Record<string, string>,
    ])[] = [
      ['no JSON', '{"persons":'],
      ['an empty body', ''],
      ['a scalar', '17'],
      ['an array', '[]'],
      ['no persons', '{}'],
      ['persons of another type', '{"persons":{}}'],
      ['a misspelt member', '{"dedupefields":{},"persons":[{}]}'],
      ['priority of another type', '{"priority":1,"persons":[{}]}'],
      ['another content type', good, { 'Content-Type': 'text/plain' }],
      ['another charset', good, { 'Content-Type': 'application/json; charset=latin1' }],
      ['a correlation id of 256 characters', good, { 'X-Correlation-Id': 'x'.repeat(256) }],
      ['a request source of 51 characters', good, { 'X-Request-Source': 'x'.repeat(51) }],
      ['a body over 1 MB', JSON.stringify({ persons: [{ email: 'a@b.example', firstName: 'x'.repeat(1 << 20) }] })],
      ['a body over 1 MB once inflated', gzipSync(`${good}${' '.repeat(1 << 20)}`), { 'Content-Encoding': 'gzip' }],
      ['no gzip', good, { 'Content-Encoding': 'gzip' }],
      ['an unknown coding', good, { 'Content-Encoding': 'lzma' }],
      ['invalid UTF-8', Buffer.from(good).fill(0xff, 24, 25)],
    ];
    for (const [name, body, headers] of badRequests) {
      test(`4000801 Bad request: ${name}`, async () =>
        refused(await workspace.ingest('persons', body, headers), 400, '4000801', 'Bad request'));
    }
    test('4000801 Bad request: a query parameter', async () => {
      refused(await workspace.ingest('persons?a=b', good), 400, '4000801', 'Bad request');
    });

    const invalid: readonly (readonly [name: string, body: object])[] = [
      ['no person', { persons: [] }],
      ['1,001 persons', { persons: Array.from({ length: 1001 }, () => person) }],
      ['an entry that is no object', { persons: [person, 1] }],
      ['another priority', { priority: 'urgent', persons: [person] }],
      ['an empty partition', { partitionName: '', persons: [person] }],
      ['an unknown dedupe attribute', { dedupeFields: { field1: 'shoeSize' }, persons: [person] }],
      ['a dedupe attribute that is not allowed', { dedupeFields: { field1: 'leadScore' }, persons: [person] }],
      ['the same attribute twice', { dedupeFields: { field1: 'email', field2: 'EMAIL' }, persons: [person] }],
      ['field2 without field1', { dedupeFields: { field2: 'email' }, persons: [person] }],
    ];
    for (const [name, body] of invalid) {
      test(`4000802 Invalid data: ${name}`, async () =>
        refused(await workspace.ingest('persons', body), 400, '4000802', 'Invalid data'));
    }
    test('4000802 Invalid data: an unknown dedupeBy', async () => {
      const body = { dedupeBy: 'vin', customObjects: [{ vin: '1' }] };
      refused(await workspace.ingest('customobjects/purchases', body), 400, '4000802', 'Invalid data');
    });

    test('5000801 Internal Server Error: the cause is in the log, not in the answer', async () => {
      const control = new DatabaseSync(join(server.directory, 'control.sqlite'));
      const fault =
        "CREATE TRIGGER planted BEFORE INSERT ON partitions BEGIN SELECT RAISE(ABORT, 'planted fault'); END";
      control.exec(fault);
      try {
        const answer = await workspace.ingest('persons', { partitionName: 'APAC', persons: [person] });
        refused(answer, 500, '5000801', 'Internal Server Error');
        assert.equal((JSON.parse(answer.text) as { message: string }).message, 'Internal Server Error');
        await server.logged(/planted fault/);
        await server.logged(new RegExp(requestIdOf(answer)));
      } finally {
        control.exec('DROP TRIGGER planted');
        control.close();
      }
      accepted(await workspace.ingest('persons', { partitionName: 'APAC', persons: [person] }));
    });
  });

  test('the largest request that is allowed passes: 1,000 persons, headers at their limits', async () => {
    const persons = Array.from({ length: 1000 }, (_, n) => ({ email: `p${n}@many.example` }));
    const headers = { 'X-Correlation-Id': 'x'.repeat(255), 'X-Request-Source': 'x'.repeat(50) };
    const { objects, correlationId } = await workspace.decided(await workspace.accept('persons', { persons }, headers));
    assert.deepEqual(objects, counts({ received: 1000, created: 1000 }));
    assert.equal(correlationId?.length, 255);
  });

  test('the token is the same one until it ends, also after a restart', async () => {
    const token = await workspace.token();
    assert.equal(await workspace.tokenOf(server.credentials), token);
    await server.restart();
    assert.equal(await workspace.tokenOf(server.credentials), token);
    accepted(
      await workspace.ingest('persons', '{"persons":[{"email":"a@b.example"}]}', { 'X-Mkto-User-Token': token }),
    );
  });
});

function counts(some: object): object {
  return { received: 0, created: 0, updated: 0, stored: 0, deleted: 0, failed: 0, pending: 0, ...some };
}

function accepted(answer: Answer): void {
  assert.equal(answer.status, 202, answer.text);
  assert.equal(answer.text, '');
  assert.equal(answer.headers['content-length'], '0');
  requestIdOf(answer);
}

function refused(answer: Answer, status: number, code: string, message: string): void {
  const body = JSON.parse(answer.text) as { error_code: string; message: string };
  assert.deepEqual([answer.status, body.error_code], [status, code], answer.text);
  assert.deepEqual(Object.keys(body), ['error_code', 'message']);
  assert.ok(body.message === message || body.message.startsWith(`${message}: `), body.message);
  assert.equal(answer.headers['content-type'], 'application/json');
  requestIdOf(answer);
}
