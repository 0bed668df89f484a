/**
 * The memory watch: samples an instance's memory from outside while queries run, and ends the one that holds too much.
 * Owns: its own connection to each instance in use, and the pace of sampling. Never: runs while no query does.
 */
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { QueryMemoryLedger } from './query-memory.ts';
import type { MemorySample } from './query-memory.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';

/** A running query, as the watch sees it. */
export interface WatchedQuery {
  /** Ends the query because of the memory that it holds. Called again while it goes on. */
  exceeded(): void;
  /** The query was told to end, has not, and takes ever more: the process is in danger. */
  escaped(): void;
}

export interface MemoryWatchOptions {
  readonly connect: (workspace: MunchkinId) => Promise<DuckDBConnection>;
  readonly clock: Clock;
  readonly memoryBytes: number;
}

// A query can fill a gigabyte in a second; ten milliseconds let it overshoot by as many megabytes.
const SAMPLE_PERIOD_MS = 10;

// Cached pages are given back on demand, and a table in memory is the store's: neither is a query's.
const SAMPLE_SQL = `
  select (coalesce(sum(memory_usage_bytes) filter (where tag not in (
      'BASE_TABLE', 'METADATA', 'IN_MEMORY_TABLE', 'ART_INDEX', 'TRANSACTION', 'OBJECT_CACHE', 'EXTERNAL_FILE_CACHE'
    )), 0))::double, coalesce(sum(memory_usage_bytes), 0)::double
  from duckdb_memory()`;

interface Post {
  readonly patrol: Promise<Patrol>;
  users: number;
}

export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  readonly #posts = new Map<MunchkinId, Post>();

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  /** Watches a query until the result is disposed of. Resolves once the memory before it is known. */
  async watch(workspace: MunchkinId, query: WatchedQuery): Promise<AsyncDisposable> {
    const post = this.#enter(workspace);
    try {
      const patrol = await post.patrol;
      patrol.add(query);
      return { [Symbol.asyncDispose]: () => this.#leave(workspace, post, query) };
    } catch (error) {
      this.#forget(workspace, post);
      throw error;
    }
  }

  // Counted before anything is awaited, so that the last query to leave does not close what another just entered.
  #enter(workspace: MunchkinId): Post {
    const post = this.#posts.get(workspace) ?? { patrol: Patrol.open(workspace, this.#options), users: 0 };
    post.users += 1;
    this.#posts.set(workspace, post);
    return post;
  }

  /** True when nobody is left there. */
  #forget(workspace: MunchkinId, post: Post): boolean {
    post.users -= 1;
    if (post.users > 0) return false;
    this.#posts.delete(workspace);
    return true;
  }

  async #leave(workspace: MunchkinId, post: Post, query: WatchedQuery): Promise<void> {
    const patrol = await post.patrol;
    patrol.remove(query);
    if (this.#forget(workspace, post)) await patrol[Symbol.asyncDispose]();
  }
}

/** The watch over one instance, from the first of its queries to the last. */
class Patrol implements AsyncDisposable {
  readonly #connection: DuckDBConnection;
  readonly #statement: DuckDBPreparedStatement;
  readonly #options: MemoryWatchOptions;
  readonly #ledger: QueryMemoryLedger<WatchedQuery>;
  readonly #stopping = new AbortController();
  readonly #walk: Promise<void>;
  #ended: WatchedQuery | undefined;

  static async open(workspace: MunchkinId, options: MemoryWatchOptions): Promise<Patrol> {
    const connection = await options.connect(workspace);
    try {
      const statement = await connection.prepare(SAMPLE_SQL);
      return new Patrol(connection, statement, await takeSample(statement), options);
    } catch (error) {
      connection.closeSync();
      throw error;
    }
  }

  private constructor(
    connection: DuckDBConnection,
    statement: DuckDBPreparedStatement,
    first: MemorySample,
    options: MemoryWatchOptions,
  ) {
    this.#connection = connection;
    this.#statement = statement;
    this.#options = options;
    this.#ledger = new QueryMemoryLedger(first);
    this.#walk = this.#run();
  }

  add(query: WatchedQuery): void {
    this.#ledger.start(query);
  }

  remove(query: WatchedQuery): void {
    this.#ledger.finish(query);
    if (this.#ended === query) this.#ended = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#walk;
    this.#connection.closeSync();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // A sample that fails says nothing about any query, whose own time limit holds still.
      const sample = await takeSample(this.#statement).catch(() => undefined);
      if (sample !== undefined) this.#judge(sample);
      await this.#options.clock.sleep(SAMPLE_PERIOD_MS, signal).catch(() => undefined);
    }
  }

  #judge(sample: MemorySample): void {
    const { memoryBytes } = this.#options;
    this.#ledger.observe(sample);
    // One at a time: what the others hold can be told once the first has let go.
    if (this.#ended === undefined) {
      this.#ended = this.#ledger.offender(memoryBytes);
      this.#ended?.exceeded();
    } else if (this.#ledger.uncountedBytes(this.#ended) > 2 * memoryBytes) {
      this.#ended.escaped();
    }
  }
}

async function takeSample(statement: DuckDBPreparedStatement): Promise<MemorySample> {
  const [row] = await (await statement.run()).getRows();
  return {
    heldBytes: Number(row?.[0]),
    countedBytes: Number(row?.[1]),
    residentBytes: process.memoryUsage.rss(),
  };
}
