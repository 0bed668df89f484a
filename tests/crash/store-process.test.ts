import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findWrongAnswers } from '../support/crash/ledger.ts';
import { startServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';
import { CrashRun, STORE_ENDED } from './crash-run.ts';

const KILLS = 3;
const BETWEEN_KILLS_MS = 500;

test('law 3: a store process killed under load is started again; nothing is lost, no request refused', async () => {
  await using run = await CrashRun.begin(4, { crews: 2 });
  const stop = new AbortController();
  const load = run.load(stop.signal, 1);
  for (let kill = 0; kill < KILLS;) {
    await sleep(BETWEEN_KILLS_MS);
    if (run.server.killStore()) kill += 1;
  }
  stop.abort();
  await load;
  await run.epilogue();
  assert.deepEqual(findWrongAnswers(run.ledger.requests), []);
  assert.equal(run.ledger.requests.filter(({ outcome }) => outcome === 'unknown').length, 0);
  assert.deepEqual(await run.judge(), []);
  assert.ok(run.server.stderr.split('\n').filter((line) => STORE_ENDED.test(line)).length >= KILLS);
});

test('every thread of the store process yields to the gateway', { skip: process.platform !== 'linux' }, async () => {
  await using server = await startServer('--log-level', 'warn');
  const workspace = new Workspace(server);
  await workspace.decided(await workspace.store('shop/orders', '{"n":1}'));
  assert.deepEqual(await workspace.sql('select n from shop.orders'), [[1]]);
  const [store] = server.childPids;
  assert.ok(store !== undefined);
  const threads = readdirSync(`/proc/${store}/task`);
  const niceness = threads.map((thread) => nicenessOf(`/proc/${store}/task/${thread}/stat`));
  assert.ok(threads.length > 4, `${threads.length} threads`);
  assert.deepEqual(new Set(niceness), new Set([19]));
});

/** From a `stat` file of proc(5): the 19th field, of which the second is a name in brackets. */
function nicenessOf(file: string): number {
  const stat = readFileSync(file, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}
