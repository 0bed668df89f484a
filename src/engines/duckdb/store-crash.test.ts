import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CRASH_POINTS } from '#kit/crash-point.ts';
import { ALPHA, NOON, readEvents, requestId } from '../../../tests/exams/store-subject.ts';
import { duckDbSubject, withDirectory } from './store.fixture.ts';

const FIXTURE = fileURLToPath(new URL('store-crash.fixture.ts', import.meta.url));
const POINTS = CRASH_POINTS.filter((point) => point.startsWith('store.'));

/** Numbers of the batches whose commit was seen before the process died. */
function runUntilKilled(directory: string, crashPoint: string): number[] {
  const env = { ...process.env, INLET_CRASH_POINT: crashPoint };
  const { signal, stdout, stderr } = spawnSync(process.execPath, [FIXTURE, directory], { env, encoding: 'utf8' });
  assert.equal(signal, 'SIGKILL', stderr);
  return stdout.trim().split('\n').filter(Boolean).map(Number);
}

for (const point of POINTS) {
  test(`killed at ${point}, the store holds whole batches and all that were committed (law 3)`, async () => {
    await withDirectory(async (directory) => {
      let seen = 0;
      for (const crash of [`${point}:2`, `${point}:3`, '']) {
        seen = Math.max(seen, ...runUntilKilled(directory, crash));
        await using subject = duckDbSubject(directory);
        const { normal } = await subject.store.checkpoint(ALPHA);
        assert.ok(normal >= seen, `batch ${seen} was committed, the checkpoint is ${normal}`);
        const values = (await readEvents(subject)).map((event) => Number((event as { v: unknown }).v));
        assert.deepEqual(
          values,
          Array.from({ length: normal }, (_, at) => at + 1),
        );
        assert.equal((await subject.objects(ALPHA, 'persons')).length, normal + 1);
        const page = await subject.reader.journal(ALPHA, { after: 0, limit: 99, maxBytes: 9_999 });
        const kept = [normal - 1, normal].filter((n) => n > 0);
        assert.deepEqual(
          page.events.map(({ ordinal }) => ordinal),
          kept,
        );
        const history = await subject.reader.fates(ALPHA, { of: { type: 'persons', identity: 1 }, limit: 99 });
        assert.deepEqual(
          history.map(({ requestId: id, outcome }) => [id, outcome]),
          kept.map((n) => [requestId(n), n === 1 ? 'created' : 'updated']),
        );
        assert.equal(await subject.reader.retainedFrom(ALPHA), NOON + normal - 1);
        assert.equal((await subject.reader.totals(ALPHA)).received, normal * 3);
        assert.equal((await subject.reader.eventTables(ALPHA)).length, normal + 1);
        assert.equal((await subject.store.waiting(ALPHA)).objects, normal + 1);
        const tried = (await subject.reader.waiting(ALPHA, { limit: 99 })).map(({ attempts }) => attempts);
        assert.equal(tried.filter((attempts) => attempts === 2).length, normal - 1);
      }
    });
  });
}
