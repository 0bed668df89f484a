/** Must show 2: the Postback API, from the documentation's own curl to each refusal. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { assertSameJson } from '../support/exact-json.ts';
import type { Answer } from '../support/server/http.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';
import type { SqlAnswer } from '../support/server/workspace.ts';

const run = promisify(execFile);

suite('Must show 2: the Postback API', () => {
  let server: InletServer;
  let workspace: Workspace;
  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
  });
  after(() => server[Symbol.asyncDispose]());

  test("the documentation's curl with another host and key: status line, headers and body", async () => {
    const directory = await mkdtemp(join(tmpdir(), 'inlet-curl-'));
    try {
      const startedAt = Math.floor(Date.now() / 1000);
      const { stdout } = await run(
        'curl',
        [
          '-D',
          'a',
          '-X',
          'POST',
          '-H',
          'Content-Type: application/json',
          '-H',
          `X-TD-Write-Key: ${server.credentials.writeKey}`,
          '--data-binary',
          '{"param1":"value1", "param2":1234}',
          `${server.url}/postback/v3/event/test_db/test_tbl`,
        ],
        { cwd: directory },
      );
      const [statusLine, ...headers] = (await readFile(join(directory, 'a'), 'utf8')).trimEnd().split('\r\n');
      assert.equal(stdout, '{}');
      assert.equal(statusLine, 'HTTP/1.1 200 OK');
      assert.ok(headers.includes('Content-Type: application/json'), headers.join('\n'));
      assert.ok(headers.includes('Content-Length: 2'));
      assert.ok(headers.includes('Connection: keep-alive'));
      assert.ok(headers.some((header) => /^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(header)));
      const requestId = headers.find((header) => header.startsWith('X-Request-Id: '))?.slice('X-Request-Id: '.length);
      await assertRow(String(requestId), startedAt);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  async function assertRow(after: string, startedAt: number): Promise<void> {
    const answer = await workspace.sqlAnswer('select "time", param1, param2 from test_db.test_tbl', { after });
    const { columns, rows } = JSON.parse(answer.text) as SqlAnswer;
    assert.deepEqual(columns, [
      { name: 'time', type: 'bigint' },
      { name: 'param1', type: 'text' },
      { name: 'param2', type: 'bigint' },
    ]);
    const [[time, param1, param2] = []] = rows;
    assert.equal(rows.length, 1);
    assert.ok(Number.isInteger(time) && Number(time) >= startedAt, `time ${String(time)}`);
    assert.equal(param1, 'value1');
    assert.equal(param2, 1234);
    const integers = await workspace.sql(
      "select param2 + 1 from test_db.test_tbl where param2 = 1234 and param1 = 'value1'",
    );
    assert.deepEqual(integers, [[1235]]);
  }

  suite('the key', () => {
    const table = 'keys/events';
    const none = { 'X-TD-Write-Key': undefined };
    const query = (key: string): string => `${table}?td_write_key=${encodeURIComponent(key)}`;

    test('missing: 403', async () => refused(await workspace.event(table, '{}', none), 403, 'Forbidden'));
    test('wrong: 403', async () =>
      refused(await workspace.event(table, '{}', { 'X-TD-Write-Key': '1/abc' }), 403, 'Forbidden'));
    test('empty: 403', async () =>
      refused(await workspace.event(table, '{}', { 'X-TD-Write-Key': '' }), 403, 'Forbidden'));
    test('wrong in the query: 403', async () =>
      refused(await workspace.event(query('1/abc'), '{}', none), 403, 'Forbidden'));
    test('right in the query: 200', async () =>
      accepted(await workspace.event(query(server.credentials.writeKey), '{}', none)));
    test('the header counts when both are there', async () => {
      const { writeKey } = server.credentials;
      refused(await workspace.event(query(writeKey), '{}', { 'X-TD-Write-Key': '1/abc' }), 403, 'Forbidden');
      accepted(await workspace.event(query('1/abc'), '{}', { 'X-TD-Write-Key': writeKey }));
    });
    test('Authorization TD1 counts before both', async () => {
      const { writeKey } = server.credentials;
      accepted(
        await workspace.event(query('1/abc'), '{}', { 'X-TD-Write-Key': '1/abc', Authorization: `TD1 ${writeKey}` }),
      );
      refused(await workspace.event(table, '{}', { Authorization: 'TD1 1/abc' }), 403, 'Forbidden');
    });
    test('revoked: 403 at once', async () => {
      const { id, writeKey } = await workspace.administer<{ id: string; writeKey: string }>('POST', '/write-keys', {});
      accepted(await workspace.event(table, '{}', { 'X-TD-Write-Key': writeKey }));
      await workspace.administer('DELETE', `/write-keys/${id}`);
      refused(await workspace.event(table, '{}', { 'X-TD-Write-Key': writeKey }), 403, 'Forbidden');
    });
    test('of another database: 403', async () => {
      const limited = await workspace.administer<{ writeKey: string }>('POST', '/write-keys', {
        databases: ['only_this'],
      });
      const headers = { 'X-TD-Write-Key': limited.writeKey };
      accepted(await workspace.event('only_this/events', '{}', headers));
      accepted(await workspace.event('ONLY_THIS/events', '{}', headers));
      refused(await workspace.event(table, '{}', headers), 403, 'Forbidden');
    });
    test('the key is told before the names, the names before the body', async () => {
      refused(await workspace.event('bad-name/x', '{', { 'X-TD-Write-Key': '1/abc' }), 403, 'Forbidden');
      const answer = await workspace.event('bad-name/x', '{');
      refused(answer, 400, 'BadRequest');
      assert.match(answer.text, /database name/);
    });
  });

  suite('names', () => {
    const long = 'n'.repeat(255);
    for (const good of ['a/b', 'A_1/B_2', `${long}/${long}`, '_/_', '1/2', 'a/b/']) {
      test(`${good.slice(0, 20)} is taken`, async () => accepted(await workspace.event(good, '{}')));
    }
    const bad = [
      'a-b/c',
      'a/b.c',
      `${long}n/t`,
      'd/%74',
      'main/t',
      'public/t',
      'TEMP/t',
      'inlet/t',
      'information_schema/t',
      'pg_x/t',
      'd/é',
      '%2e%2e/t',
      'd/%2e%2e',
    ];
    for (const name of bad) {
      test(`${name.slice(0, 20)} is refused`, async () =>
        refused(await workspace.event(encoded(name), '{}'), 400, 'BadRequest'));
    }
    for (const path of ['only_one', 'a/b/c', '/t', 'd//t']) {
      test(`${path} is no path`, async () => {
        const { status } = await workspace.event(path, '{}');
        assert.ok(status === 404 || status === 400, String(status));
      });
    }
    test('upper case and lower case name the same table', async () => {
      await workspace.store('Folded/Table', { n: 1 });
      const after = await workspace.store('FOLDED/table', { n: 2 });
      assert.deepEqual(await workspace.sql('select n from folded."table" order by n', { after }), [[1], [2]]);
    });
    test('another method: 405 with Allow', async () => {
      const answer = await workspace.send({ method: 'PUT', path: '/postback/v3/event/a/b', body: '{}' });
      refused(answer, 405, 'MethodNotAllowed');
      assert.equal(answer.headers.allow, 'GET, HEAD, POST, OPTIONS');
    });
  });

  suite('bodies', () => {
    const refusals: readonly (readonly [name: string, body: string])[] = [
      ['none', ''],
      ['no JSON', '{"a":'],
      ['a number', '1'],
      ['a string', '"text"'],
      ['null', 'null'],
      ['an empty array', '[]'],
      ['an array with something else than objects', '[{"a":1},2]'],
      ['an array of 10,001 objects', `[${'{},'.repeat(10_000)}{}]`],
      ['two documents', '{}{}'],
    ];
    for (const [name, body] of refusals) {
      test(`${name}: 400`, async () => refused(await workspace.event('bodies/refused', body), 400, 'BadRequest'));
    }
    test('none of the refused left a table behind', async () => {
      const { status } = await workspace.admin('GET', '/databases/bodies/tables/refused');
      assert.equal(status, 404);
    });

    const kinds: readonly (readonly [type: string | undefined, body: string, event: string])[] = [
      ['application/json', '{}', '{}'],
      ['application/json; charset=utf-8', '{"a":"é"}', '{"a":"é"}'],
      [undefined, '{"a":1}', '{"a":1}'],
      ['text/plain', '{"a":2}', '{"a":2}'],
      ['application/vnd.other+json', '{"a":3}', '{"a":3}'],
      ['application/x-www-form-urlencoded', 'a=b+c&d=%C3%A9', '{"a":"b c","d":"é"}'],
      ['application/json', '\ufeff{"a":4}', '{"a":4}'],
    ];
    for (const [at, [type, body, event]] of kinds.entries()) {
      test(`${type}: ${body.trim()}`, async () => {
        const answer = await workspace.event(`bodies/kind_${at}`, body, { 'Content-Type': type });
        accepted(answer);
        await workspace.decided(requestIdOf(answer));
        const [stored = ''] = await workspace.events(`bodies/kind_${at}`);
        assertSameJson(stored, event);
      });
    }

    test('an array becomes one event each, in order, under one request', async () => {
      const events = Array.from({ length: 10_000 }, (_, n) => ({ n }));
      const id = await workspace.store('bodies/list', events);
      const { objects, type } = await workspace.decided(id);
      assert.deepEqual([type, objects.received, objects.stored], ['bodies.list', 10_000, 10_000]);
      assert.deepEqual(
        await workspace.events('bodies/list'),
        events.map((event) => JSON.stringify(event)),
      );
    });

    const codings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };
    for (const [coding, compress] of Object.entries(codings)) {
      test(`Content-Encoding ${coding}`, async () => {
        const event = JSON.stringify({ coding });
        const answer = await workspace.event(`codings/${coding}`, compress(event), { 'Content-Encoding': coding });
        accepted(answer);
        await workspace.decided(requestIdOf(answer));
        assert.deepEqual(await workspace.events(`codings/${coding}`), [event]);
      });
    }
  });

  suite('the row', () => {
    test("the sender's time, when it is one", async () => {
      await workspace.store('rows/times', { time: 1448344701, n: 1 });
      await workspace.store('rows/times', { time: '1448344702', n: 2 });
      const after = await workspace.store('rows/times', { time: '2015-11-24T05:58:21Z', n: 3 });
      const rows = await workspace.sql('select "time", time_1 from rows.times order by n', { after });
      assert.deepEqual(rows.slice(0, 2), [
        [1448344701, null],
        [1448344702, null],
      ]);
      assert.equal(rows[2]?.[1], '2015-11-24T05:58:21Z');
    });
    test('placeholders are filled in from the request', async () => {
      const answer = await workspace.event('rows/placeholders', '{"td_ip":"td_ip","td_ua":"td_ua"}', {
        'User-Agent': 'tester/1.0',
      });
      const rows = await workspace.sql('select td_ip, td_ua from rows.placeholders', { after: requestIdOf(answer) });
      assert.deepEqual(rows, [['127.0.0.1', 'tester/1.0']]);
    });
    test('what steers the request is not stored', async () => {
      const after = await workspace.store('rows/steered', {
        td_write_key: 'x',
        td_format: 'y',
        td_redirect: 'z',
        kept: 1,
      });
      assert.deepEqual(await workspace.sql('select * exclude ("time") from rows.steered', { after }), [[1]]);
    });
    test('a column widens, and every value is still what was sent (law 10)', async () => {
      const values = ['1', '2.5', '"x"', 'true', '{"a":[1]}', 'null', '12345678901234567890', '1e400'];
      for (const value of values) await workspace.store('rows/widened', `{"v":${value}}`);
      const after = await workspace.store('rows/widened', '{}');
      assert.deepEqual(await workspace.sql(`select v from rows.widened where v = 'x'`, { after }), [['x']]);
      const events = await workspace.events('rows/widened');
      assert.equal(events.length, values.length + 1);
      for (const [at, value] of values.entries()) assertSameJson(events[at] ?? '', `{"v":${value}}`);
    });
  });
});

function accepted(answer: Answer): void {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.text, '{}');
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['content-length'], '2');
  requestIdOf(answer);
}

function refused(answer: Answer, status: number, error: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/json');
  requestIdOf(answer);
  const body = JSON.parse(answer.text) as { error: string; message: string };
  assert.deepEqual(Object.keys(body), ['error', 'message']);
  assert.equal(body.error, error);
  assert.notEqual(body.message, '');
}

// Only what no HTTP client could send as it is.
function encoded(path: string): string {
  return path.replaceAll('é', encodeURIComponent('é'));
}
