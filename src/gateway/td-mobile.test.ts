/** The older mobile protocol (docs/specs/collection.md, C7). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import type { NewEntry } from '#model/entry.ts';
import { IntakeError } from '#ports/intake-log.ts';
import { NARROW_KEY, RunningGateway, WRITE_KEY } from '../../tests/support/gateway.ts';
import type { Body } from '../../tests/support/gateway.ts';

interface Receipt {
  readonly success: boolean;
  readonly error?: { readonly name: string };
}

type Answer = Readonly<Record<string, readonly Receipt[]>>;

function post(
  running: RunningGateway,
  body: Body,
  headers: Record<string, string> = {},
  path = '/android/v3/event',
): Promise<Response> {
  const all = { 'X-TD-Write-Key': WRITE_KEY, 'X-TD-Data-Type': 'k', 'Content-Type': 'application/json', ...headers };
  return running.fetch(path, { method: 'POST', headers: all, body });
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Answer;
}

async function stored(running: RunningGateway): Promise<Readonly<Record<string, unknown>>> {
  const entries = await running.entries();
  return Object.fromEntries(
    entries.map(({ envelope, body }) => {
      assert.ok(envelope.kind === 'event');
      return [`${envelope.database}.${envelope.table}`, JSON.parse(Buffer.from(body).toString())];
    }),
  );
}

describe('law 1: what is said to be there is in the log', () => {
  for (const path of ['/ios/v3/event', '/android/v3/event', '/js/v3/event']) {
    test(path, async () => {
      await using running = await RunningGateway.start();
      const response = await post(running, '{"db.a":[{"x":1},{"x":2}],"DB.b":[{"x":3}],"db.c":[]}', {}, path);
      const good = { success: true };
      assert.deepEqual(await answerOf(response), { 'db.a': [good, good], 'DB.b': [good], 'db.c': [] });
      assert.deepEqual(await stored(running), { 'db.a': [{ x: 1 }, { x: 2 }], 'db.b': [{ x: 3 }] });
      const [first, second] = await running.entries();
      const requestId = response.headers.get('x-request-id');
      assert.equal(first?.requestId, requestId);
      assert.notEqual(second?.requestId, requestId);
      assert.ok(second?.envelope.kind === 'event' && second.envelope.correlationId === requestId);
    });
  }

  test('both flavours of deflate', async () => {
    await using running = await RunningGateway.start();
    for (const deflate of [deflateSync, deflateRawSync]) {
      const body = deflate('{"db.a":[{}]}') as Uint8Array<ArrayBuffer>;
      await answerOf(await post(running, body, { 'Content-Encoding': 'deflate' }));
    }
    assert.equal((await running.entries()).length, 2);
  });

  test('a table that found no room is said event by event beside one that did', async () => {
    const { writer } = createMemoryIntakeLog();
    const append = (entry: NewEntry): ReturnType<typeof writer.append> => {
      const isB = entry.envelope.kind === 'event' && entry.envelope.table === 'b';
      return isB ? Promise.reject(new IntakeError('full', 'full')) : writer.append(entry);
    };
    await using running = await RunningGateway.start({ parts: { writer: { ...writer, append } } });
    const answer = await answerOf(await post(running, '{"db.a":[{}],"db.b":[{},1]}'));
    const names = Object.values(answer).map((receipts) => receipts.map(({ error }) => error?.name));
    assert.deepEqual(names, [[undefined], ['ServiceUnavailable', 'InvalidPropertyValueError']]);
    const alone = await post(running, '{"db.b":[{}]}');
    assert.deepEqual([alone.status, alone.headers.get('retry-after')], [503, '2']);
  });
});

test('law 5: bad names and events harm no neighbours', async () => {
  await using running = await RunningGateway.start();
  const answer = await answerOf(await post(running, '{"nodot":[{}],"a.b.c":[{}],"d-b.t":[{}],"db.t":[{"x":1},2]}'));
  const names = Object.values(answer).map((receipts) => receipts.map(({ error }) => error?.name));
  const badName = ['InvalidCollectionNameError'];
  assert.deepEqual(names, [badName, badName, badName, [undefined, 'InvalidPropertyValueError']]);
  assert.deepEqual(await stored(running), { 'db.t': [{ x: 1 }] });
  assert.deepEqual(
    running.said.filter((each) => each.name === 'recordsRefused').map(({ detail }) => detail),
    [
      { protocol: 'td-mobile', error: 'InvalidCollectionNameError', records: 3 },
      { protocol: 'td-mobile', error: 'InvalidPropertyValueError', records: 1 },
    ],
  );
});

describe('what the SDKs add', () => {
  const keen = { timestamp: '2015-11-24T05:58:21.000Z' };
  const TIME = 1448344701;
  const RECEIPT = Date.UTC(2026, 10, 23, 12) / 1000;
  const CASES: readonly (readonly [string, object, object])[] = [
    ['a timestamp becomes time', { a: 1, keen }, { a: 1, time: TIME }],
    ['with an offset', { keen: { timestamp: '2015-11-24T07:58:21.5+0200' } }, { time: TIME }],
    ['what else keen has stays', { keen: { ...keen, location: 1 } }, { keen: { location: 1 }, time: TIME }],
    ['the sender’s own time counts', { time: 5, keen }, { time: 5, keen }],
    ['what is no timestamp stays', { keen: { timestamp: 'now' } }, { keen: { timestamp: 'now' } }],
    ['the time of receipt is asked for', { '#SSUT': true, keen }, {}],
    ['the time of receipt is a column', { '#SSUT': 'got', keen }, { got: RECEIPT, time: TIME }],
    ['a name that is taken is left', { '#SSUT': 'a', a: 1 }, { '#SSUT': 'a', a: 1 }],
    ['an id stays', { '#UUID': 'x' }, { '#UUID': 'x' }],
  ];
  for (const [name, sent, expected] of CASES) {
    test(name, async () => {
      await using running = await RunningGateway.start();
      await answerOf(await post(running, JSON.stringify({ 'db.t': [sent] })));
      assert.deepEqual(await stored(running), { 'db.t': [expected] });
      const [entry] = await running.entries();
      assert.ok(entry?.envelope.kind === 'event' && entry.envelope.idKey === '#UUID');
    });
  }
});

describe('law 6: refusals', () => {
  const REFUSED: readonly (readonly [string, string, Record<string, string>, number])[] = [
    ['no data type', '{"db.t":[{}]}', { 'X-TD-Data-Type': 'x' }, 400],
    ['no tables', '{}', {}, 400],
    ['an array', '[]', {}, 400],
    ['a table that is no array', '{"db.t":{}}', {}, 400],
    [
      '101 tables',
      JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`db.t${i}`, []]))),
      {},
      400,
    ],
    ['10,001 events', JSON.stringify({ 'db.t': Array(10_001).fill({}) }), {}, 400],
    ['no key', '{"db.t":[{}]}', { 'X-TD-Write-Key': '' }, 403],
    ['a key that opens one of two databases', '{"only_db.t":[{}],"db.t":[{}]}', { 'X-TD-Write-Key': NARROW_KEY }, 403],
  ];
  for (const [name, body, headers, status] of REFUSED) {
    test(name, async () => {
      await using running = await RunningGateway.start();
      const response = await post(running, body, headers);
      assert.equal(response.status, status, await response.text());
      assert.deepEqual(await running.entries(), []);
    });
  }
});
