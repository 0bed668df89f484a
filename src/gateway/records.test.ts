/** The records endpoint (docs/specs/collection.md, C5). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { NARROW_KEY, RunningGateway, WRITE_KEY } from '../../tests/support/gateway.ts';
import type { Body } from '../../tests/support/gateway.ts';

const BATCH = 'application/vnd.treasuredata.v1+json';
const SINGLE = 'application/vnd.treasuredata.v1.single+json';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SENT_UUID = 'B1A7C3E4-1111-4222-8333-444455556666';

interface Receipt {
  readonly success: boolean;
  readonly uuid?: string;
  readonly error?: { readonly name: string; readonly description: string };
}

function post(
  running: RunningGateway,
  body: Body,
  headers: Record<string, string> = {},
  path = '/db/tbl',
): Promise<Response> {
  const all = { Authorization: `TD1 ${WRITE_KEY}`, 'Content-Type': BATCH, ...headers };
  return running.fetch(path, { method: 'POST', headers: all, body });
}

async function receiptsOf(response: Response): Promise<readonly Receipt[]> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return (JSON.parse(text) as { receipts: readonly Receipt[] }).receipts;
}

async function storedTexts(running: RunningGateway): Promise<readonly string[]> {
  return (await running.entries()).map(({ body }) => Buffer.from(body).toString());
}

describe('law 1: what has a receipt is in the log, as it was sent', () => {
  const large = `{"a":"${'x'.repeat(700_000)}"}`;
  const TYPES: readonly (readonly [string, string])[] = [
    [BATCH, '{"events":[{"a":1},{"b":2}]}'],
    [BATCH, '{"records":[{"a":1}]}'],
    [BATCH, '\uFEFF{"a":"td_ip", "records":[0], "events": [ {"a":1e2} ], "b":[1e400]}'],
    [BATCH, `{"events":[${large},${large}]}`],
    ['application/vnd.treasuredata.v1.js+json', '{"events":[{"a":1}]}'],
    ['application/vnd.treasuredata.v1.mobile+json; charset=UTF-8', '{"events":[{"a":1}]}'],
    [SINGLE, '{"events":[1]}'],
  ];
  for (const [type, body] of TYPES) {
    test(`${type} ${body.slice(0, 80)}`, async () => {
      await using running = await RunningGateway.start();
      const response = await post(running, body, { 'Content-Type': type });
      const receipts = await receiptsOf(response);
      assert.ok(receipts.every(({ success, uuid }) => success && UUID.test(uuid ?? '')));
      assert.deepEqual(await storedTexts(running), [body]);
      const [entry] = await running.entries();
      assert.equal(entry?.requestId, response.headers.get('x-request-id'));
      assert.equal(entry.objects, receipts.length);
      assert.ok(entry.envelope.kind === 'event' && entry.envelope.idKey === 'uuid');
      assert.equal(entry.envelope.format, type === SINGLE ? 'json' : 'records');
      assert.equal(entry.envelope.keyedBy, 'uuid', 'each record has its own idempotency key');
    });
  }

  test('law 10: numbers, keys and strings are as they were sent', async () => {
    await using running = await RunningGateway.start();
    const record = String.raw`{"n":12345678901234567890,"e":1e400,"__proto__":{"x":1},"s":"\ud800","u":"é😀"}`;
    await receiptsOf(await post(running, `{"events":[${record}]}`));
    assert.deepEqual(await storedTexts(running), [`{"events":[${record}]}`]);
  });

  test('receipts have ids that differ, and those that were sent', async () => {
    await using running = await RunningGateway.start();
    const events = Array.from({ length: 500 }, (_, n) => (n === 7 ? { uuid: SENT_UUID } : {}));
    const receipts = await receiptsOf(await post(running, JSON.stringify({ events })));
    assert.equal(receipts[7]?.uuid, SENT_UUID);
    const ids = new Set(receipts.map(({ uuid = '' }) => uuid));
    assert.equal(ids.size, 500);
    assert.ok([...ids].every((id) => id.length === 36 && UUID.test(id.toLowerCase())));
  });

  test('E11: what fills a placeholder is kept beside the body, however its name is written', async () => {
    await using running = await RunningGateway.start();
    const values = ['"td_ip"', '"td_global_id"', String.raw`"td\u005Fglob\u0061l_id"`, String.raw`"\\u00e9\u00e9"`];
    for (const value of values) {
      const headers = (await post(running, `{"events":[{"a":1,"b":${value}}]}`, { 'User-Agent': 'agent' })).headers;
      const envelope = (await running.entries()).at(-1)?.envelope;
      assert.ok(envelope?.kind === 'event');
      const isGlobal = value.includes('glob');
      assert.equal(envelope.userAgent, value.includes('td') ? 'agent' : undefined, value);
      assert.equal(envelope.globalId !== undefined, isGlobal, value);
      assert.equal(headers.has('set-cookie'), isGlobal, value);
    }
  });

  test('gzip, a trailing slash, upper case', async () => {
    await using running = await RunningGateway.start();
    const body = gzipSync('{"events":[{}]}') as Uint8Array<ArrayBuffer>;
    await receiptsOf(await post(running, body, { 'Content-Encoding': 'gzip' }, '/DB/Tbl/'));
    const [entry] = await running.entries();
    assert.ok(entry?.envelope.kind === 'event');
    assert.deepEqual([entry.envelope.database, entry.envelope.table], ['db', 'tbl']);
  });

  test('other types of content are bodies of the Postback API', async () => {
    await using running = await RunningGateway.start();
    const response = await post(running, '{"events":[]}', { 'Content-Type': 'application/json' });
    assert.deepEqual([response.status, await response.text()], [200, '{}']);
    assert.deepEqual(await storedTexts(running), ['{"events":[]}']);
  });
});

describe('law 5: bad records have a receipt with their fault, and the good ones are stored', () => {
  test('in their order', async () => {
    await using running = await RunningGateway.start();
    const large = JSON.stringify({ large: 'x'.repeat(1_048_577) });
    const events = `[{"n":0},7,{"n":1,"uuid":"${SENT_UUID}"},{"uuid":"no"},${large},null,{"n":2,"uuid":null}]`;
    const receipts = await receiptsOf(await post(running, `{"events":${events}}`));
    const names = receipts.map(({ success, error }) => (success ? 'stored' : error?.name));
    const bad = 'InvalidPropertyValueError';
    assert.deepEqual(names, ['stored', bad, 'stored', bad, bad, bad, 'stored']);
    assert.equal(receipts[2]?.uuid, SENT_UUID, 'echoed as it was sent');
    assert.deepEqual(await storedTexts(running), [`[{"n":0},{"n":1,"uuid":"${SENT_UUID}"},{"n":2,"uuid":null}]`]);
    assert.equal((await running.entries())[0]?.objects, 3);
    assert.deepEqual(
      running.said.filter(({ name }) => name === 'recordsRefused').map(({ detail }) => detail),
      [{ protocol: 'records', error: bad, records: 4 }],
    );
  });

  test('when all are bad nothing is stored', async () => {
    await using running = await RunningGateway.start();
    assert.equal((await receiptsOf(await post(running, '[]', { 'Content-Type': SINGLE })))[0]?.success, false);
    assert.deepEqual(await running.entries(), []);
  });
});

describe('law 6: limits and other refusals', () => {
  const many = (count: number): string => JSON.stringify({ events: Array(count).fill({}) });
  const REFUSED: readonly (readonly [string, string, Record<string, string>, number, RegExp])[] = [
    ['no records', many(0), {}, 400, /events size must be between 1 and 500/],
    ['501 records', many(501), {}, 400, /events size must be between 1 and 500/],
    ['another object', '{"rows":[{}]}', {}, 400, /'events' or 'records'/],
    ['an array', '[{}]', {}, 400, /'events' or 'records'/],
    ['no JSON', '{', {}, 400, /not JSON/],
    ['another charset', many(1), { 'Content-Type': `${BATCH}; charset=utf-16` }, 400, /UTF-8/],
    ['more than 5 MiB', `{"events":[{"a":"${'x'.repeat(5_242_880)}"}]}`, {}, 413, /5242880 bytes/],
    ['no key', many(1), { Authorization: '' }, 403, /no write key/],
    ['a wrong key', many(1), { Authorization: 'TD1 wrong' }, 403, /unknown or revoked/],
    ['a key for another database', many(1), { Authorization: `TD1 ${NARROW_KEY}` }, 403, /may not write/],
  ];
  for (const [name, body, headers, status, message] of REFUSED) {
    test(name, async () => {
      await using running = await RunningGateway.start({ options: { postbackAuth: 'compat' } });
      const response = await post(running, body, headers);
      const text = await response.text();
      assert.equal(response.status, status, text);
      assert.match(text, message);
      assert.ok(response.headers.has('x-request-id'));
      assert.deepEqual(await running.entries(), []);
    });
  }

  test('500 records', async () => {
    await using running = await RunningGateway.start();
    assert.equal((await receiptsOf(await post(running, many(500)))).length, 500);
  });

  test('a bad name is refused as a whole', async () => {
    await using running = await RunningGateway.start();
    assert.equal((await post(running, many(1), {}, '/a-b/t')).status, 400);
    assert.equal((await post(running, many(1), {}, '/pg_x/t')).status, 400);
  });
});
