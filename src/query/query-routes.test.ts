import { idOf, keep, recordOf, unfinishedOf } from './records.fixture.ts';
import { TEST_NOW, openTestApi } from '../../tests/support/http-api.ts';
import type { AnyJson, TestApi } from '../../tests/support/http-api.ts';
import { noFates } from '#model/fates.ts';
import type { RequestRecord } from '#model/fates.ts';
import type { MunchkinId, Position } from '#model/words.ts';
import { StoreError } from '#ports/store.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

async function append(api: TestApi, at: number, workspace: MunchkinId = api.owner.munchkinId): Promise<void> {
  await api.log.writer.append({
    workspace,
    lane: 'high',
    requestId: idOf(at),
    acceptedAt: TEST_NOW,
    objects: 7,
    envelope: { kind: 'event', clientId: 'k', correlationId: 'corr', database: 'db', table: 'tbl', format: 'json' },
    body: new Uint8Array(),
  });
}

test('an unknown request is 404, and so is that of another workspace (law 7)', async () => {
  await using api = await openTestApi();
  const other = (await api.call('POST', '/v1/workspaces', { body: {} })).json.munchkinId as MunchkinId;
  await append(api, 1, other);
  for (const id of [idOf(1), idOf(2), 'nonsense', "'; drop table"]) {
    const { json } = await api.call('GET', `${api.path}/requests/${encodeURIComponent(id)}`);
    assert.equal(json.code, 'request-unknown');
  }
});

test('a request that is applied and forgotten by the log between two looks is found all the same', async () => {
  const seen: string[] = [];
  const record = recordOf(1);
  const reader = {
    request: async () => (seen.push('store'), seen.length > 1 ? record : undefined),
    retainedFrom: async () => 0,
  } as unknown as StoreReader;
  const intake = { find: async () => void seen.push('log') };
  const { findRequest } = await import('./find-request.ts');
  const found = await findRequest({ reader, intake: intake as never }, 'x' as MunchkinId, idOf(1));
  assert.deepEqual([found, seen], [{ at: 'store', record }, ['store', 'log', 'store']]);
});

test('a request that was forgotten is 410, one that still waits in the log or is too young is not', async () => {
  await using api = await openTestApi();
  const workspace = api.owner.munchkinId;
  await append(api, 1);
  await append(api, 2);
  await keep(api, { requests: [recordOf(1, { acceptedAt: 5 }), recordOf(4)] });
  await api.store.transaction(workspace, async (transaction) => {
    await transaction.advance('high', 1 as Position);
    await transaction.retain({ before: TEST_NOW, maxBytes: 1e9, now: TEST_NOW });
  });
  const codeOf = async (id: string): Promise<unknown> => {
    const { status, json } = await api.call('GET', `${api.path}/requests/${id}`);
    return status === 200 ? json.state : `${status} ${json.code}`;
  };
  assert.equal(await codeOf(idOf(1)), '410 request-expired', 'the log has it still');
  assert.equal(await codeOf(idOf(2)), 'pending', 'it was never applied');
  assert.equal(await codeOf(idOf(3)), '410 request-expired');
  assert.equal(await codeOf(idOf(4)), 'done');
  const late = (TEST_NOW + 1).toString(16).padStart(12, '0');
  assert.equal(await codeOf(`${late.slice(0, 8)}-${late.slice(8)}-7000-8000-000000000000`), '404 request-unknown');
  assert.equal(await codeOf('01900000-0000-4000-8000-000000000000'), '404 request-unknown', 'it has no time');
});

test('a store that cannot be read is 503, and what it says of its files stays inside (law 7)', async () => {
  const closed = { requests: async () => Promise.reject(new StoreError('unavailable', '/secret/path')) };
  await using api = await openTestApi({ query: { reader: closed as unknown as StoreReader } });
  const { status, json, text } = await api.call('GET', `${api.path}/requests`);
  assert.deepEqual([status, json.code], [503, 'unavailable']);
  assert.doesNotMatch(text, /secret/);
});

