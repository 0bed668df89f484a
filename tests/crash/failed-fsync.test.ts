import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFiles } from '../../src/data-files.ts';
import { findWrongAnswers } from '../support/crash/ledger.ts';
import { readMetrics } from '../support/crash/read-back.ts';
import type { InletApi } from '../support/inlet-api.ts';
import { Tracer, whyNoStrace } from '../support/strace.ts';
import { CrashRun } from './crash-run.ts';

const skip = whyNoStrace();
/** Only the next sync of the log fails; the disk is well again at once. */
const ONE_FAILED_SYNC = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=1'];

async function assertRefusing(api: InletApi): Promise<void> {
  const event = await api.postEvent('crash/t0', { never: 'stored' });
  assert.equal(event.status, 503);
  assert.ok(Number(event.headers.get('retry-after')) > 0);
  assert.match(((await event.json()) as { message: string }).message, /log has failed/);
  const { url, munchkinId } = api.credentials;
  const person = await fetch(`${url}/subscriptions/${munchkinId}/persons`, {
    method: 'POST',
    headers: { 'x-mkto-user-token': await api.accessToken(), 'content-type': 'application/json' },
    body: '{"persons":[{"email":"never@example.com"}]}',
  });
  assert.equal(person.status, 503);
  assert.equal(((await person.json()) as { error_code: string }).error_code, '5030801');
  const ready = await api.fetch('/readyz');
  assert.equal(ready.status, 503);
  assert.match(await ready.text(), /log has failed/);
  const metrics = readMetrics(await (await api.fetch('/metrics')).text());
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
    const line = await server.logged(/^the intake log failed/u);
    assert.equal(line.level, 'fatal');
    await assertRefusing(server.api);
    const injected = await tracer.finish();
    assert.equal(injected.filter(({ result }) => result === -1).length, 1);
    await assertRefusing(server.api);
    stop.abort();
    await load;
    await server.stop();
    await run.start();
    await run.epilogue();
    assert.deepEqual(findWrongAnswers(run.ledger.requests), []);
    assert.deepEqual(await run.judge(), []);
  },
);
