import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createMemoryControl } from '#engines/memory/control.ts';
import type { QueryJob } from '#model/query-job.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Control } from '#ports/control.ts';
import { QueryError } from '#ports/store-reader.ts';
import type { SqlAnswer, SqlQuery } from '#ports/store-reader.ts';
import { JobRunner } from './job-runner.ts';
import { KeptResults } from './kept-results.ts';
import { LatestWrites } from './latest-writes.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const NEW = { workspace: WORKSPACE, type: 'presto', database: 'web', query: 'select 1' };
const ANSWER: SqlAnswer = { columns: [{ name: 'n', type: 'bigint' }], rows: [[1]], elapsedMs: 1 };
const CLOCK = { now: () => 1_795_000_000_000, monotonic: () => 0, sleep: async () => undefined };

type Sql = (workspace: MunchkinId, query: SqlQuery, signal: AbortSignal) => Promise<SqlAnswer>;

async function newControl(): Promise<Control> {
  const control = createMemoryControl();
  await control.createWorkspace(WORKSPACE, 1);
  return control;
}

function runnerOf(control: Control, sql: Sql, faults: unknown[] = []): JobRunner {
  return new JobRunner({
    control,
    clock: CLOCK,
    reader: { sql },
    latest: new LatestWrites({ decided: async () => undefined }),
    queryTimeoutMs: 1_000,
    onFault: (error) => void faults.push(error),
  });
}

/** Never answers, and fails as a store does when the query is ended. */
const endless: Sql = (_workspace, _query, signal) =>
  new Promise((_resolve, reject) => {
    const end = (): void => reject(new QueryError('unavailable', 'ended'));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });

async function ended(runner: JobRunner, { jobId }: QueryJob): Promise<QueryJob> {
  for (;;) {
    const job = await runner.find(WORKSPACE, jobId);
    if (job?.endedAt !== undefined) return job;
    await new Promise(setImmediate);
  }
}

suite('jobs', () => {
  test('run within their database, succeed, and keep their result', async () => {
    const queries: SqlQuery[] = [];
    await using runner = runnerOf(await newControl(), async (_workspace, query) => {
      queries.push(query);
      return ANSWER;
    });
    const job = await ended(runner, await runner.issue(NEW));
    assert.deepEqual([job.state, job.result?.rows], ['success', 1]);
    assert.deepEqual(runner.result(job), { columns: ANSWER.columns, rows: ANSWER.rows });
    assert.deepEqual(queries, [{ query: 'select 1', database: 'web', timeoutMs: 1_000 }]);
  });

  test('fail with the words of the query’s error, and when a part of the result is missing', async () => {
    await using runner = runnerOf(await newControl(), async (_workspace, { query }) => {
      if (query === 'select 1') throw new QueryError('failed', 'no such table');
      return { ...ANSWER, truncated: true };
    });
    const failed = await ended(runner, await runner.issue(NEW));
    assert.deepEqual([failed.state, failed.fault], ['error', 'no such table']);
    const large = await ended(runner, await runner.issue({ ...NEW, query: 'select 2' }));
    assert.equal(large.state, 'error');
    assert.match(large.fault ?? '', /more than 10,000 rows/);
    assert.equal(runner.result(large), undefined);
  });

  test('law 6: two run at once, the others are queued, and a hundred are too many', async () => {
    await using runner = runnerOf(await newControl(), endless);
    const issued: QueryJob[] = [];
    for (let n = 0; n < 100; n += 1) issued.push(await runner.issue(NEW));
    assert.equal(new Set(issued.map(({ jobId }) => jobId)).size, 100);
    await assert.rejects(runner.issue(NEW), { code: 'td-429' });
    const states = (await runner.list(WORKSPACE, { skip: 0, limit: 1000 })).map(({ state }) => state);
    assert.equal(states.filter((state) => state === 'running').length, 2);
    assert.equal(states.filter((state) => state === 'queued').length, 98);
  });

  test('that are killed stay killed, queued or running, and let the next one run', async () => {
    let isEndless = true;
    await using runner = runnerOf(await newControl(), (...call) =>
      isEndless ? endless(...call) : Promise.resolve(ANSWER),
    );
    const [first, second, third] = [await runner.issue(NEW), await runner.issue(NEW), await runner.issue(NEW)];
    await runner.kill(third);
    assert.equal((await ended(runner, third)).state, 'killed');
    isEndless = false;
    await runner.kill(first);
    await runner.kill(second);
    const fourth = await ended(runner, await runner.issue(NEW));
    assert.equal(fourth.state, 'success');
    assert.equal((await ended(runner, first)).state, 'killed');
  });

  test('that were open when the process ended are errors for the next one', async () => {
    const control = await newControl();
    const job: QueryJob = { ...NEW, jobId: 5, state: 'running', createdAt: CLOCK.now() };
    await control.putQueryJob(job, { jobs: 10, createdFrom: 0 });
    await using runner = runnerOf(control, endless);
    const found = await runner.find(WORKSPACE, 5);
    assert.deepEqual([found?.state, found?.endedAt], ['error', CLOCK.now()]);
    assert.equal((await control.queryJob(WORKSPACE, 5))?.state, 'error');
    assert.ok((await runner.issue(NEW)).jobId > 5);
  });

  test('end as errors when the server makes a mistake, which is told', async () => {
    const faults: unknown[] = [];
    const sql: Sql = () => Promise.reject(new Error('of our own'));
    await using runner = runnerOf(await newControl(), sql, faults);
    const job = await ended(runner, await runner.issue(NEW));
    assert.equal(job.state, 'error');
    assert.doesNotMatch(job.fault ?? '', /of our own/);
    assert.equal(faults.length, 1);
  });

  test('law 7: belong to their workspace', async () => {
    await using runner = runnerOf(await newControl(), async () => ANSWER);
    const { jobId } = await runner.issue(NEW);
    assert.equal(await runner.find('999-XYZ-999' as MunchkinId, jobId), undefined);
  });
});

test('law 6: results make room for newer ones, but for the newest of all', () => {
  const kept = new KeptResults(10);
  const result = { columns: [], rows: [] };
  kept.keep('a', result, 5);
  kept.keep('b', result, 5);
  assert.ok(kept.get('a'));
  kept.keep('c', result, 1);
  assert.deepEqual([kept.get('a'), kept.get('b'), kept.get('c')], [undefined, result, result]);
  kept.keep('d', result, 100);
  assert.deepEqual([kept.get('b'), kept.get('c'), kept.get('d')], [undefined, undefined, result]);
});
