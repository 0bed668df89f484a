import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { InletServer } from '../support/inlet-server.ts';

const EVENTS_A_REQUEST = 5;
const ROUNDS_BEFORE_THE_KILL = 60;
const DEADLINE_MS = 60_000;
const args = ['--retention', '1s', '--log-level', 'warn'];

/** Sends until the server is gone; the ids of the requests that it acknowledged. One more may have reached it. */
async function sendUntilGone({ api }: InletServer): Promise<readonly string[]> {
  const ids: string[] = [];
  const body = JSON.stringify(Array.from({ length: EVENTS_A_REQUEST }, (_, n) => ({ n })));
  const headers = { 'content-type': 'application/json', 'x-td-write-key': api.credentials.writeKey };
  const url = `${api.credentials.url}/postback/v3/event/db/tbl`;
  for (;;) {
    const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
    if (answer === undefined) return ids;
    assert.equal(answer.status, 200);
    ids.push(String(answer.headers.get('x-request-id')));
    await sleep(10);
  }
}

test('laws 2 and 3: killed between the cut of the log and the command to the store, nothing is lost or doubled', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'inlet-retention-'));
  try {
    const environment = { INLET_CRASH_POINT: `retention.after-truncate:${ROUNDS_BEFORE_THE_KILL}` };
    let ids: readonly string[];
    {
      await using armed = await InletServer.start(directory, { args, environment });
      ids = await sendUntilGone(armed);
      assert.equal((await armed.exited).signal, 'SIGKILL', 'a round of retention was passed');
      await armed.killGroup();
    }
    await using server = await InletServer.start(directory, { args });
    const deadline = Date.now() + DEADLINE_MS;
    for (const id of [ids[0], ids.at(-1)]) {
      const expected = [200, 410];
      while ((await server.api.workspace(`/requests/${id}`, { expected })).status !== 410) {
        assert.ok(Date.now() < deadline, 'requests of before the kill expire after it');
        await sleep(100);
      }
    }
    const conservation = (await (await server.api.workspace('/conservation')).json()) as {
      readonly holds: boolean;
      readonly lanes: { readonly events: { readonly received: number; readonly stored: number } };
    };
    const { received, stored } = conservation.lanes.events;
    assert.ok(ids.length > 0 && conservation.holds);
    const acknowledged = ids.length * EVENTS_A_REQUEST;
    assert.ok(
      received === acknowledged || received === acknowledged + EVENTS_A_REQUEST,
      `${received} of ${acknowledged}`,
    );
    const sql = { method: 'POST', body: JSON.stringify({ query: 'select count(*) from db.tbl' }) };
    const { rows } = (await (await server.api.workspace('/sql', sql)).json()) as { readonly rows: unknown };
    assert.deepEqual([stored, rows], [received, [[received]]]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
