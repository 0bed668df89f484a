import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import { IntakeError } from '#ports/intake-log.ts';
import { INGESTION_ERRORS } from '#protocols/ingestion/errors.ts';
import type { IngestionErrorCode } from '#protocols/ingestion/errors.ts';
import { OTHER_WORKSPACE, RunningGateway, WORKSPACE } from '../../tests/support/gateway.ts';
import type { GatewaySetup } from '../../tests/support/gateway.ts';
import { PERSONS, refusal, send } from '../../tests/support/ingestion-requests.ts';
import type { Sent } from '../../tests/support/ingestion-requests.ts';

const DAY_SECONDS = 86_400;

interface Refused {
  readonly code: IngestionErrorCode;
  readonly reason?: string;
}

async function refuses(setup: GatewaySetup, sent: Sent, { code, reason = '' }: Refused): Promise<Response> {
  await using running = await RunningGateway.start(setup);
  const response = await send(running, sent);
  const said = await refusal(response);
  const { status, message } = INGESTION_ERRORS[code];
  assert.deepEqual([said.status, said.code], [sent.method === undefined ? status : 405, code], said.message);
  assert.ok(said.message.startsWith(message) && said.message.includes(reason), said.message);
  assert.deepEqual(await running.entries(), []);
  return response;
}

describe('accepted', () => {
  test('law 1: 202 without a body, and the entry lies in its lane', async () => {
    await using running = await RunningGateway.start();
    const body =
      '{"priority":"high","partitionName":"EMEA","dedupeFields":{"field1":"email","field2":"firstName"},"persons":[{"a":1},{}]}';
    const headers = { 'X-Correlation-Id': 'c', 'X-Request-Source': 's' };
    const response = await send(running, { body, headers });
    assert.deepEqual([response.status, response.headers.get('content-length'), await response.text()], [202, '0', '']);
    const [entry] = await running.entries();
    assert.deepEqual(
      [entry?.lane, entry?.objects, entry?.requestId],
      ['high', 2, response.headers.get('x-request-id')],
    );
    assert.deepEqual(entry?.envelope, { kind: 'person', clientId: 'client-1', correlationId: 'c', requestSource: 's' });
    assert.equal(Buffer.from(entry.body).toString(), body);
    assert.ok(
      running.control.definitions().workspaces.get(WORKSPACE)?.partitions.has('EMEA'),
      'a new partition is made',
    );
  });

  test('custom objects match their type without regard to case, and are kept in its declared spelling', async () => {
    await using running = await RunningGateway.start();
    const path = `/subscriptions/${WORKSPACE}/customobjects/pURCHASES`;
    assert.equal((await send(running, { path, body: '{"customObjects":[{"vin":"1"}]}' })).status, 202);
    const [entry] = await running.entries();
    assert.deepEqual(entry?.envelope, { kind: 'customObject', apiName: 'Purchases', clientId: 'client-1' });
  });

  test('null stands for an optional member that is absent', async () => {
    await using running = await RunningGateway.start();
    const body = '{"priority":null,"partitionName":null,"dedupeFields":null,"persons":[{}]}';
    assert.equal((await send(running, { body })).status, 202);
  });
});

