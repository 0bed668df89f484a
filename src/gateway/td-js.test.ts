/** What td-js-sdk 1 to 3 calls (docs/specs/collection.md, C6). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RunningGateway, WRITE_KEY } from '../../tests/support/gateway.ts';

const KEY = `api_key=${encodeURIComponent(WRITE_KEY)}`;
const EVENT = '/js/v3/event/db/tbl';
const RECORD = '{"a":1,"n":12345678901234567890}';
const encoded = (bytes: string | Buffer): string => encodeURIComponent(Buffer.from(bytes).toString('base64'));

async function storedTexts(running: RunningGateway): Promise<readonly string[]> {
  return (await running.entries()).map(({ body }) => Buffer.from(body).toString());
}

describe('C6: events', () => {
  test('law 1: a script tag stores its record and calls back', async () => {
    await using running = await RunningGateway.start();
    const query = `${KEY}&modified=1&data=${encoded(RECORD)}&time=1&callback=TreasureJSONPCallback0`;
    const response = await running.fetch(`${EVENT}?${query}`);
    assert.equal(await response.text(), 'TreasureJSONPCallback0({"created":true})');
    assert.deepEqual(
      [response.status, response.headers.get('content-type'), response.headers.get('x-content-type-options')],
      [200, 'application/javascript', 'nosniff'],
    );
    assert.deepEqual(await storedTexts(running), [RECORD], 'law 10');
    assert.equal((await running.entries())[0]?.requestId, response.headers.get('x-request-id'));
  });

  const POSTS: readonly (readonly [string, string, string | null, Record<string, string>])[] = [
    ['a bare record', '?modified=1&time=1', RECORD, { 'X-TD-Write-Key': WRITE_KEY, 'X-TD-Fetch-Api': 'true' }],
    ['all in the query', `?${KEY}&data=${encoded(RECORD)}`, null, {}],
  ];
  for (const [name, query, body, headers] of POSTS) {
    test(`POST of ${name}`, async () => {
      await using running = await RunningGateway.start();
      const response = await running.fetch(EVENT + query, { method: 'POST', body, headers });
      assert.deepEqual([response.status, await response.text()], [200, '{}']);
      assert.deepEqual(await storedTexts(running), [RECORD]);
    });
  }

  test('law 10: CESU-8 is repaired, half a character is left for the applier to say so', async () => {
    await using running = await RunningGateway.start();
    const cesu8 = Buffer.from('7b2261223a22c3a9eda0bdedb880eda0bd227d', 'hex');
    assert.equal((await running.fetch(`${EVENT}?${KEY}&data=${encoded(cesu8)}`)).status, 200);
    assert.deepEqual(await storedTexts(running), [String.raw`{"a":"é😀\ud83d"}`]);
  });

  const REFUSED: readonly (readonly [string, string, number])[] = [
    ['no data', KEY, 400],
    ['no base64', `${KEY}&data=!!`, 400],
    ['no text', `${KEY}&data=${encoded(Buffer.from([0xff, 0xfe]))}`, 400],
    ['no object', `${KEY}&data=${encoded('1')}`, 400],
    ['a callback that is a script', `${KEY}&data=${encoded('{}')}&callback=alert(1)//`, 400],
    ['a long callback', `${KEY}&data=${encoded('{}')}&callback=${'a'.repeat(129)}`, 400],
    ['no key', `data=${encoded('{}')}`, 403],
  ];
  for (const [name, query, status] of REFUSED) {
    test(`refused: ${name}`, async () => {
      await using running = await RunningGateway.start();
      assert.equal((await running.fetch(`${EVENT}?${query}`)).status, status);
      assert.deepEqual(await running.entries(), []);
    });
  }

  test('HEAD never stores, other methods and paths are told', async () => {
    await using running = await RunningGateway.start();
    const status = async (path: string, method: string): Promise<number> =>
      (await running.fetch(path, { method })).status;
    assert.equal(await status(`${EVENT}?${KEY}&data=${encoded('{}')}`, 'HEAD'), 200);
    assert.equal(await status(`${EVENT}?${KEY}`, 'PUT'), 405);
    assert.equal(await status('/js/v3/unknown', 'GET'), 404);
    assert.equal(await status('/js/v3/global_id', 'POST'), 405);
    assert.deepEqual(await running.entries(), []);
  });
});

test('C3: each way to ask for the global id gives the same one back', async () => {
  await using running = await RunningGateway.start();
  const first = await running.fetch('/js/v3/enable_global_id', { headers: { Origin: 'http://a.example' } });
  const { global_id: id } = (await first.json()) as { global_id: string };
  assert.equal(first.headers.get('access-control-allow-credentials'), 'true');
  const Cookie = String(first.headers.get('set-cookie')).split(';', 1)[0] ?? '';
  assert.equal(Cookie, `td_global_id=${id}`);
  const jsonp = await running.fetch('/js/v3/global_id?callback=cb.x', { headers: { Cookie } });
  assert.equal(await jsonp.text(), `cb.x({"global_id":"${id}"})`);
  const type = 'application/vnd.treasuredata.v1.js+json';
  const root = await running.fetch('/', { headers: { Cookie, 'Content-Type': type, Accept: type } });
  assert.deepEqual(await root.json(), { global_id: id });
  assert.equal(root.headers.get('cache-control'), 'no-store');
});
