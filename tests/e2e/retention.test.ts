/** Retention of a real server: what is old and finished goes while requests come in, and nothing else does. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { Load } from '../support/server/load.ts';
import { Workspace } from '../support/server/workspace.ts';

const OPTIONS = ['--retention', '2s', '--retry-schedule', '1h', '--log-level', 'warn'];
const DEADLINE_MS = 60_000;

interface Lane {
  readonly received: number;
  readonly pending: number;
  readonly failed: number;
  readonly backlog: number;
}

interface Conservation {
  readonly holds: boolean;
  readonly lanes: Readonly<Record<'high' | 'normal' | 'events', Lane>>;
}

/** Fails after a while; `what` is worded to follow "waited for". */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `waited for ${what}`);
    await sleep(100);
  }
}

suite('retention, without stopping anything', () => {
  let server: InletServer;
  let workspace: Workspace;

  before(async () => {
    server = await startServer(...OPTIONS);
    workspace = new Workspace(server);
    await workspace.administer('PUT', '/custom-objects/cars', {
      fields: [
        { name: 'vin', dataType: 'string' },
        { name: 'email', dataType: 'string' },
      ],
      dedupeFields: ['vin'],
      link: { field: 'email', personField: 'email' },
    });
  });
  after(() => server[Symbol.asyncDispose]());

  async function statusOf(requestId: string): Promise<string> {
    const { status, text } = await workspace.admin('GET', `/requests/${requestId}`);
    const { code, state } = JSON.parse(text) as { code?: string; state?: string };
    return `${status} ${code ?? state}`;
  }

  function expired(requestId: string): Promise<void> {
    return until('410', async () => (await statusOf(requestId)) === '410 request-expired');
  }

  function conservation(): Promise<Conservation> {
    return workspace.administer<Conservation>('GET', '/conservation');
  }

  async function settled(): Promise<Conservation> {
    await until('an empty backlog', async () => {
      const { lanes } = await conservation();
      return Object.values(lanes).every(({ backlog }) => backlog === 0);
    });
    return conservation();
  }

  async function metric(name: string): Promise<number> {
    const { text } = await workspace.send({ method: 'GET', path: '/metrics' });
    return Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  }

  test('a finished request expires; what waits and what failed stays, and is replayed without its entry', async () => {
    const stored = await workspace.store('shop/orders', [{ n: 1 }, { n: 2 }]);
    const failed = await workspace.accept('persons', { persons: [{ email: 'a@shop.example', shoeSize: '44' }] });
    const waits = await workspace.accept('customobjects/cars', {
      customObjects: [{ vin: '1', email: 'late@shop.example' }],
    });
    const received = (await settled()).lanes;
    await Promise.all([expired(stored), expired(failed)]);
    assert.equal(await statusOf(waits), '200 retrying');
    const { holds, lanes } = await conservation();
    assert.ok(holds);
    assert.deepEqual([lanes.events.received, lanes.normal.failed, lanes.normal.pending], [2, 1, 1]);
    assert.equal(lanes.normal.received, received.normal.received);
    assert.deepEqual(await workspace.sql('select count(*) from shop.orders'), [[2]], 'rows are data, and stay');
    const quarantine = await workspace.administer<{ items: readonly { requestId: string }[] }>('GET', '/quarantine');
    assert.deepEqual(
      quarantine.items.map(({ requestId }) => requestId),
      [failed],
    );
    await workspace.administer('PUT', '/person-fields/shoeSize', { dataType: 'string' });
    await workspace.administer('POST', '/quarantine/replay', { filter: {} });
    await until('the replayed person', async () => {
      const [[count] = []] = await workspace.sql(`select count(*) from persons where email = 'a@shop.example'`);
      return count === 1;
    });
    await workspace.accept('persons', { persons: [{ email: 'late@shop.example' }] });
    await until('the object that waited', async () => (await settled()).lanes.normal.pending === 0);
    assert.deepEqual(await workspace.sql('select vin from cars'), [['1']]);
    assert.ok((await conservation()).holds);
  });

  test('requests are accepted and applied while rounds cut log and store, and none is refused or lost', async () => {
    const before = await conservation();
    const rows = async (): Promise<number> => {
      const [row = []] = await workspace.sql(
        `select (select count(*) from load.events) + (select count(*) from persons where email like 'p%@load.example')`,
      );
      return Number(row[0]);
    };
    const cuts = await metric('inlet_log_cut_bytes_total');
    const commands = await metric('inlet_retain_commands_total');
    const load = new Load(workspace);
    let atFirst = 0;
    await until('three rounds under load', async () => {
      const first = load.acknowledged > 0 && atFirst === 0;
      if (first) atFirst = load.acknowledged;
      const isCut = (await metric('inlet_log_cut_bytes_total')) > cuts;
      return isCut && (await metric('inlet_retain_commands_total')) >= commands + 3;
    });
    assert.ok((await rows()) > 0, 'it is applied meanwhile');
    await load.stop();
    assert.deepEqual(load.refusals, []);
    assert.ok(load.acknowledged > atFirst);
    const { holds, lanes } = await settled();
    assert.ok(holds);
    assert.equal(await rows(), load.acknowledged);
    assert.equal(lanes.normal.failed, before.lanes.normal.failed);
  });

  test('the log of an idle server empties, and after a restart nothing comes back', async () => {
    const stored = await workspace.store('shop/orders', { n: 3 });
    await settled();
    await expired(stored);
    const log = new DatabaseSync(join(server.directory, 'intake.db'), { readOnly: true });
    await until('an empty log', async () => Number(log.prepare('select count(*) as n from chunks').get()?.['n']) === 0);
    log.close();
    await server.restart(...OPTIONS);
    assert.equal(await statusOf(stored), '410 request-expired');
    const { holds, lanes } = await settled();
    assert.ok(holds);
    assert.equal(lanes.events.backlog, 0);
    assert.ok(lanes.events.received >= 3);
  });
});
