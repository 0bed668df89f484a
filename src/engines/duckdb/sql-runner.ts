/**
 * SQL for users: runs one checked, read-only statement within limits of memory, time, rows and number at once.
 * Owns: slots, deadlines, the memory watch and what happens to a query that does not end. Never: opens a store.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { abortedError, memoryError, timeoutError, toQueryError } from './query-errors.ts';
import { QueryExecution } from './query-execution.ts';
import type { AnswerLimits, Rows } from './query-rows.ts';
import { QuerySlots } from './query-slots.ts';
import { MemoryWatch } from './query-watch.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { QueryError, SqlAnswer, SqlQuery } from '#ports/store-reader.ts';

export interface SqlRunnerOptions {
  /**
   * A fresh connection to the workspace's instance, which the runner closes. The instance must have external access
   * off, its time zone UTC, and its configuration locked but for `allowed_configs = ['streaming_buffer_size']`: the
   * sandbox is the first wall, not the only one.
   */
  readonly connect: (workspace: MunchkinId) => Promise<DuckDBConnection>;
  readonly clock: Clock;
  /** What all queries of a workspace may hold together: less than the instance's limit, to leave the applier room. */
  readonly memoryBytes: number;
  /**
   * A query of this workspace goes on although it was ended, and may for ever: its slot and its thread are lost.
   * Only a restart of the process helps, which loses nothing (law 3). Called once per such query.
   */
  readonly onStuck: (workspace: MunchkinId) => void;
  /** At once, over all workspaces; each takes a thread of libuv's pool. 2 unless given. */
  readonly running?: number;
  /** Beyond them; more are refused. 32 unless given. */
  readonly waiting?: number;
  /** How long a query may go on after it was ended. 10,000 ms unless given. */
  readonly stuckGraceMs?: number;
  /** 10,000 rows and 16 MB unless given. */
  readonly answerLimits?: AnswerLimits;
}

export interface SqlRunner {
  /** The `sql` of the port StoreReader; see there. */
  run(workspace: MunchkinId, query: SqlQuery, signal: AbortSignal): Promise<SqlAnswer>;
}

const DEFAULT_RUNNING = 2;
const DEFAULT_WAITING = 32;
const DEFAULT_GRACE_MS = 10_000;
const DEFAULT_LIMITS: AnswerLimits = { rows: 10_000, bytes: 16_000_000 };
const INTERRUPT_PERIOD_MS = 20;

export function createSqlRunner(options: SqlRunnerOptions): SqlRunner {
  const runner = new Runner(options);
  return { run: (workspace, query, signal) => runner.run(workspace, query, signal) };
}

class Runner {
  readonly #options: SqlRunnerOptions;
  readonly #slots: QuerySlots;
  readonly #watch: MemoryWatch;

  constructor(options: SqlRunnerOptions) {
    this.#options = options;
    this.#slots = new QuerySlots({
      running: options.running ?? DEFAULT_RUNNING,
      waiting: options.waiting ?? DEFAULT_WAITING,
    });
    this.#watch = new MemoryWatch(options);
  }

  async run(workspace: MunchkinId, query: SqlQuery, signal: AbortSignal): Promise<SqlAnswer> {
    const { clock, memoryBytes } = this.#options;
    const startedAt = clock.monotonic();
    using deadline = new Deadline(clock, query.timeoutMs, signal);
    try {
      const rows = await this.#runInSlot(workspace, query, deadline);
      return { ...rows, elapsedMs: Math.round(clock.monotonic() - startedAt) };
    } catch (error) {
      throw toQueryError(error, memoryBytes);
    }
  }

  async #runInSlot(workspace: MunchkinId, query: SqlQuery, deadline: Deadline): Promise<Rows> {
    const slot = await this.#slots.take(deadline.signal);
    const lost = Promise.withResolvers<never>();
    const work = this.#execute(workspace, query, { deadline, lost: lost.reject });
    // The slot is held until the engine lets go, which can be after the answer.
    void work.catch(() => undefined).finally(() => slot[Symbol.dispose]());
    return Promise.race([work, lost.promise]);
  }

  async #execute(
    workspace: MunchkinId,
    query: SqlQuery,
    { deadline, lost }: { deadline: Deadline; lost: (reason: QueryError) => void },
  ): Promise<Rows> {
    using execution = new QueryExecution(
      await this.#options.connect(workspace),
      this.#options.answerLimits ?? DEFAULT_LIMITS,
    );
    using ending = new Ending(execution, this.#options, (reason) => {
      this.#options.onStuck(workspace);
      lost(reason);
    });
    await using _watch = await this.#watch.watch(workspace, {
      exceeded: () => ending.begin(memoryError(this.#options.memoryBytes)),
      escaped: () => ending.giveUp(),
    });
    using _deadline = deadline.onEnd((reason) => ending.begin(reason));
    return await execution.run(query);
  }
}

/** The end of a query's time, or of its asker's patience. */
class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #done = new AbortController();

  constructor(clock: Clock, timeoutMs: number, outer: AbortSignal) {
    const ended = new AbortController();
    this.signal = ended.signal;
    const abort = (): void => ended.abort(abortedError());
    if (outer.aborted) abort();
    outer.addEventListener('abort', abort, { once: true, signal: this.#done.signal });
    clock.sleep(timeoutMs, this.#done.signal).then(
      () => ended.abort(timeoutError(timeoutMs)),
      () => undefined,
    );
  }

  /** Calls back at the end, or at once when it has come. */
  onEnd(callback: (reason: QueryError) => void): Disposable {
    const call = (): void => callback(this.signal.reason as QueryError);
    if (this.signal.aborted) call();
    else this.signal.addEventListener('abort', call, { once: true });
    return { [Symbol.dispose]: () => this.signal.removeEventListener('abort', call) };
  }

  [Symbol.dispose](): void {
    this.#done.abort();
  }
}

/** Interrupts a query until it ends; gives it up when it does not. */
class Ending implements Disposable {
  readonly #execution: QueryExecution;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #stuck: (reason: QueryError) => void;
  readonly #settled = new AbortController();
  #begun = false;
  #givenUp = false;

  constructor(execution: QueryExecution, options: SqlRunnerOptions, stuck: (reason: QueryError) => void) {
    this.#execution = execution;
    this.#clock = options.clock;
    this.#graceMs = options.stuckGraceMs ?? DEFAULT_GRACE_MS;
    this.#stuck = stuck;
  }

  begin(reason: QueryError): void {
    this.#execution.end(reason);
    if (this.#begun) return;
    this.#begun = true;
    void this.#insist(reason);
  }

  giveUp(): void {
    const reason = this.#execution.ended;
    if (reason === undefined || this.#givenUp) return;
    this.#givenUp = true;
    this.#stuck(reason);
  }

  [Symbol.dispose](): void {
    this.#settled.abort();
  }

  async #insist(reason: QueryError): Promise<void> {
    const { signal } = this.#settled;
    const begunAt = this.#clock.monotonic();
    while (!signal.aborted) {
      await this.#clock.sleep(INTERRUPT_PERIOD_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      this.#execution.end(reason);
      if (this.#clock.monotonic() - begunAt > this.#graceMs) this.giveUp();
    }
  }
}
