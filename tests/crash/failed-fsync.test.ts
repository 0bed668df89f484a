import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFiles } from '../../src/data-files.ts';
import { findWrongAnswers } from '../support/crash/ledger.ts';
import { readMetrics } from '../support/crash/read-back.ts';
import type { Workspace } from '../support/server/workspace.ts';
import { Tracer, whyNoStrace } from '../support/strace.ts';
import { CrashRun } from './crash-run.ts';

const skip = whyNoStrace();
/** Only the next sync of the log fails; the disk is well again at once. */
const ONE_FAILED_SYNC = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=1'];

async function assertRefusing(workspace: Workspace): Promise<void> {
  const event = await workspace.event('crash/t0', '{"never":"stored"}');
  assert.equal(event.status, 503);
  assert.ok(Number(event.headers['retry-after']) > 0);
  assert.match((JSON.parse(event.text) as { message: string }).message, /log has failed/);
  const person = await workspace.ingest('persons', { persons: [{ email: 'never@example.com' }] });
  assert.equal(person.status, 503);
  assert.equal((JSON.parse(person.text) as { error_code: string }).error_code, '5030801');
  const ready = await workspace.send({ method: 'GET', path: '/readyz' });
  assert.equal(ready.status, 503);
  assert.match(ready.text, /log has failed/);
  const metrics = readMetrics((await workspace.send({ method: 'GET', path: '/metrics' })).text);
  assert.equal(metrics.find(({ name }) => name === 'inlet_log_failed')?.value, 1);
}

test(
  'law 9: after one failed fsync nothing is acknowledged, the server says so, and a restart has all',
  { skip },
  async () => {
    await using run = await CrashRun.begin(9);
    const { server } = run;
    const stop = new AbortController();
    const load = run.load(stop.signal, 2, [503]);
    const wal = `${dataFiles(run.directory).intake}-wal`;
    await using tracer = await Tracer.attach(server.pid, ['-P', wal, ...ONE_FAILED_SYNC]);
    const line = await server.logged(/"msg":"the intake log failed/u);
    assert.equal((JSON.parse(line) as { level: string }).level, 'fatal');
    await assertRefusing(run.workspace);
    const injected = await tracer.finish();
    assert.equal(injected.filter(({ result }) => result === -1).length, 1);
    await assertRefusing(run.workspace);
    stop.abort();
    await load;
    await server.stop();
    await run.start();
    await run.epilogue();
    assert.deepEqual(findWrongAnswers(run.ledger.requests), []);
    assert.deepEqual(await run.judge(), []);
  },
);
