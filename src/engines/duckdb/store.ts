/**
 * The store of every workspace, in DuckDB: one database file each.
 * Owns: which files are open, and how many. Never: looks into a file.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { assert } from '#kit/assert.ts';
import type { EventTable } from '#model/event-table.ts';
import type { MunchkinId } from '#model/words.ts';
import { type Checkpoint, type Store, StoreError, type StoreTransaction, type WaitingSummary } from '#ports/store.ts';
import { DEFAULT_KEY_SLOTS } from './key-index.ts';
import { DuckDbReader } from './reader.ts';
import { WorkspaceDatabase } from './workspace-database.ts';

export interface DuckDbStoresOptions {
  /** Holds one `<munchkinId>.duckdb` for each workspace, and DuckDB's temporary files. Made when missing. */
  readonly directory: string;
  /** Of each open workspace's instance. */
  readonly memoryLimitBytes: number;
  readonly threads: number;
  /** How far each instance may spill to disk; 10 GB unless given. */
  readonly maxTemporaryBytes?: number;
  /** How much write-ahead log may gather before a commit folds it into the file; 256 MB unless given. */
  readonly checkpointThresholdBytes?: number;
  /** Beyond this many the longest unused idle store is closed; 16 unless given. */
  readonly maxOpenStores?: number;
  /** Makes a `marketoGUID`; random unless given. */
  readonly newGuid?: () => string;
  /** Idempotency keys in memory, for each open store: slots of eight bytes, a power of two; 64 MB unless given. */
  readonly keySlots?: number;
}

const DEFAULTS = {
  maxTemporaryBytes: 10_000_000_000,
  checkpointThresholdBytes: 256_000_000,
  maxOpenStores: 16,
  newGuid: randomUUID,
  keySlots: DEFAULT_KEY_SLOTS,
};

/** Opens no file yet; each opens at the first call that names its workspace. */
export function openDuckDbStores(options: DuckDbStoresOptions): DuckDbStores {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  return new DuckDbStores({ ...DEFAULTS, ...options });
}

export class DuckDbStores implements Store {
  readonly #options: Required<DuckDbStoresOptions>;
  /** The longest unused first. Promises, so that two first calls share one opening. */
  readonly #open = new Map<MunchkinId, Promise<WorkspaceDatabase>>();
  #closed = false;

  constructor(options: Required<DuckDbStoresOptions>) {
    this.#options = options;
  }

  async checkpoint(workspace: MunchkinId): Promise<Checkpoint> {
    const catalog = await (await this.#database(workspace)).catalog();
    return { ...catalog.checkpoint };
  }

  async eventTables(workspace: MunchkinId): Promise<ReadonlyMap<string, EventTable>> {
    const catalog = await (await this.#database(workspace)).catalog();
    return new Map(catalog.events);
  }

  async waiting(workspace: MunchkinId): Promise<WaitingSummary> {
    return await (await this.#database(workspace)).waiting();
  }

  async transaction<Result>(
    workspace: MunchkinId,
    work: (transaction: StoreTransaction) => Promise<Result>,
  ): Promise<Result> {
    return await (await this.#database(workspace)).transaction(work);
  }

  /**
   * A connection to the workspace's instance, for reading; it sees committed batches only and shares the instance's
   * memory limit. The caller ends it with `closeSync`; until then the workspace's store stays open.
   * No connection can change a setting. Rejects with StoreError.
   */
  async connect(workspace: MunchkinId): Promise<DuckDBConnection> {
    return await (await this.#database(workspace)).connect();
  }

  /** All of the store's reading side but SQL. */
  reader(): DuckDbReader {
    return new DuckDbReader((workspace) => this.connect(workspace));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const databases = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const database of databases) {
      if (database.status !== 'fulfilled') continue;
      await database.value.settle();
      database.value.close();
    }
  }

  async #database(workspace: MunchkinId): Promise<WorkspaceDatabase> {
    if (this.#closed) throw new StoreError('unavailable', 'the store is closed');
    const known = this.#open.get(workspace);
    const opening = known ?? this.#openDatabase(workspace);
    this.#open.delete(workspace);
    this.#open.set(workspace, opening);
    const database = await opening;
    if (database.broken && this.#open.get(workspace) === opening) {
      this.#open.delete(workspace);
      database.close();
    }
    if (database.broken) return await this.#database(workspace);
    await this.#closeSpare(workspace);
    return database;
  }

  #openDatabase(workspace: MunchkinId): Promise<WorkspaceDatabase> {
    assert(/^[A-Za-z0-9-]+$/.test(workspace), 'a workspace is named by a Munchkin id');
    const { directory, memoryLimitBytes, threads, maxTemporaryBytes, checkpointThresholdBytes, newGuid, keySlots } =
      this.#options;
    const opening = WorkspaceDatabase.open({
      file: join(directory, `${workspace}.duckdb`),
      temporaryDirectory: join(directory, `${workspace}.tmp`),
      memoryLimitBytes,
      threads,
      maxTemporaryBytes,
      checkpointThresholdBytes,
      newGuid,
      keySlots,
    });
    // A file that did not open is tried again by the next call.
    opening.catch(() => {
      if (this.#open.get(workspace) === opening) this.#open.delete(workspace);
    });
    return opening;
  }

  async #closeSpare(current: MunchkinId): Promise<void> {
    for (const [workspace, opening] of this.#open) {
      if (this.#open.size <= this.#options.maxOpenStores) return;
      if (workspace === current) continue;
      const database = await opening.catch(() => undefined);
      if (database === undefined || !database.idle || this.#open.get(workspace) !== opening) continue;
      this.#open.delete(workspace);
      database.close();
    }
  }
}
