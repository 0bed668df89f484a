/** A request with its failures and retries (docs/specs/admin.md, "Requests and fates"). */
import { failureOf, idOf, keep, recordOf, unfinishedOf, waitingOf } from './records.fixture.ts';
import { replayBody } from './replay-body.ts';
import { TEST_NOW, openTestApi } from '../../tests/support/http-api.ts';
import type { AnyJson, TestApi } from '../../tests/support/http-api.ts';
import { addsUp, noFates } from '#model/fates.ts';
import type { Envelope, NewEntry } from '#model/entry.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

async function append(api: TestApi, envelope: Envelope, change: Partial<NewEntry> = {}): Promise<void> {
  await api.log.writer.append({
    workspace: api.owner.munchkinId,
    lane: 'high',
    requestId: idOf(1),
    acceptedAt: TEST_NOW,
    objects: 7,
    envelope,
    body: new Uint8Array(),
    ...change,
  });
}

test('a request that the applier has not come to is pending, from the log, and adds up (law 2)', async () => {
  await using api = await openTestApi();
  await append(api, {
    kind: 'event',
    clientId: 'k',
    correlationId: 'corr',
    database: 'db',
    table: 'tbl',
    format: 'json',
  });
  const { status, json } = await api.call('GET', `${api.path}/requests/${idOf(1)}`);
  assert.equal(status, 200);
  assert.deepEqual(json, {
    requestId: idOf(1),
    kind: 'event',
    type: 'db.tbl',
    clientId: 'k',
    priority: 'high',
    correlationId: 'corr',
    acceptedAt: '2026-11-23T10:00:00.000Z',
    durability: 'fsync',
    state: 'pending',
    objects: { received: 7, created: 0, updated: 0, stored: 0, deleted: 0, failed: 0, pending: 7 },
    warnings: [],
    failures: [],
    retries: [],
  });
});

test('a replay is a request from the moment of its answer, and a command is none', async () => {
  await using api = await openTestApi();
  const refs = [failureOf(5, 1), failureOf(5, 2), failureOf(7, 0)];
  const envelope = { kind: 'replay', clientId: 'operator', objectKind: 'customObject', type: 'purchases' } as const;
  await append(api, envelope, { body: replayBody(refs), objects: 3 });
  const { json } = await api.call('GET', `${api.path}/requests/${idOf(1)}`);
  assert.deepEqual(
    [json.kind, json.type, json.state, json.replayOf],
    ['customObject', 'purchases', 'pending', [idOf(5), idOf(7)]],
  );
  assert.ok(addsUp(json.objects));
  const command = { kind: 'command', clientId: 'operator', command: 'cancel-waiting', requestId: idOf(1) } as const;
  await append(api, command, { requestId: idOf(2), objects: 0 });
  assert.equal((await api.call('GET', `${api.path}/requests/${idOf(2)}`)).json.code, 'request-unknown');
  const replayed = recordOf(3, { replayOf: [idOf(1)] });
  await keep(api, { requests: [replayed] });
  assert.deepEqual((await api.call('GET', `${api.path}/requests/${idOf(3)}`)).json.replayOf, [idOf(1)]);
});

test('a decided request shows counts that add up (law 2), and its failures page by page', async () => {
  await using api = await openTestApi();
  const counts = { ...noFates(), received: 7, created: 2, failed: 5 };
  await keep(api, {
    requests: [recordOf(1, { counts })],
    failures: [0, 2, 3, 5, 6].map((index) => failureOf(1, index)),
  });
  const indexes: number[] = [];
  const pages = await pagesOf(api, `${api.path}/requests/${idOf(1)}?limit=2`);
  for (const page of pages) {
    assert.equal(page.state, 'done');
    assert.ok(addsUp(page.objects));
    assert.deepEqual(page.failures[0].key, { email: 'a@b.de' });
    indexes.push(...page.failures.map(({ index }: { index: number }) => index));
  }
  assert.deepEqual([indexes, pages.length], [[0, 2, 3, 5, 6], 3]);
});

async function pagesOf(api: TestApi, first: string): Promise<AnyJson[]> {
  const pages: AnyJson[] = [];
  for (let next: string | undefined = first; next !== undefined; next = pages.at(-1).next) {
    const { status, json, text } = await api.call('GET', next);
    assert.equal(status, 200, text);
    pages.push(json);
  }
  return pages;
}

test('a request with objects that wait is retrying, and says what waits for what and until when', async () => {
  await using api = await openTestApi();
  const counts = { ...noFates(), received: 3, pending: 3 };
  const key = { matchBy: ['vin'], partition: '', values: ['1'] };
  const { nextAttemptAt: _, ...behind } = waitingOf(1, 1, { reason: 'behind', key });
  const due = waitingOf(1, 2, { reason: 'transient', code: '503', attempts: 2, nextAttemptAt: 0 });
  await keep(api, { requests: [unfinishedOf(1, { counts })], waiting: [waitingOf(1, 0, { key }), behind, due] });
  const { json } = await api.call('GET', `${api.path}/requests/${idOf(1)}`);
  assert.deepEqual([json.state, json.finishedAt, json.failures], ['retrying', undefined, []]);
  const common = { key: { vin: '1' }, code: '1004', message: 'Lead not found', attempts: 1 };
  assert.deepEqual(json.retries, [
    { ...common, index: 0, reason: 'no-person', nextAttemptAt: '2026-11-23T10:05:00.000Z' },
    { ...common, index: 1, reason: 'behind' },
    // Due long ago: it is tried as soon as possible.
    { ...common, index: 2, reason: 'transient', code: '503', attempts: 2, nextAttemptAt: '2026-11-23T10:00:00.000Z' },
  ]);
});

test('failures and retries are paged side by side, and neither shows anything twice', async () => {
  await using api = await openTestApi();
  const counts = { ...noFates(), received: 9, failed: 3, pending: 6 };
  await keep(api, {
    requests: [unfinishedOf(1, { counts }), unfinishedOf(2)],
    failures: [0, 4, 8].map((index) => failureOf(1, index)),
    waiting: [...[1, 2, 3, 5, 6, 7].map((index) => waitingOf(1, index)), waitingOf(2, 9)],
  });
  const pages = await pagesOf(api, `${api.path}/requests/${idOf(1)}?limit=2`);
  const indexesOf = (list: 'failures' | 'retries'): unknown =>
    pages.map((page) => page[list].map(({ index }: { index: number }) => index));
  assert.deepEqual(indexesOf('failures'), [[0, 4], [8], []]);
  assert.deepEqual(indexesOf('retries'), [
    [1, 2],
    [3, 5],
    [6, 7],
  ]);
});

test('a failure says which request has replayed it', async () => {
  await using api = await openTestApi();
  await keep(api, { requests: [recordOf(1)], failures: [failureOf(1, 0, { replayedBy: idOf(9) }), failureOf(1, 1)] });
  const { json } = await api.call('GET', `${api.path}/requests/${idOf(1)}`);
  assert.deepEqual(
    json.failures.map(({ replayedBy }: AnyJson) => replayedBy),
    [idOf(9), undefined],
  );
});

test('state=retrying lists the requests of which objects wait', async () => {
  await using api = await openTestApi();
  const counts = { ...noFates(), received: 1, pending: 1 };
  await keep(api, { requests: [recordOf(1), unfinishedOf(2, { counts })], waiting: [waitingOf(2, 0)] });
  const { json } = await api.call('GET', `${api.path}/requests?state=retrying`);
  assert.deepEqual(
    json.items.map(({ requestId }: AnyJson) => requestId),
    [idOf(2)],
  );
});
