/** Must show 5: after a mixed load, what was received is what was decided: by request, in metrics and in SQL (law 2). */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';
import type { Lane } from '#model/words.ts';
import type { FateCounts, ShownRequest } from '../support/server/workspace.ts';

const FATES = ['created', 'updated', 'stored', 'deleted', 'failed', 'pending'] as const;

/** Throws unless the counts of a request are those of law 2. */
function assertAddsUp({ requestId, objects }: Pick<ShownRequest, 'requestId' | 'objects'>): void {
  const decided = FATES.reduce((sum, fate) => sum + objects[fate], 0);
  assert.equal(objects.received, decided, `request ${requestId}: ${JSON.stringify(objects)}`);
}

/** Sum of the samples of a metric whose labels contain all of `labels`. */
function metric(text: string, name: string, ...labels: readonly string[]): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

interface Account {
  readonly holds: boolean;
  readonly lanes: Readonly<Record<Lane, FateCounts & { readonly backlog: number; readonly difference: number }>>;
}

interface Batch {
  readonly kind: 'person' | 'customObject' | 'event';
  /** One per object: whether it will fail. */
  readonly bad: readonly boolean[];
  readonly priority: 'high' | 'normal';
}

const batches: fc.Arbitrary<readonly Batch[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('person', 'customObject', 'event'),
    bad: fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
    priority: fc.constantFrom('high', 'normal'),
  }),
  { minLength: 120, maxLength: 120 },
);

