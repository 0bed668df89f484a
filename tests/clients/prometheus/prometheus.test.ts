/** Prometheus's own promtool on what the server tells, and on the rules and the dashboard that come with it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { METRICS, createMetrics } from '#telemetry/metrics.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import { startServer } from '../../support/server/inlet-server.ts';
import { Workspace } from '../../support/server/workspace.ts';
import { dashboardQueries, filledIn, RULES, ruleQueries, unknownIn } from './queries.ts';

const promtool = spawnSync('promtool', ['--version']);
const skip = promtool.error === undefined ? false : 'promtool is not installed (Debian package prometheus)';

interface Verdict {
  readonly status: number | null;
  readonly said: string;
}

function run(args: readonly string[], input: string = ''): Verdict {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

function checkMetrics(text: string): Verdict {
  return run(['check', 'metrics'], text);
}

/** Every metric of the catalogue, counted once. */
async function wholeCatalogue(): Promise<string> {
  const metrics = createMetrics('gateway');
  for (const [name, { type, labels }] of Object.entries(METRICS)) {
    const values = Object.fromEntries(labels.map((label) => [label, 'x']));
    const method = ({ counter: 'add', gauge: 'set', histogram: 'observe' } as const)[type];
    // The catalogue says what each metric takes, which the compiler cannot follow through a loop.
    (metrics[method] as (name: string, labels: object, value: number) => void)(name, values, 1);
  }
  return metrics.text();
}

/** Names beside the catalogue: what every Node process counts. */
async function otherNames(metrics: Metrics): Promise<ReadonlySet<string>> {
  const text = await metrics.text();
  return new Set([...text.matchAll(/^# TYPE (\S+) \S+$/gm)].map((found) => found[1] as string));
}

suite('promtool', { skip }, () => {
  test('finds a badly named metric when there is one', () => {
    const bad = '# HELP inlet_things_total Things\n# TYPE inlet_things_total gauge\ninlet_things_total 1\n';
    const { status, said } = checkMetrics(bad);
    assert.notEqual(status, 0);
    assert.match(said, /inlet_things_total/);
  });

  test('has nothing to say of the whole catalogue', async () => {
    const text = await wholeCatalogue();
    for (const name of Object.keys(METRICS)) assert.ok(text.includes(`# TYPE ${name} `), name);
    assert.deepEqual(checkMetrics(text), { status: 0, said: '' });
  });

  test('has nothing to say of a server after a mixed load', async () => {
    await using server = await startServer('--log-level', 'warn');
    const workspace = new Workspace(server);
    await workspace.store('shop/orders', [{ n: 1 }, { n: 2 }]);
    const persons = [{ email: 'a@shop.example' }, { email: 'b@shop.example', leadScore: 14.1 }];
    await workspace.decided(await workspace.accept('persons', { priority: 'high', persons }));
    await workspace.ingest('persons', 'no JSON');
    const { text } = await workspace.send({ method: 'GET', path: '/metrics' });
    for (const name of ['inlet_fates_total', 'inlet_object_failures_total', 'inlet_requests_refused_total'])
      assert.ok(text.includes(`# TYPE ${name} counter`), name);
    assert.deepEqual(checkMetrics(text), { status: 0, said: '' });
  });

  test('takes the rules, and its alerts fire when they should', () => {
    const rules = run(['check', 'rules', RULES]);
    assert.equal(rules.status, 0, rules.said);
    assert.match(rules.said, /SUCCESS: 14 rules found/);
    const fired = run(['test', 'rules', join(import.meta.dirname, 'rules.test.yml')]);
    assert.equal(fired.status, 0, fired.said);
  });

  test("takes every query of the dashboard's panels", () => {
    const directory = mkdtempSync(join(tmpdir(), 'inlet-queries-'));
    try {
      const file = join(directory, 'queries.yml');
      const check = (queries: readonly string[]): Verdict => {
        const rules = queries.map((expr, at) => ({ record: `query:number_${at}`, expr }));
        // JSON is YAML.
        writeFileSync(file, JSON.stringify({ groups: [{ name: 'queries', rules }] }));
        return run(['check', 'rules', file]);
      };
      assert.notEqual(check(['sum(rate(inlet_requests_total[5m])']).status, 0, 'a bracket is missing');
      const queries = dashboardQueries().map(({ expr }) => filledIn(expr));
      assert.ok(queries.length > 30);
      const { status, said } = check(queries);
      assert.equal(status, 0, said);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

suite('what dashboard and rules ask for', () => {
  test('is counted by the server, under these labels', async () => {
    const others = await otherNames(createMetrics('gateway'));
    const queries = [...dashboardQueries(), ...ruleQueries()];
    assert.deepEqual(
      queries.flatMap((query) => unknownIn(query, others)),
      [],
    );
  });

  test('is found wanting when a name or a label is wrong', () => {
    const faultsOf = (expr: string, ...shown: string[]): number =>
      unknownIn({ where: 'panel', expr, shown }, new Set(['process_cpu_seconds_total'])).length;
    assert.equal(faultsOf('sum by (lane) (inlet_backlog_entries{workspace=~".*"})', 'lane'), 0);
    assert.equal(faultsOf('rate(process_cpu_seconds_total[5m])'), 0);
    assert.equal(faultsOf('sum(inlet_backlog_entires)'), 1);
    assert.equal(faultsOf('sum by (line) (inlet_backlog_entries)'), 1);
    assert.equal(faultsOf('inlet_backlog_entries{kind="x"}'), 1);
    assert.equal(faultsOf('inlet_backlog_entries', 'protocol'), 1);
    assert.equal(faultsOf('rate(inlet_append_seconds[5m])'), 1, 'a histogram has no such series');
    assert.equal(faultsOf('1'), 1);
  });

  test('is in each rule', () => {
    const rules = ruleQueries();
    assert.equal(rules.length, 14);
    for (const { where, expr } of rules) assert.ok(expr !== '', where);
  });
});
