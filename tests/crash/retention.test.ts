import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PatientWorkspace } from '../support/crash/patient-workspace.ts';
import { ServerProcess } from '../support/server/server-process.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';

const EVENTS_A_REQUEST = 5;
const ROUNDS_BEFORE_THE_KILL = 60;
const DEADLINE_MS = 60_000;
const OPTIONS = { args: ['--retention', '1s', '--log-level', 'warn'], ownGroup: true };

interface Conservation {
  readonly holds: boolean;
  readonly lanes: { readonly events: { readonly received: number; readonly stored: number } };
}

/** Sends until the server is gone; the ids of the requests that it acknowledged. One more may have reached it. */
async function sendUntilGone(workspace: Workspace): Promise<readonly string[]> {
  const ids: string[] = [];
  const body = JSON.stringify(Array.from({ length: EVENTS_A_REQUEST }, (_, n) => ({ n })));
  for (;;) {
    const answer = await workspace.event('db/tbl', body).catch(() => undefined);
    if (answer === undefined) return ids;
    assert.equal(answer.status, 200);
    ids.push(requestIdOf(answer));
    await sleep(10);
  }
}

async function expired(workspace: Workspace, requestId: string): Promise<void> {
  for (const deadline = Date.now() + DEADLINE_MS; ; await sleep(100)) {
    const { status, text } = await workspace.admin('GET', `/requests/${requestId}`);
    if (status === 410) return;
    assert.equal(status, 200, text);
    assert.ok(Date.now() < deadline, 'requests of before the kill expire after it');
  }
}

test('laws 2 and 3: killed between the cut of the log and the command to the store, nothing is lost or doubled', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'inlet-retention-'));
  try {
    const environment = { INLET_CRASH_POINT: `retention.after-truncate:${ROUNDS_BEFORE_THE_KILL}` };
    let ids: readonly string[];
    {
      await using armed = await ServerProcess.start(directory, { ...OPTIONS, environment });
      ids = await sendUntilGone(new Workspace(armed));
      assert.equal((await armed.exited).signal, 'SIGKILL', 'a round of retention was passed');
      await armed.killBoth();
    }
    await using server = await ServerProcess.start(directory, OPTIONS);
    const workspace = new PatientWorkspace(server);
    for (const id of [ids[0], ids.at(-1)]) await expired(workspace, String(id));
    const conservation = await workspace.administer<Conservation>('GET', '/conservation');
    const { received, stored } = conservation.lanes.events;
    assert.ok(ids.length > 0 && conservation.holds);
    const acknowledged = ids.length * EVENTS_A_REQUEST;
    assert.ok(
      received === acknowledged || received === acknowledged + EVENTS_A_REQUEST,
      `${received} of ${acknowledged}`,
    );
    const rows = await workspace.sql('select count(*) from db.tbl');
    assert.deepEqual([stored, rows], [received, [[received]]]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