test('requests are listed newest first, filtered and paged', async () => {
  await using api = await openTestApi();
  const unfinished = unfinishedOf(3, { counts: { ...noFates(), received: 1, pending: 1 } });
  await keep(api, {
    requests: [recordOf(1), recordOf(2, { kind: 'event' }), unfinished, recordOf(4, { correlationId: 'x' })],
  });
  const ids = async (query: string): Promise<string[]> => {
    const { json, text } = await api.call('GET', `${api.path}/requests?${query}`);
    assert.ok(json.items, text);
    return json.items.map(({ requestId }: { requestId: string }) => requestId);
  };
  assert.deepEqual(await ids(''), [4, 3, 2, 1].map(idOf));
  assert.deepEqual(await ids('kind=event'), [idOf(2)]);
  assert.deepEqual(await ids('state=done'), [4, 2, 1].map(idOf));
  assert.deepEqual(await ids('state=pending'), [idOf(3)]);
  assert.deepEqual(await ids('correlationId=x'), [idOf(4)]);
  assert.deepEqual(await ids('from=2026-11-23T10:00:00.002Z&to=2026-11-23T11:00:00.004%2B01:00'), [3, 2].map(idOf));
  const { json } = await api.call('GET', `${api.path}/requests?limit=3`);
  assert.deepEqual(
    (await api.call('GET', json.next)).json.items.map(({ requestId }: RequestRecord) => requestId),
    [idOf(1)],
  );
  for (const from of ['yesterday', '2026-11-23', '2026-11-23T10:00:00', '5']) {
    assert.equal((await api.call('GET', `${api.path}/requests?from=${from}`)).json.errors[0].member, '?from');
  }
  assert.equal((await api.call('GET', `${api.path}/requests?after=x`)).json.errors[0].member, '?after');
});

async function storeEvents(api: TestApi, count: number): Promise<void> {
  const table = {
    database: 'db',
    table: 'tbl',
    extra: false,
    rows: 0,
    columns: [{ key: 'n', column: 'n', type: 'integer', history: [] }],
  } as const;
  await api.store.transaction(api.owner.munchkinId, async (transaction) => {
    await transaction.defineEventTable(table);
    const numbers = Array.from({ length: count }, (_, at) => at);
    await transaction.appendEvents({
      table,
      times: numbers,
      cells: new Map([['n', numbers]]),
      sparse: new Map(),
      extras: numbers.map(() => null),
    });
  });
}

test('databases, tables and schemas are shown, and unknown ones are 404', async () => {
  await using api = await openTestApi();
  await storeEvents(api, 3);
  const get = async (path: string): Promise<AnyJson> => (await api.call('GET', `${api.path}/databases${path}`)).json;
  assert.deepEqual((await get('')).items, [{ database: 'db', tables: 1 }]);
  assert.deepEqual((await get('/DB/tables')).items, [{ database: 'db', table: 'tbl', columns: 1, rows: 3 }]);
  assert.deepEqual(await get('/db/tables/TBL'), {
    database: 'db',
    table: 'tbl',
    rows: 3,
    extra: false,
    columns: [{ key: 'n', column: 'n', type: 'integer', history: [] }],
  });
  assert.equal((await get('/none/tables')).code, 'database-unknown');
  assert.equal((await get('/db/tables/none')).code, 'table-unknown');
  assert.equal((await get('/db/tables/none/events')).code, 'table-unknown');
});

test('events come back as NDJSON in order, bounded by from and to', async () => {
  await using api = await openTestApi();
  await storeEvents(api, 1000);
  const url = `${api.path}/databases/db/tables/tbl/events`;
  const numbers = (text: string): number[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).n as number);
  const all = await api.call('GET', url);
  assert.equal(all.headers['content-type'], 'application/x-ndjson');
  assert.deepEqual(
    numbers(all.text),
    Array.from({ length: 1000 }, (_, at) => at),
  );
  assert.deepEqual(numbers((await api.call('GET', `${url}?from=10&to=13`)).text), [10, 11, 12]);
  assert.equal((await api.call('GET', `${url}?from=5000`)).text, '');
});
