import { openTestApi } from '../../tests/support/http-api.ts';
import type { TestApi } from '../../tests/support/http-api.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { conservationDifference } from './conservation.ts';
import { ConservationChecker } from './conservation-checker.ts';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import { createMemoryStore } from '#engines/memory/store.ts';
import { noFates } from '#model/fates.ts';
import type { Lane, MunchkinId, Position, RequestId } from '#model/words.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

const requestId = '01900000-0000-7000-8000-000000000001' as RequestId;

function append({ log, owner }: Pick<TestApi, 'log' | 'owner'>, lane: Lane, objects: number): Promise<Position> {
  const envelope = { kind: 'event', clientId: 'k', database: 'db', table: 'tbl', format: 'json' } as const;
  const entry = {
    workspace: owner.munchkinId,
    lane,
    requestId,
    objects,
    acceptedAt: 0,
    body: new Uint8Array(1),
    envelope,
  };
  return log.writer.append(entry);
}

/** Applies everything of the lane up to `position`, of which `stored` objects reach a fate. */
function apply(
  { store, owner }: TestApi,
  lane: Lane,
  { position, stored }: { position: Position; stored: number },
): Promise<void> {
  return store.transaction(owner.munchkinId, async (transaction) => {
    const counts = { ...noFates(), received: stored, stored };
    const record = { requestId, kind: 'event', type: 'db.tbl', clientId: 'k', acceptedAt: 0, warnings: [] } as const;
    if (stored > 0) await transaction.recordRequests([{ ...record, lane, position, finishedAt: 1, counts }]);
    await transaction.advance(lane, position);
  });
}

test('law 2: a planted leak turns metric, readyz and the API, names its lane, and mending it turns them back', async () => {
  await using api = await openTestApi();
  const events = await append(api, 'events', 3);
  const high = await append(api, 'high', 4);
  const see = async (): Promise<unknown> => {
    const { text } = await api.call('GET', '/metrics', { token: null });
    const { json: all } = await api.call('GET', '/v1/conservation');
    const { json: own } = await api.call('GET', `${api.path}/conservation`);
    const { status, json: ready } = await api.call('GET', '/readyz', { token: null });
    const { high: highLane, events: eventsLane } = own.lanes;
    assert.deepEqual(all.items, [own]);
    return {
      metric: [...text.matchAll(/^inlet_conservation_difference\{.*lane="(\w+)".*\} (.+)$/gm)].map((found) => found[2]),
      holds: [/^inlet_conservation_holds\{.*\} (\d)$/m.exec(text)?.[1], all.holds, own.holds],
      differences: [highLane.difference, eventsLane.difference],
      ready: [status, ready.status, ready.reasons.length],
    };
  };
  const sound = { metric: ['0', '0', '0'], holds: ['1', true, true], differences: [0, 0], ready: [200, 'ready', 0] };
  assert.deepEqual(await see(), sound);
  await apply(api, 'high', { position: high, stored: 4 });
  await apply(api, 'events', { position: events, stored: 1 });
  assert.deepEqual(await see(), {
    metric: ['0', '0', '2'],
    holds: ['0', false, false],
    differences: [0, 2],
    ready: [200, 'degraded', 1],
  });
  await apply(api, 'events', { position: events, stored: 2 });
  assert.deepEqual(await see(), sound);
  await apply(api, 'high', { position: high, stored: 1 });
  await append(api, 'high', 0);
  assert.equal(
    (await api.call('GET', `${api.path}/conservation`)).json.lanes.high.difference,
    0,
    'quiet, not read again',
  );
  await append(api, 'events', 1);
  assert.equal((await api.call('GET', `${api.path}/conservation`)).json.lanes.high.difference, -1, 'doubled');
});

test('the API tells where objects are, and each token what it may see (law 7)', async () => {
  await using api = await openTestApi();
  const position = await append(api, 'normal', 5);
  await apply(api, 'normal', { position, stored: 5 });
  await append(api, 'normal', 2);
  const { json } = await api.call('GET', `${api.path}/conservation`);
  const expected = { ...noFates(), received: 7, stored: 5, backlog: 2, difference: 0 };
  assert.deepEqual(json.lanes.normal, expected);
  assert.deepEqual(json.lanes.high, { ...noFates(), backlog: 0, difference: 0 });
  const other = (await api.call('POST', '/v1/workspaces', { body: {} })).json;
  const token = other.adminToken as string;
  const code = async (url: string): Promise<unknown> => (await api.call('GET', url, { token })).json.code;
  assert.equal(await code('/v1/conservation'), 'token-insufficient');
  assert.equal(await code(`${api.path}/conservation`), 'workspace-forbidden');
  const own = await api.call('GET', `/v1/workspaces/${other.munchkinId}/conservation`, { token });
  assert.deepEqual([own.status, own.json.holds], [200, true]);
});