describe('each row of the table', () => {
  const custom = (name: string): string => `/subscriptions/${WORKSPACE}/customobjects/${name}`;
  const many = (count: number): string => `{"persons":[${'{},'.repeat(count).slice(0, -1)}]}`;

  test('1: no such path', async () => {
    for (const path of [
      `/subscriptions/${WORKSPACE}`,
      `/subscriptions/${WORKSPACE}/people`,
      `${PERSONS}/`,
      custom(''),
      custom('%zz'),
    ]) {
      await refuses({}, { path }, { code: '404040' });
    }
  });
  test('2: other method', async () => {
    const response = await refuses({}, { method: 'GET' }, { code: '404040' });
    assert.equal(response.headers.get('allow'), 'POST');
  });
  test('3: token absent', async () => {
    await refuses({}, { token: null }, { code: '403010' });
    await refuses({}, { token: '' }, { code: '403010' });
  });
  test('4: token unknown, expired, revoked', async () => {
    await refuses({}, { token: 'cdf01657-110d-4155-99a7-f986b2ff13a0:int' }, { code: '401013' });
    await using running = await RunningGateway.start();
    const token = await running.token();
    running.clock.advance(3_599_000);
    assert.equal((await send(running, { token })).status, 202);
    running.clock.advance(1000);
    assert.equal((await refusal(await send(running, { token }))).code, '401013');
    const next = await running.token();
    assert.equal((await send(running, { token: next })).status, 202);
    await running.control.removeClient(WORKSPACE, 'client-1');
    assert.equal((await refusal(await send(running, { token: next }))).code, '401013');
  });
  test('5: too many requests in one second, of this client alone', async () => {
    await using running = await RunningGateway.start({ options: { requestsPerSecond: 2 } });
    assert.equal((await send(running)).status, 202);
    assert.equal((await send(running)).status, 202);
    const third = await send(running);
    assert.equal(third.headers.get('retry-after'), '1');
    assert.deepEqual(await refusal(third), {
      status: 429,
      code: '429001',
      message: 'Service usage limit reached: at most 2 requests per second',
    });
    const other = await running.token('client-without-rights');
    assert.equal((await refusal(await send(running, { token: other }))).code, '4030801');
    running.clock.advance(1000);
    assert.equal((await send(running)).status, 202);
  });
  test('6, law 7: a foreign workspace and one that does not exist are refused alike', async () => {
    await using running = await RunningGateway.start();
    const [foreign, absent] = await Promise.all(
      [OTHER_WORKSPACE, '000-AAA-000'].map(async (workspace) =>
        refusal(await send(running, { path: `/subscriptions/${workspace}/persons` })),
      ),
    );
    assert.deepEqual(foreign, absent);
    assert.deepEqual([foreign?.status, foreign?.code], [403, '4030801']);
    const token = await running.token('client-without-rights');
    assert.match((await refusal(await send(running, { token }))).message, /^Unauthorized: .*Read-Write Lead/);
  });
  test('7: unknown custom object type', async () => {
    await refuses(
      {},
      { path: custom('unknown'), body: '{"customObjects":[{}]}' },
      { code: '404040', reason: 'custom object type' },
    );
  });

  const BAD_REQUESTS: readonly (readonly [string, Sent, string])[] = [
    ['a query', { path: `${PERSONS}?access_token=x` }, 'query'],
    ['a long correlation id', { headers: { 'X-Correlation-Id': 'x'.repeat(256) } }, 'x-correlation-id'],
    ['a long request source', { headers: { 'X-Request-Source': 'x'.repeat(51) } }, 'x-request-source'],
    ['another content type', { headers: { 'Content-Type': 'text/plain' } }, 'application/json'],
    ['another charset', { headers: { 'Content-Type': 'application/json; charset=latin1' } }, 'UTF-8'],
    ['no JSON', { body: '{' }, 'not JSON'],
    ['nothing', { body: '' }, 'not JSON'],
    ['a scalar', { body: '12' }, 'object'],
    ['a list', { body: '[]' }, 'object'],
    ['nesting', { body: `${'['.repeat(10_000)}${']'.repeat(10_000)}` }, 'deep'],
    ['invalid UTF-8', { body: Buffer.from('{"persons":[{"a":"\xff"}]}', 'latin1') }, 'UTF-8'],
    ['persons missing', { body: '{}' }, "'persons' is missing"],
    ['persons no list', { body: '{"persons":{}}' }, 'array'],
    ['a misspelt member', { body: '{"dedupefields":{},"persons":[{}]}' }, "'dedupefields'"],
    ['a misspelt dedupe member', { body: '{"dedupeFields":{"field3":"a"},"persons":[{}]}' }, "'field3'"],
    ['priority no text', { body: '{"priority":1,"persons":[{}]}' }, 'priority'],
    ['field1 no text', { body: '{"dedupeFields":{"field1":1},"persons":[{}]}' }, 'field1'],
    ['an unknown coding', { headers: { 'Content-Encoding': 'compress' } }, 'Content-Encoding'],
    ['a broken coding', { headers: { 'Content-Encoding': 'gzip' } }, 'inflated'],
    ['a large body', { body: ' '.repeat(1_048_577) }, 'larger'],
    ['a shape fault before a value fault', { body: '{"priority":"low","x":1,"persons":[]}' }, "'x'"],
  ];
  for (const [name, sent, reason] of BAD_REQUESTS) {
    test(`8: ${name}`, async () => void (await refuses({}, sent, { code: '4000801', reason })));
  }

  const INVALID: readonly (readonly [string, Sent, string, GatewaySetup?])[] = [
    ['an empty list', { body: '{"persons":[]}' }, 'empty'],
    ['1,001 objects', { body: many(1001) }, '1001'],
    ['an entry that is no object', { body: '{"persons":[{},1e400]}' }, 'persons[1]'],
    ['priority', { body: '{"priority":"High","persons":[{}]}' }, 'priority'],
    [
      'an unknown partition',
      { body: '{"partitionName":"x","persons":[{}]}' },
      'partition',
      { options: { createPartitions: false } },
    ],
    ['an empty partition', { body: '{"partitionName":"","persons":[{}]}' }, 'partition'],
    ['NUL in a new partition', { body: '{"partitionName":"a\\u0000b","persons":[{}]}' }, 'NUL'],
    ['half a pair in a new partition', { body: '{"partitionName":"\\ud800","persons":[{}]}' }, 'surrogate'],
    ['an unknown dedupe attribute', { body: '{"dedupeFields":{"field1":"nope"},"persons":[{}]}' }, 'nope'],
    [
      'a dedupe attribute that is not allowed',
      { body: '{"dedupeFields":{"field1":"createdAt"},"persons":[{}]}' },
      'createdAt',
    ],
    ['the same attribute twice', { body: '{"dedupeFields":{"field1":"email","field2":"EMAIL"},"persons":[{}]}' }, ''],
    ['field2 alone', { body: '{"dedupeFields":{"field2":"email"},"persons":[{}]}' }, 'field1'],
    ['dedupeBy', { path: custom('purchases'), body: '{"dedupeBy":"vin","customObjects":[{}]}' }, 'dedupeBy'],
  ];
  for (const [name, sent, reason, setup = {}] of INVALID) {
    test(`9: ${name}`, async () => void (await refuses(setup, sent, { code: '4000802', reason })));
  }

  test('10: a request that would pass the day is refused whole, a smaller one passes, the next day is new', async () => {
    await using running = await RunningGateway.start({ options: { dailyObjects: 3 } });
    assert.equal((await send(running, { body: many(2) })).status, 202);
    const over = await send(running, { body: many(2) });
    assert.equal(over.headers.get('retry-after'), String(DAY_SECONDS / 2));
    assert.deepEqual(await refusal(over), {
      status: 429,
      code: '4290801',
      message: 'Daily quota reached: at most 3 objects a day',
    });
    assert.equal((await send(running, { body: many(1) })).status, 202);
    running.clock.advance((DAY_SECONDS / 2) * 1000);
    assert.equal((await send(running, { body: many(3) })).status, 202);
  });

  for (const [name, reason] of [
    ['full', 'full'],
    ['failed', 'restart'],
  ] as const) {
    test(`11: the log is ${name}, and the quota is given back`, async () => {
      const { writer } = createMemoryIntakeLog();
      let isRefusing = true;
      const refusing: typeof writer = Object.create(writer, {
        append: {
          value: (...all: Parameters<typeof writer.append>) =>
            isRefusing ? Promise.reject(new IntakeError(name, 'secret text')) : writer.append(...all),
        },
        objectsOfDay: { value: async () => 0 },
      });
      await using running = await RunningGateway.start({ options: { dailyObjects: 1 }, parts: { writer: refusing } });
      const response = await send(running);
      assert.ok(Number(response.headers.get('retry-after')) > 0);
      const said = await refusal(response);
      assert.deepEqual([said.status, said.code], [503, '5030801']);
      assert.match(said.message, new RegExp(`^Service unavailable: .*${reason}`));
      assert.doesNotMatch(said.message, /secret/);
      isRefusing = false;
      // Law 9: a log that has failed is not tried again.
      assert.equal((await send(running)).status, name === 'full' ? 202 : 503);
    });
  }

  test("11: a log that failed before the day's first request", async () => {
    const { writer } = createMemoryIntakeLog();
    const failed: typeof writer = Object.create(writer, {
      objectsOfDay: { value: async () => Promise.reject(new IntakeError('failed', 'secret text')) },
    });
    await using running = await RunningGateway.start({ parts: { writer: failed } });
    const said = await refusal(await send(running));
    assert.deepEqual([said.status, said.code], [503, '5030801']);
    assert.doesNotMatch(said.message, /secret/);
    assert.match(String(running.gateway.refusing()), /failed/);
  });

  test('11: too far behind', async () => {
    await refuses({ parts: { backlogBytes: () => 10_000_000_000 } }, {}, { code: '5030801', reason: 'wait' });
  });

  test('12: our own fault says nothing of its cause', async () => {
    const { writer } = createMemoryIntakeLog();
    const broken: typeof writer = Object.create(writer, {
      objectsOfDay: { value: async () => 0 },
      append: { value: async () => Promise.reject(new Error('secret cause')) },
    });
    await using running = await RunningGateway.start({ parts: { writer: broken } });
    assert.deepEqual(await refusal(await send(running)), {
      status: 500,
      code: '5000801',
      message: 'Internal Server Error',
    });
    const fault = running.said.find(({ name }) => name === 'internalFault');
    assert.match(String(fault?.detail), /secret cause/);
  });
});
