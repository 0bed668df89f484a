import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findWrongAnswers } from '../support/crash/ledger.ts';
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