test('what was received and cannot be read is not said to hold', async () => {
  const closed = {
    totals: () => Promise.reject(new Error('closed')),
    checkpoint: () => Promise.reject(new Error('closed')),
  };
  await using api = await openTestApi({ ledger: { reader: closed } });
  await append(api, 'normal', 5);
  const { json } = await api.call('GET', '/v1/conservation');
  assert.deepEqual([json.holds, json.unread, json.items], [false, 1, []]);
  assert.equal((await api.call('GET', `${api.path}/conservation`)).json.code, 'unavailable');
});

test('law 2 is checked every ten seconds without being asked, and a quiet store is read again after an hour', async () => {
  const clock = new TestClock();
  const log = createMemoryIntakeLog();
  const store = createMemoryStore();
  const owner = { munchkinId: '111-AAA-111' as MunchkinId } as TestApi['owner'];
  const reader = store.reader();
  let reads = 0;
  await using checker = new ConservationChecker({
    metrics: createMetrics('gateway'),
    clock,
    applying: { status: async () => ({ workspaces: [], metrics: '' }) },
    intakeTotals: log.writer,
    intake: log.reader,
    reader: {
      totals: (workspace) => reader.totals(workspace),
      checkpoint: (workspace) => ((reads += 1), reader.checkpoint(workspace)),
    },
    onFault: (error) => assert.fail(String(error)),
  });
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turns();
  };
  const position = await append({ log, owner }, 'normal', 2);
  checker.start();
  await turns();
  assert.deepEqual([reads, checker.broken], [1, 0]);
  await store.transaction(owner.munchkinId, (transaction) => transaction.advance('normal', position));
  assert.equal(checker.broken, 0);
  await pass(10_000);
  assert.deepEqual([reads, checker.broken], [2, 1]);
  const counts = { ...noFates(), received: 2, stored: 2 };
  const record = { requestId, kind: 'event', type: 'db.tbl', clientId: 'k', acceptedAt: 0, warnings: [] } as const;
  await store.transaction(owner.munchkinId, (transaction) =>
    transaction.recordRequests([{ ...record, lane: 'normal', position, finishedAt: 1, counts }]),
  );
  await pass(10_000);
  assert.deepEqual([reads, checker.broken], [3, 0]);
  for (let rounds = 0; rounds < 6; rounds += 1) await pass(10_000);
  assert.equal(reads, 3, 'nothing has moved');
  await pass(3_600_000);
  assert.equal(reads, 4);
});

test('law 2 holds as far as anyone can tell while the readings move, and a gap or a double shows', () => {
  const fates = (stored: number, failed = 0): ReturnType<typeof noFates> => ({
    ...noFates(),
    received: stored + failed,
    stored,
    failed,
  });
  const still = {
    receivedBefore: 10,
    receivedAfter: 10,
    fatesBefore: fates(4, 1),
    fatesAfter: fates(4, 1),
    backlog: 5,
  };
  assert.equal(conservationDifference(still), 0);
  assert.equal(conservationDifference({ ...still, backlog: 4 }), 1, 'one is missing');
  assert.equal(conservationDifference({ ...still, backlog: 7 }), -2, 'two are there twice');
  assert.equal(conservationDifference({ ...still, receivedAfter: 15, backlog: 8 }), 0, 'some came in meanwhile');
  assert.equal(
    conservationDifference({ ...still, fatesAfter: fates(9, 1), backlog: 3 }),
    0,
    'some were applied meanwhile',
  );
  const disagreeing = { ...still, fatesBefore: { ...fates(4), received: 5 }, fatesAfter: { ...fates(4), received: 5 } };
  assert.equal(conservationDifference(disagreeing), 1, 'a count that is received and has no fate');
  assert.equal(conservationDifference({ ...disagreeing, backlog: 6 }), 1, 'the books of the store do not add up');
});
