import { TEST_NOW, openTestApi } from '../../tests/support/http-api.ts';
import type { TestApi } from '../../tests/support/http-api.ts';
import { runQuery } from './run-query.ts';
import type { QueryParts } from './query-parts.ts';
import { noFates } from '#model/fates.ts';
import type { MunchkinId, Position, RequestId } from '#model/words.ts';
import { Problem } from '#protocols/api/problems.ts';
import { QueryError } from '#ports/store-reader.ts';
import type { SqlAnswer, SqlQuery } from '#ports/store-reader.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const IN_LOG = '01900000-0000-7000-8000-000000000001' as RequestId;
const IN_STORE = '01900000-0000-7000-8000-000000000005' as RequestId;
const UNKNOWN = '01900000-0000-7000-8000-000000000009' as RequestId;

async function append({ log, owner }: TestApi): Promise<void> {
  await log.writer.append({
    workspace: owner.munchkinId,
    lane: 'high',
    requestId: IN_LOG,
    acceptedAt: TEST_NOW,
    objects: 7,
    body: new Uint8Array(),
    envelope: { kind: 'event', clientId: 'k', database: 'db', table: 'tbl', format: 'json' },
  });
}

async function keepDecided({ store, owner }: TestApi): Promise<void> {
  await store.transaction(owner.munchkinId, (transaction) =>
    transaction.recordRequests([
      {
        requestId: IN_STORE,
        kind: 'person',
        type: 'persons',
        clientId: 'c',
        lane: 'normal',
        position: 1 as Position,
        acceptedAt: TEST_NOW,
        finishedAt: TEST_NOW,
        warnings: [],
        counts: { ...noFates(), received: 1, created: 1 },
      },
    ]),
  );
}

const ANSWER: SqlAnswer = {
  columns: [
    { name: 'a', type: 'text' },
    { name: 'b', type: 'bigint' },
  ],
  rows: [
    ['x,"y"', '9007199254740993'],
    ['', null],
  ],
  elapsedMs: 1.5,
};

test('sql answers JSON, or CSV in which NULL and an empty string differ', async () => {
  const asked: SqlQuery[] = [];
  await using api = await openTestApi({
    sql: async (_workspace, query) => (asked.push(query), { ...ANSWER, truncated: true }),
  });
  const body = { query: 'select 1', params: [1, 'x', null, true, 'BIG'] };
  const text = JSON.stringify(body).replace('"BIG"', '12345678901234567890');
  const answer = await api.call('POST', `${api.path}/sql`, { body: text });
  assert.deepEqual(answer.json, { ...ANSWER, truncated: true });
  assert.deepEqual(asked[0]?.params, [1, 'x', null, true, '12345678901234567890']);
  assert.ok((asked[0]?.timeoutMs ?? 0) <= 30_000);
  const csv = await api.call('POST', `${api.path}/sql`, { body, headers: { accept: 'text/csv' } });
  assert.equal(csv.text, 'a,b\r\n"x,""y""",9007199254740993\r\n"",\r\n');
  assert.equal(csv.headers['x-inlet-truncated'], 'true');
});

test('each reason of a failed query has its status and code', async () => {
  const expected = {
    refused: [400, 'query-refused'],
    failed: [400, 'query-failed'],
    timeout: [408, 'query-timeout'],
    memory: [503, 'query-memory'],
    unavailable: [503, 'unavailable'],
  } as const;
  for (const [reason, [status, code]] of Object.entries(expected)) {
    await using api = await openTestApi({
      sql: async () => {
        throw new QueryError(reason as QueryError['reason'], `because of ${reason}`);
      },
    });
    const answer = await api.call('POST', `${api.path}/sql`, { body: { query: 'select 1' } });
    assert.deepEqual([answer.status, answer.json.code, answer.json.detail], [status, code, `because of ${reason}`]);
    assert.equal(answer.headers['retry-after'], status === 503 ? '1' : undefined);
  }
});

test('sql refuses members that it does not know, lists as parameters, and limits out of range', async () => {
  await using api = await openTestApi();
  const bad = [
    {},
    { query: '' },
    { query: 'x', foo: 1 },
    { query: 'x', params: [[1]] },
    { query: 'x', timeoutMs: 0 },
    { query: 'x', timeoutMs: 600_001 },
  ];
  for (const body of bad) {
    assert.equal(
      (await api.call('POST', `${api.path}/sql`, { body })).json.code,
      'invalid-input',
      JSON.stringify(body),
    );
  }
});

test('with after, a query waits until the request is decided; an unknown request is 404', async () => {
  const decided = Promise.withResolvers<void>();
  const order: string[] = [];
  await using api = await openTestApi({
    sql: async () => (order.push('query'), ANSWER),
    query: {
      applying: {
        wake: () => undefined,
        rehearseReplay: async () => [],
        note: async () => undefined,
        status: async () => ({ workspaces: [], metrics: '' }),
        decided: async (_workspace, lane, position) => {
          order.push(`${lane} ${position}`);
          await decided.promise;
          order.push('decided');
        },
      },
    },
  });
  await append(api);
  const waiting = api.call('POST', `${api.path}/sql`, { body: { query: 'select 1', after: IN_LOG } });
  setImmediate(() => decided.resolve());
  assert.equal((await waiting).status, 200);
  assert.deepEqual(order, ['high 1', 'decided', 'query']);
  const unknown = await api.call('POST', `${api.path}/sql`, { body: { query: 'select 1', after: UNKNOWN } });
  assert.equal(unknown.json.code, 'request-unknown');
  await keepDecided(api);
  assert.equal(
    (await api.call('POST', `${api.path}/sql`, { body: { query: 'select 1', after: IN_STORE } })).status,
    200,
  );
});

test('timeoutMs bounds waiting and running together', async () => {
  await using api = await openTestApi({ sql: async () => ANSWER });
  await append(api);
  const answer = await api.call('POST', `${api.path}/sql`, {
    body: { query: 'select 1', after: IN_LOG, timeoutMs: 20 },
  });
  assert.deepEqual([answer.status, answer.json.code], [408, 'query-timeout']);
  const running = await openTestApi({
    sql: (_workspace, _query, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new QueryError('failed', 'interrupted')));
      }),
  });
  const late = await running.call('POST', `${running.path}/sql`, { body: { query: 'select 1', timeoutMs: 20 } });
  assert.equal(late.json.code, 'query-timeout');
  await running.app.close();
});

test('a store that does not answer the search for the request holds nobody longer than timeoutMs', async () => {
  const silent = { request: () => new Promise<undefined>(() => undefined) };
  const parts = { reader: silent, clock: { monotonic: () => 0 } } as unknown as QueryParts;
  const wanted = { query: 'select 1', after: IN_LOG, timeoutMs: 20 };
  await assert.rejects(
    runQuery(parts, WORKSPACE, { wanted, gone: new AbortController().signal }),
    (error) => error instanceof Problem && error.code === 'query-timeout',
  );
});
