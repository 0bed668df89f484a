/** Someone else's data in the same server, which nothing that others send may change; and the server's own health. */
import assert from 'node:assert/strict';
import type { Answer } from './http.ts';
import type { Workspace } from './workspace.ts';

const PERSONS = "select * from persons where email like '%@bystander.example' order by email";

export class Bystander {
  readonly #workspace: Workspace;
  readonly #persons: unknown;
  readonly #events: unknown;

  private constructor(workspace: Workspace, persons: unknown, events: unknown) {
    this.#workspace = workspace;
    this.#persons = persons;
    this.#events = events;
  }

  /** Stores its data in a workspace. */
  static async enter(workspace: Workspace): Promise<Bystander> {
    await workspace.accept('persons', { persons: [{ email: 'ada@bystander.example', firstName: 'Ada' }] });
    for (let n = 0; n < 10; n += 1) await workspace.store('bystander/events', { n });
    await workspace.decided(await workspace.accept('persons', { persons: [{ email: 'bob@bystander.example' }] }));
    return new Bystander(workspace, await workspace.sql(PERSONS), await workspace.events('bystander/events'));
  }

  /** Its data is as it was, and more of it is taken and seen in every lane. */
  async assertUnchanged(): Promise<void> {
    const workspace = this.#workspace;
    assert.deepEqual(await workspace.sql(PERSONS), this.#persons);
    assert.deepEqual(await workspace.events('bystander/events'), this.#events);
    for (const priority of ['high', 'normal']) {
      const id = await workspace.accept('persons', { priority, persons: [{ email: `${priority}@lanes.example` }] });
      const { objects, state } = await workspace.decided(id);
      assert.deepEqual([objects.created, state], [1, 'done'], `the lane ${priority} goes on`);
    }
    const after = await workspace.store('bystander/lanes', { n: 1 });
    assert.deepEqual(await workspace.sql('select n from bystander.lanes', { after }), [[1]], 'events go on');
  }
}

/** The server is ready, made no mistake of its own, and its store process never had to be restarted. */
export async function assertHealthy(workspace: Workspace): Promise<void> {
  for (const path of ['/healthz', '/readyz']) {
    const { status, text } = await workspace.send({ method: 'GET', path });
    assert.equal(status, 200, `${path}: ${text}`);
  }
  const metrics = await metricLines(workspace);
  for (const name of ['inlet_internal_faults_total', 'inlet_store_restarts_total', 'inlet_log_failed']) {
    const samples = metrics.filter((line) => line.startsWith(`${name}{`) && !line.endsWith(' 0'));
    assert.deepEqual(samples, []);
  }
  assertNoDifference(metrics);
}

/** Law 2, as the server checks it itself. */
export async function assertConserved(workspace: Workspace): Promise<void> {
  assertNoDifference(await metricLines(workspace));
}

async function metricLines(workspace: Workspace): Promise<readonly string[]> {
  return (await workspace.send({ method: 'GET', path: '/metrics' })).text.split('\n');
}

function assertNoDifference(metrics: readonly string[]): void {
  const differences = metrics.filter((line) => line.startsWith('inlet_conservation_difference{'));
  assert.ok(differences.length > 0);
  for (const line of differences) assert.ok(line.endsWith(' 0'), line);
}

/** An answer that shows nothing of the server's inside. */
export function assertTells(answer: Answer): Answer {
  assert.doesNotMatch(answer.text, /\.ts:\d|node:internal|\bat \S+ \(|node_modules|\/tmp\//);
  assert.notEqual(answer.status, 500, answer.text);
  return answer;
}
