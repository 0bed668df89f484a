import { openTestApi } from '../../tests/support/http-api.ts';
import type { RequestId } from '#model/words.ts';
import type { ApplierStatus } from '#ports/applying.ts';
import { IntakeError } from '#ports/intake-log.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

const UP: ApplierStatus = { workspaces: [], metrics: '' };

test('readyz is 200 while the gateway accepts and the applier answers', async () => {
  await using api = await openTestApi();
  const { status, json } = await api.call('GET', '/readyz', { token: null });
  assert.deepEqual([status, json], [200, { status: 'ready', reasons: [], pausedWorkspaces: 0 }]);
});

test('readyz is 503 with the reasons when the gateway refuses or no applier answers', async () => {
  const down = { status: async () => Promise.reject(new Error('gone')) };
  await using api = await openTestApi({ http: { applying: down, refusing: () => 'the log failed' } });
  const { status, json } = await api.call('GET', '/readyz');
  assert.equal(status, 503);
  assert.deepEqual(json.reasons, ['the log failed', 'the applier does not answer']);
  assert.equal((await api.call('GET', '/healthz')).status, 200);
});

test('an applier that hangs counts as down, and the answer comes all the same', async () => {
  const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
  await using api = await openTestApi({ http: { clock, applying: { status: () => new Promise(() => undefined) } } });
  assert.equal((await api.call('GET', '/readyz')).status, 503);
  assert.match((await api.call('GET', '/metrics')).text, /^inlet_applier_up\{process="gateway"\} 0$/m);
});

test('a workspace that is paused alone leaves the server ready, and shows without its name (law 7)', async () => {
  await using api = await openTestApi({ http: {} });
  const workspace = api.owner.munchkinId;
  const paused = { workspace, state: 'paused' as const, checkpoint: { high: 0, normal: 0 } as never };
  await using other = await openTestApi({
    http: { applying: { status: async () => ({ ...UP, workspaces: [paused] }) } },
  });
  const { status, json, text } = await other.call('GET', '/readyz');
  assert.deepEqual([status, json.pausedWorkspaces], [200, 1]);
  assert.ok(!text.includes(workspace));
});

test('metrics join both processes, sample the workspaces and check law 2', async () => {
  const store = createMetrics('store');
  store.add('inlet_batches_applied_total', {});
  const storeText = await store.text();
  await using api = await openTestApi({ http: { applying: { status: async () => ({ ...UP, metrics: storeText }) } } });
  const workspace = api.owner.munchkinId;
  await api.log.writer.append({
    workspace,
    lane: 'normal',
    requestId: '01900000-0000-7000-8000-000000000001' as RequestId,
    objects: 3,
    acceptedAt: Date.UTC(2026, 10, 23, 9, 59, 50),
    body: new Uint8Array(10),
    envelope: { kind: 'event', clientId: 'k', database: 'db', table: 'tbl', format: 'json' },
  });
  const { status, headers, text } = await api.call('GET', '/metrics', { token: null });
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  const figure = (name: string): string | undefined =>
    new RegExp(`^${name}\\{(?=[^}]*normal|[^}]*process)[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1];
  assert.equal(/inlet_backlog_entries\{[^}]*lane="normal"[^}]*\} (\d+)/.exec(text)?.[1], '1');
  assert.equal(/inlet_lag_seconds\{[^}]*lane="normal"[^}]*\} (\d+)/.exec(text)?.[1], '10');
  assert.equal(figure('inlet_conservation_difference'), '0');
  assert.equal(figure('inlet_batches_applied_total'), '1');
  assert.match(text, /inlet_durability\{[^}]*class="memory"[^}]*\} 1/);
  assert.match(text, /process_resident_memory_bytes\{process="gateway"\}/);
  assert.match(text, /process_resident_memory_bytes\{process="store"\}/);
});

test('metrics are told although the log has failed (law 9)', async () => {
  const intakeTotals = { totals: () => Promise.reject(new IntakeError('failed', 'gone')) };
  const ledger = { intakeTotals, applying: { status: async () => UP } };
  await using api = await openTestApi({ ledger, http: { applying: ledger.applying } });
  const { status, text } = await api.call('GET', '/metrics');
  assert.equal(status, 200);
  assert.match(text, /^inlet_applier_up\{process="gateway"\} 1$/m);
});
