/**
 * Must show 3: requests of real clients as they were recorded, byte for byte but for host and key.
 * Each is answered as its client needs, and is a row equal to what was sent (docs/specs/collection.md).
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { assertSameJson } from '../support/exact-json.ts';
import { send } from '../support/server/http.ts';
import type { Answer, Sent } from '../support/server/http.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';

const RECORD = '{"a":1,"b":"é😀","n":null,"o":{"x":[1,2]},"time":1700000000}';
const BATCH_TYPE = 'application/vnd.treasuredata.v1+json';
const JS_TYPE = 'application/vnd.treasuredata.v1.js+json';
const DATA = 'eyJhIjoxLCJiIjoiw6ntoL3tuIAiLCJuIjpudWxsLCJvIjp7IngiOlsxLDJdfSwidGltZSI6MTcwMDAwMDAwMH0=';

suite('Must show 3: recorded requests', () => {
  let server: InletServer;
  let workspace: Workspace;
  let key: string;
  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    key = server.credentials.writeKey;
  });
  after(() => server[Symbol.asyncDispose]());

  async function sent(request: Sent): Promise<Answer> {
    const answer = await send(server.url, request);
    assert.equal(answer.status, 200, answer.text);
    return answer;
  }

  /** Sends a request and reads back the one event that its table then has. */
  async function eventOf(table: string, request: Sent): Promise<{ answer: Answer; event: string }> {
    const answer = await sent(request);
    const shown = await workspace.decided(requestIdOf(answer));
    assert.deepEqual([shown.objects.received, shown.objects.stored], [1, 1], 'law 2');
    const [event, ...more] = await workspace.events(`test_db/${table}`);
    assert.deepEqual(more, []);
    return { answer, event: String(event) };
  }

  test('1: td-js-sdk 2.5.3, JSONP with CESU-8', async () => {
    assert.equal(Buffer.from(DATA, 'base64').subarray(12, 20).toString('hex'), 'c3a9eda0bdedb880');
    const path =
      `/js/v3/event/test_db/tbl_one?api_key=${encodeURIComponent(key)}&modified=1795331563991` +
      `&data=${encodeURIComponent(DATA)}&time=1700000000&callback=TreasureJSONPCallback0`;
    const { answer, event } = await eventOf('tbl_one', { method: 'GET', path });
    assert.equal(answer.text, 'TreasureJSONPCallback0({"created":true})');
    assert.equal(answer.headers['content-type'], 'application/javascript');
    assertSameJson(event, RECORD);
  });

  test('2: td-js-sdk 3.1.4, a bare record', async () => {
    assert.equal(Buffer.byteLength(RECORD), 63);
    const headers = { 'x-td-write-key': key, 'x-td-fetch-api': 'true', 'content-type': 'application/json' };
    const path = '/js/v3/event/test_db/tbl_two?modified=1795331563991&time=1700000000';
    const { answer, event } = await eventOf('tbl_two', { path, headers, body: RECORD });
    assert.equal(answer.text, '{}');
    assertSameJson(event, RECORD);
  });

  test('3: td-js-sdk 4.4.3', async () => {
    const body = `{"events":[${RECORD}]}`;
    assert.equal(Buffer.byteLength(body), 76);
    const headers = { authorization: `TD1 ${key}`, 'content-type': BATCH_TYPE, accept: BATCH_TYPE };
    const path = '/test_db/tbl_three?modified=1795331563991&time=1700000000';
    const { answer, event } = await eventOf('tbl_three', { path, headers, body });
    assert.match(answer.text, /^\{"receipts":\[\{"success":true,"uuid":"[0-9a-f-]{36}"\}\]\}$/);
    assertSameJson(event, RECORD);
  });

  test('4: td-js-sdk 4.4.3, signed and with the global id', async () => {
    const headers = {
      authorization: `TD1 ${key}`,
      'content-type': JS_TYPE,
      accept: JS_TYPE,
      cookie: '__td_signed=true; _td=6f7b0f4e-1111-4222-8333-444455556666',
      origin: 'http://shop.example',
    };
    const body = `{"events":[{"td_global_id":"td_global_id",${RECORD.slice(1)}]}`;
    const request = { path: '/test_db/tbl_four?modified=1795331563991&time=1700000000', headers, body };
    const { answer, event } = await eventOf('tbl_four', request);
    const globalId = /td_global_id=([^;]+)/.exec(String(answer.headers['set-cookie']))?.[1];
    assertSameJson(event, `{"td_global_id":"${globalId}",${RECORD.slice(1)}`);
    assert.equal(answer.headers['access-control-allow-origin'], 'http://shop.example');
  });

  test("5: the documentation's event", async () => {
    const body = '{"param1":"value1","param2":1234}';
    const headers = { 'X-TD-Write-Key': key, 'Content-Type': 'application/json' };
    const startedAt = Math.floor(Date.now() / 1000);
    const { answer, event } = await eventOf('test_tbl', {
      path: '/postback/v3/event/test_db/test_tbl',
      headers,
      body,
    });
    assert.equal(answer.text, '{}');
    assertSameJson(event, body);
    const [[time, ...rest] = []] = await workspace.sql('select time, param1, param2 from test_db.test_tbl');
    assert.ok(Number(time) >= startedAt);
    assert.deepEqual(rest, ['value1', 1234]);
  });

  test('6: <a ping>, and sendBeacon of a text', async () => {
    const query = `td_format=pixel&td_write_key=${encodeURIComponent(key)}&td_ip=td_ip&url=u`;
    const headers = { 'content-type': 'text/ping', 'ping-from': 'http://a.example/', 'ping-to': 'http://b.example/' };
    const path = `/postback/v3/event/test_db/pings?${query}`;
    const { answer, event } = await eventOf('pings', { path, headers, body: 'PING' });
    assert.equal(answer.headers['content-type'], 'image/gif');
    assertSameJson(event, '{"td_ip":"127.0.0.1","url":"u"}');
    const beacon = await eventOf('beacons', {
      path: `/postback/v3/event/test_db/beacons?td_write_key=${encodeURIComponent(key)}`,
      headers: { 'content-type': 'text/plain;charset=UTF-8', origin: 'http://a.example' },
      body: RECORD,
    });
    assertSameJson(beacon.event, RECORD);
  });

  test('7: the older mobile protocol', async () => {
    const id = '5d1f0a52-9a11-4c3e-8c53-94d33aef9f01';
    const body = `{"test_db.mobile":[{"a":1,"keen":{"timestamp":"2015-11-24T05:58:21.000Z"},"#UUID":"${id}"}]}`;
    const headers = { 'x-td-write-key': key, 'x-td-data-type': 'k', 'content-type': 'application/json' };
    const { answer, event } = await eventOf('mobile', { path: '/android/v3/event', headers, body });
    assert.equal(answer.text, '{"test_db.mobile":[{"success":true}]}');
    assertSameJson(event, `{"a":1,"time":1448344701,"#UUID":"${id}"}`);
    const rows = await workspace.sql('select time, a, _extra from test_db.mobile');
    assert.deepEqual(
      rows.map(([time, a]) => [time, a]),
      [[1448344701, 1]],
    );
    assert.match(JSON.stringify(rows), new RegExp(id), 'the id is kept in _extra');
  });

  test("8: Firefox's preflight for 4.4.3", async () => {
    const asked = 'authorization,content-type,user-agent';
    const headers = {
      origin: 'http://shop.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': asked,
    };
    const path = '/test_db/tbl_one?modified=1795331563991';
    const answer = await send(server.url, { method: 'OPTIONS', path, headers });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['access-control-allow-headers'], asked);
    assert.equal(answer.headers['access-control-allow-origin'], 'http://shop.example');
    assert.equal(answer.headers['access-control-allow-credentials'], 'true');
  });

  test("law 10: a record's uuid is echoed, makes no column, and is read back", async () => {
    const uuid = 'b1a7c3e4-1111-4222-8333-444455556666';
    const headers = { authorization: `TD1 ${key}`, 'content-type': BATCH_TYPE };
    const body = `{"events":[{"x":1,"uuid":"${uuid}"}]}`;
    const { answer, event } = await eventOf('ids', { path: '/test_db/ids', headers, body });
    assert.equal(answer.text, `{"receipts":[{"success":true,"uuid":"${uuid}"}]}`);
    assertSameJson(event, `{"x":1,"uuid":"${uuid}"}`);
    const columns = await workspace.sqlAnswer('select * from test_db.ids');
    assert.doesNotMatch(columns.text, /"name":"uuid"/);
  });

  test('several tables of one mobile request are several requests, each done', async () => {
    const headers = { 'x-td-write-key': key, 'x-td-data-type': 'k' };
    const answer = await sent({ path: '/ios/v3/event', headers, body: '{"m.a":[{"x":1}],"m.b":[{"x":2},{"x":3}]}' });
    const first = await workspace.done(requestIdOf(answer));
    assert.equal(first.objects.stored, 1);
    const { items } = await workspace.administer<{ items: { requestId: string; type: string }[] }>('GET', '/requests');
    const second = items.find(({ type }) => type === 'm.b');
    const shown = await workspace.done(String(second?.requestId));
    assert.deepEqual([shown.correlationId, shown.objects.stored], [first.requestId, 2]);
  });
});