suite('Must show 5: conservation', () => {
  let server: InletServer;
  let workspace: Workspace;
  const requests: ShownRequest[] = [];
  const sent: { readonly id: string; readonly batch: Batch }[] = [];

  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    await workspace.administer('PUT', '/custom-objects/items', {
      fields: [
        { name: 'sku', dataType: 'string' },
        { name: 'stock', dataType: 'integer' },
      ],
      dedupeFields: ['sku'],
    });
    const seed = Date.now() % 2 ** 31;
    const [load = []] = fc.sample(batches, { numRuns: 1, seed });
    for (let at = 0; at < load.length; at += 8) {
      sent.push(
        ...(await Promise.all(load.slice(at, at + 8).map(async (batch) => ({ id: await sendBatch(batch), batch })))),
      );
    }
    for (const { id } of sent) requests.push(await workspace.decided(id));
    assert.ok(requests.length === 120, `seed ${seed}`);
  });
  after(() => server[Symbol.asyncDispose]());

  function sendBatch({ kind, bad, priority }: Batch): Promise<string> {
    if (kind === 'event')
      return workspace.store(
        'load/events',
        bad.map((isBad, n) => ({ n, isBad })),
      );
    if (kind === 'person') {
      const persons = bad.map((isBad, n) => ({ email: `p${n}@load.example`, leadScore: isBad ? 14.1 : n }));
      return workspace.accept('persons', { priority, persons });
    }
    const customObjects = bad.map((isBad, n) => ({ sku: `sku ${n}`, ...(isBad ? { colour: 'red' } : { stock: n }) }));
    return workspace.accept('customobjects/items', { priority, customObjects });
  }

  test('the checks find a planted loss and a planted double', () => {
    const objects: FateCounts = { received: 3, created: 1, updated: 1, stored: 0, deleted: 0, failed: 1, pending: 0 };
    assertAddsUp({ requestId: 'sound', objects });
    assert.throws(() => assertAddsUp({ requestId: 'lost', objects: { ...objects, updated: 0 } }));
    assert.throws(() => assertAddsUp({ requestId: 'doubled', objects: { ...objects, created: 2 } }));
    assert.equal(metric('a{x="1"} 2\na{x="2"} 3\nab{x="1"} 5', 'a', 'x="1"'), 2);
  });

  test('each request adds up, and failed as many as were bad', () => {
    for (const [at, request] of requests.entries()) {
      assertAddsUp(request);
      const { bad = [], kind } = sent[at]?.batch ?? {};
      assert.equal(request.objects.received, bad.length);
      assert.equal(request.objects.failed, kind === 'event' ? 0 : bad.filter(Boolean).length);
      assert.equal(request.state, 'done');
    }
  });

  test('each failure is told once, at its place', () => {
    for (const [at, { failures, objects }] of requests.entries()) {
      assert.equal(failures.length, objects.failed);
      const places = (sent[at]?.batch.bad ?? []).flatMap((isBad, index) => (isBad ? [index] : []));
      if (objects.failed > 0)
        assert.deepEqual(
          failures.map(({ index }) => index),
          places,
        );
    }
  });

  test('the metrics say the same as the sum of the requests', async () => {
    const text = await settledMetrics();
    const kinds = ['person', 'customObject', 'event'] as const;
    for (const kind of kinds) {
      const ofKind = requests.filter((request) => request.kind === kind);
      const total = (member: keyof FateCounts): number => ofKind.reduce((sum, { objects }) => sum + objects[member], 0);
      assert.equal(metric(text, 'inlet_objects_accepted_total', `kind="${kind}"`), total('received'), kind);
      assert.equal(metric(text, 'inlet_entries_accepted_total', `kind="${kind}"`), ofKind.length, kind);
      for (const fate of FATES) {
        assert.equal(
          metric(text, 'inlet_fates_total', `kind="${kind}"`, `fate="${fate}"`),
          total(fate),
          `${kind} ${fate}`,
        );
      }
      assert.equal(metric(text, 'inlet_object_failures_total', `kind="${kind}"`), total('failed'), kind);
    }
    assert.equal(metric(text, 'inlet_conservation_difference'), 0);
    assert.equal(metric(text, 'inlet_backlog_entries'), 0);
    assert.equal(
      metric(text, 'inlet_quarantine_objects'),
      requests.reduce((sum, { objects }) => sum + objects.failed, 0),
    );
  });

  // The applier counts just after its commit, which the requests are read from.
  async function settledMetrics(): Promise<string> {
    const decided = requests.reduce((sum, { objects }) => sum + objects.received, 0);
    for (let tries = 0; ; tries += 1) {
      const { text, status } = await workspace.send({ method: 'GET', path: '/metrics' });
      assert.equal(status, 200);
      if (metric(text, 'inlet_fates_total') === decided || tries === 50) return text;
      await sleep(50);
    }
  }

  test('the endpoint says by lane what the requests say, to each token what is its own', async () => {
    const { holds, lanes } = await workspace.administer<Account>('GET', '/conservation');
    assert.ok(holds);
    for (const lane of ['high', 'normal', 'events'] as const) {
      const ofLane = requests.filter(({ kind, priority }) => lane === (kind === 'event' ? 'events' : priority));
      const { backlog, difference, ...counts } = lanes[lane];
      assert.deepEqual([backlog, difference], [0, 0]);
      for (const member of ['received', ...FATES] as const) {
        assert.equal(
          counts[member],
          ofLane.reduce((sum, { objects }) => sum + objects[member], 0),
          `${lane} ${member}`,
        );
      }
    }
    const { status, text } = await workspace.send({
      method: 'GET',
      path: '/v1/conservation',
      headers: { Authorization: `Bearer ${workspace.credentials.adminToken}` },
    });
    assert.equal(status, 200);
    const all = JSON.parse(text) as { readonly holds: boolean; readonly items: readonly Account[] };
    assert.deepEqual([all.holds, all.items.map((each) => each.lanes)], [true, [lanes]]);
  });

  test('law 2: a leak in the log turns readyz degraded without a scrape, then metric and endpoint; mended, all turn back', async () => {
    // What the log counts is changed behind the server's back, as if an object had been lost between log and store.
    const log = new DatabaseSync(join(server.directory, 'intake.db'), { timeout: 5_000 });
    const leak = (objects: number): unknown =>
      log.prepare(`update lanes set objects = objects + ? where lane = 'normal'`).run(objects);
    try {
      leak(3);
      await readiness('degraded');
      assert.equal(metric(await metricsText(), 'inlet_conservation_difference', 'lane="normal"'), 3);
      assert.equal(metric(await metricsText(), 'inlet_conservation_difference', 'lane="high"'), 0);
      assert.equal(metric(await metricsText(), 'inlet_conservation_holds'), 0);
      const { holds, lanes } = await workspace.administer<Account>('GET', '/conservation');
      assert.deepEqual([holds, lanes.normal.difference], [false, 3]);
      leak(-3);
      await readiness('ready');
      assert.equal(metric(await metricsText(), 'inlet_conservation_difference'), 0);
      assert.ok((await workspace.administer<Account>('GET', '/conservation')).holds);
    } finally {
      log.close();
    }
  });

  /** Waits until `/readyz` says so, and asks for nothing else. */
  async function readiness(wanted: 'ready' | 'degraded'): Promise<void> {
    for (const deadline = Date.now() + 60_000; ;) {
      const { status, text } = await workspace.send({ method: 'GET', path: '/readyz' });
      assert.equal(status, 200, 'it accepts and applies all the while');
      if ((JSON.parse(text) as { status: string }).status === wanted) return;
      assert.ok(Date.now() < deadline, `not ${wanted}: ${text}`);
      await sleep(200);
    }
  }

  async function metricsText(): Promise<string> {
    return (await workspace.send({ method: 'GET', path: '/metrics' })).text;
  }

  test('inlet.requests and inlet.failures agree with the requests', async () => {
    const rows = await workspace.sql(
      'select requestId, received, created, updated, stored, deleted, failed, pending from inlet.requests order by requestId',
    );
    const expected = requests.map(
      ({ requestId, objects: { received, created, updated, stored, deleted, failed, pending } }) => [
        requestId,
        received,
        created,
        updated,
        stored,
        deleted,
        failed,
        pending,
      ],
    );
    assert.deepEqual(
      rows,
      expected.toSorted(([left], [right]) => (String(left) < String(right) ? -1 : 1)),
    );
    const failures = await workspace.sql(
      'select requestId, count(*) from inlet.failures group by requestId order by requestId',
    );
    assert.deepEqual(
      failures,
      rows.filter(([, , , , , , failed]) => failed !== 0).map((row) => [row[0], row[6]]),
    );
    const [[unbalanced] = []] = await workspace.sql(
      'select count(*) from inlet.requests where received <> created + updated + stored + deleted + failed + pending',
    );
    assert.equal(unbalanced, 0);
  });

  test('the rows are as many as were created and stored', async () => {
    const total = (kind: string, member: 'created' | 'stored'): number =>
      requests.filter((request) => request.kind === kind).reduce((sum, { objects }) => sum + objects[member], 0);
    const rows = await workspace.sql(
      'select (select count(*) from persons), (select count(*) from items), (select count(*) from load.events)',
    );
    assert.deepEqual(rows, [[total('person', 'created'), total('customObject', 'created'), total('event', 'stored')]]);
  });
});
