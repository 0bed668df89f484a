import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerProcess } from '../support/server/server-process.ts';
import { CrashRun } from './crash-run.ts';

/** A supervisor's patience. */
const STOP_DEADLINE_MS = 10_000;

test('SIGTERM with many requests in flight: exits with 0 in time, and all that was acknowledged is there', async () => {
  await using run = await CrashRun.begin(5, { crews: 8 });
  const load = run.load(new AbortController().signal, 0);
  await sleep(700);
  const exit = await Promise.race([run.server.stop(), sleep(STOP_DEADLINE_MS, 'too late', { ref: false })]);
  await load;
  assert.deepEqual(exit, { code: 0, signal: null }, run.server.stderr);
  await run.start();
  await run.epilogue();
  assert.deepEqual(await run.judge(), []);
});

test('a second server on a data directory is refused with the reason, and harms nothing', async () => {
  await using run = await CrashRun.begin(6);
  await using second = new ServerProcess(run.directory, { ownGroup: true });
  assert.equal((await second.exited).code, 1);
  await second.closed;
  const said = `The data directory ${run.directory} is in use by process ${run.server.pid}`;
  assert.ok(second.stderr.includes(said), second.stderr);
  await run.epilogue();
  assert.deepEqual(await run.judge(), []);
});
