/**
 * Runs queries as jobs, a few at a time, in the order in which they came.
 * Owns: the queue, what becomes of each job, and the results for as long as they are kept. Never: reads SQL.
 *
 * ```
 *  issue ─► queued ─► running ─┬─► success
 *              └────── kill ───┴─► killed, error      what was open when the server ended: error
 * ```
 */
import { isOpenJob } from '#model/query-job.ts';
import type { QueryJob } from '#model/query-job.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control, JobFilter } from '#ports/control.ts';
import { QueryError } from '#ports/store-reader.ts';
import type { SqlAnswer, StoreReader } from '#ports/store-reader.ts';
import { tdError } from '#protocols/td-rest/errors.ts';
import { formatResult } from '#protocols/td-rest/job-result.ts';
import type { ResultRows } from '#protocols/td-rest/job-result.ts';
import { KeptResults } from './kept-results.ts';
import type { LatestWrites } from './latest-writes.ts';

export interface JobRunnerParts {
  readonly control: Control;
  readonly clock: Clock;
  readonly reader: Pick<StoreReader, 'sql'>;
  readonly latest: LatestWrites;
  readonly queryTimeoutMs: number;
  /** A mistake of our own, or a job whose end could not be written down. */
  readonly onFault: (error: unknown) => void;
}

export type NewJob = Pick<QueryJob, 'workspace' | 'type' | 'database' | 'query'>;

/** All workspaces together: a query takes a thread of the store. */
const MAX_RUNNING = 2;
const MAX_QUEUED = 100;
const MAX_JOBS_KEPT = 1_000;
const JOBS_KEPT_MS = 7 * 24 * 3_600_000;
const MAX_RESULT_BYTES = 64 * 1024 * 1024;

interface OpenJob {
  job: QueryJob;
  readonly ending: AbortController;
}

export class JobRunner implements AsyncDisposable {
  readonly #parts: JobRunnerParts;
  readonly #results = new KeptResults(MAX_RESULT_BYTES);
  readonly #open = new Map<string, OpenJob>();
  readonly #queue: OpenJob[] = [];
  readonly #running = new Set<Promise<void>>();
  #lastJobId = 0;
  #isClosed = false;

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
  }

  /** Resolves once the job is remembered. Rejects with a TdError (429) when too many wait. */
  async issue(given: NewJob): Promise<QueryJob> {
    if (this.#open.size >= MAX_QUEUED) throw tdError('td-429', `${MAX_QUEUED} jobs wait or run already`, 1);
    const createdAt = this.#parts.clock.now();
    // Rises over restarts too, unless the clock is set back by more than the server was away.
    this.#lastJobId = Math.max(this.#lastJobId + 1, createdAt);
    const job: QueryJob = { ...given, jobId: this.#lastJobId, state: 'queued', createdAt };
    const open: OpenJob = { job, ending: new AbortController() };
    this.#open.set(nameOf(job), open);
    try {
      await this.#write(job);
    } catch (error) {
      this.#open.delete(nameOf(job));
      throw error;
    }
    this.#queue.push(open);
    this.#startNext();
    return job;
  }

  async find(workspace: MunchkinId, jobId: number): Promise<QueryJob | undefined> {
    const job = await this.#parts.control.queryJob(workspace, jobId);
    return job && this.#asItIs(job);
  }

  async list(workspace: MunchkinId, filter: JobFilter): Promise<readonly QueryJob[]> {
    const jobs = await this.#parts.control.queryJobs(workspace, filter);
    return Promise.all(jobs.map((job) => this.#asItIs(job)));
  }

  /** Undefined when it is kept no more. */
  result(job: QueryJob): ResultRows | undefined {
    return this.#results.get(nameOf(job));
  }

  /** Ends a job that is open. */
  async kill(job: QueryJob): Promise<void> {
    const open = this.#open.get(nameOf(job));
    if (open === undefined) return;
    open.ending.abort();
    await this.#end(open, { state: 'killed' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const { ending } of this.#open.values()) ending.abort();
    await Promise.all(this.#running);
  }

  // What control holds can be behind: of a job that runs here, and of one that ran in a process that has ended.
  async #asItIs(job: QueryJob): Promise<QueryJob> {
    const here = this.#open.get(nameOf(job));
    if (here !== undefined) return here.job;
    if (!isOpenJob(job)) return job;
    const lost: QueryJob = { ...job, state: 'error', endedAt: this.#parts.clock.now(), fault: LOST };
    await this.#write(lost);
    return lost;
  }

  #startNext(): void {
    if (this.#running.size >= MAX_RUNNING || this.#isClosed) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    const run = this.#run(next)
      .catch((error: unknown) => this.#parts.onFault(error))
      .finally(() => {
        this.#running.delete(run);
        this.#startNext();
      });
    this.#running.add(run);
  }

  async #run(open: OpenJob): Promise<void> {
    if (open.ending.signal.aborted) return;
    open.job = { ...open.job, state: 'running', startedAt: this.#parts.clock.now() };
    await this.#write(open.job);
    await this.#end(open, await this.#outcome(open));
  }

  async #outcome({ job, ending }: OpenJob): Promise<Pick<QueryJob, 'state' | 'fault' | 'result'>> {
    const { latest, reader, queryTimeoutMs } = this.#parts;
    const { workspace, database, query } = job;
    try {
      await latest.applied(workspace, AbortSignal.any([ending.signal, AbortSignal.timeout(queryTimeoutMs)]));
      const answer = await reader.sql(workspace, { query, database, timeoutMs: queryTimeoutMs }, ending.signal);
      return this.#kept(job, answer);
    } catch (error) {
      if (error instanceof QueryError) return { state: 'error', fault: error.message };
      if (error instanceof DOMException) return { state: 'error', fault: NOT_APPLIED };
      this.#parts.onFault(error);
      return { state: 'error', fault: MISTAKE };
    }
  }

  // A part of a result would pass for all of it.
  #kept(job: QueryJob, { columns, rows, truncated }: SqlAnswer): Pick<QueryJob, 'state' | 'fault' | 'result'> {
    if (truncated === true) return { state: 'error', fault: TOO_LARGE };
    const result = { columns, rows };
    const { bytes } = formatResult(result, 'msgpack.gz', false);
    this.#results.keep(nameOf(job), result, JSON.stringify(rows).length);
    return { state: 'success', result: { columns, rows: rows.length, bytes: bytes.length } };
  }

  // The first end counts: a job that was killed stays killed.
  async #end(open: OpenJob, outcome: Pick<QueryJob, 'state' | 'fault' | 'result'>): Promise<void> {
    if (!isOpenJob(open.job)) return;
    open.job = { ...open.job, ...outcome, endedAt: this.#parts.clock.now() };
    try {
      await this.#write(open.job);
    } finally {
      this.#open.delete(nameOf(open.job));
    }
  }

  #write(job: QueryJob): Promise<void> {
    const keep = { jobs: MAX_JOBS_KEPT, createdFrom: this.#parts.clock.now() - JOBS_KEPT_MS };
    return this.#parts.control.putQueryJob(job, keep);
  }
}

const LOST = 'The server ended while the job was open; issue it again.';
const NOT_APPLIED = 'The imports before it were not applied in time; issue it again.';
const MISTAKE = 'A mistake of the server; its log says which.';
const TOO_LARGE = 'The result has more than 10,000 rows or 16 MB; narrow the query, or add LIMIT.';

function nameOf({ workspace, jobId }: Pick<QueryJob, 'workspace' | 'jobId'>): string {
  return `${workspace}/${jobId}`;
}
