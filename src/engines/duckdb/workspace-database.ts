/**
 * The database file of one workspace.
 * Owns: its DuckDB instance, the one connection that writes, the writer's catalog. Never: knows other workspaces.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { assert } from '#kit/assert.ts';
import { crashPoint } from '#kit/crash-point.ts';
import { StoreError } from '#ports/store.ts';
import type { StoreTransaction, WaitingSummary } from '#ports/store.ts';
import { createDatabaseFile } from './database-file.ts';
import { type Catalog, CATALOG_DDL, loadCatalog } from './catalog.ts';
import { isBroken, isDuckDbError, toStoreError } from './errors.ts';
import { EVENT_KEYS_DDL } from './event-keys.ts';
import { FATES_DDL } from './fates.ts';
import { JOURNAL_DDL } from './journal.ts';
import { KeyIndex } from './key-index.ts';
import { LANE_TOTALS_DDL } from './lane-totals.ts';
import { QUARANTINE_DDL } from './quarantine.ts';
import { PERSONS_DDL } from './object-tables.ts';
import { RECORDS_DDL } from './records.ts';
import { DuckDbTransaction } from './transaction.ts';
import { WAITING_DDL, waitingSummary } from './waiting-state.ts';

/** Each part may look at what those before it have made. */
const DDL: readonly string[] = [
  CATALOG_DDL,
  PERSONS_DDL,
  RECORDS_DDL,
  LANE_TOTALS_DDL,
  QUARANTINE_DDL,
  WAITING_DDL,
  EVENT_KEYS_DDL,
  FATES_DDL,
  JOURNAL_DDL,
];

const SETTLING_MS = 3_000;
const INTERRUPT_PERIOD_MS = 10;

export interface WorkspaceDatabaseOptions {
  readonly file: string;
  readonly temporaryDirectory: string;
  readonly memoryLimitBytes: number;
  readonly threads: number;
  readonly maxTemporaryBytes: number;
  readonly checkpointThresholdBytes: number;
  readonly newGuid: () => string;
  readonly keySlots: number;
}

export class WorkspaceDatabase {
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #options: WorkspaceDatabaseOptions;
  readonly #connections = new Set<DuckDBConnection>();
  readonly #keyIndex: KeyIndex;
  #catalog: Catalog | undefined;
  /** As a running transaction found it. */
  #waiting: WaitingSummary | undefined;
  #transacting = false;
  #broken = false;

  private constructor(instance: DuckDBInstance, writer: DuckDBConnection, options: WorkspaceDatabaseOptions) {
    this.#instance = instance;
    this.#writer = writer;
    this.#options = options;
    this.#keyIndex = new KeyIndex(options.keySlots);
  }

  /** Opens the file, making it at first sight. Rejects with StoreError. */
  static async open(options: WorkspaceDatabaseOptions): Promise<WorkspaceDatabase> {
    const instance = await openInstance(options);
    try {
      const writer = await instance.connect();
      await writer.run(`begin; ${DDL.join(' ')} commit`);
      // From here on no connection, a user's query above all, can change a setting; but for the size of its own
      // streaming buffer, which the engine fills without counting the lengths of texts.
      await writer.run(`
        set global TimeZone = 'UTC';
        set allowed_configs = ['streaming_buffer_size'];
        set lock_configuration = true`);
      return new WorkspaceDatabase(instance, writer, options);
    } catch (error) {
      instance.closeSync();
      throw toStoreError(error);
    }
  }

  /** True when the instance can do nothing more: close it and open the file anew. */
  get broken(): boolean {
    return this.#broken;
  }

  /** False while a transaction runs or a connection is out: then it must not be closed for want of room. */
  get idle(): boolean {
    return !this.#transacting && this.#connections.size === 0;
  }

  /** A connection of the caller's own, who ends it with `closeSync`. */
  async connect(): Promise<DuckDBConnection> {
    const connection = await this.#guard(() => this.#instance.connect());
    this.#connections.add(connection);
    // A second instance on a file that is still open would corrupt it, so that every connection out is known.
    // (DuckDB's own `closeSync` calls `disconnectSync`.)
    const disconnect = connection.disconnectSync.bind(connection);
    connection.disconnectSync = (): void => {
      if (this.#connections.delete(connection)) disconnect();
    };
    return connection;
  }

  /** What was last committed. Not to be changed outside a transaction. */
  async catalog(): Promise<Catalog> {
    this.#catalog ??= await this.#guard(() => loadCatalog(this.#writer));
    return this.#catalog;
  }

  /** What waits, as of the last committed batch. */
  async waiting(): Promise<WaitingSummary> {
    return this.#waiting ?? waitingSummary((await this.catalog()).waiting);
  }

  /** Runs `work` in one transaction: see the port. */
  async transaction<Result>(work: (transaction: StoreTransaction) => Promise<Result>): Promise<Result> {
    assert(!this.#transacting, 'one transaction of a workspace at a time');
    this.#transacting = true;
    try {
      return await this.#transact(work);
    } finally {
      this.#transacting = false;
      this.#waiting = undefined;
    }
  }

  /**
   * Ends what runs on the connections that are out, and waits until their owners have closed them, for a while:
   * a connection that is closed under its own query leaves a thread inside the engine that never comes back, and
   * that keeps the process from ending.
   */
  async settle(): Promise<void> {
    for (const begun = performance.now(); !this.idle && performance.now() - begun < SETTLING_MS;) {
      // The engine forgets an interrupt that comes between two of its statements.
      for (const connection of this.#connections) connection.interrupt();
      await sleep(INTERRUPT_PERIOD_MS);
    }
  }

  /** Ends the connections that are out, too. */
  close(): void {
    for (const connection of this.#connections) connection.closeSync();
    this.#writer.closeSync();
    this.#instance.closeSync();
  }

  async #transact<Result>(work: (transaction: StoreTransaction) => Promise<Result>): Promise<Result> {
    const catalog = await this.catalog();
    this.#waiting = waitingSummary(catalog.waiting);
    const session = {
      connection: this.#writer,
      catalog,
      keyIndex: this.#keyIndex,
      rewrittenTables: new Set<string>(),
      changedEventTables: new Set<string>(),
      appendedEventTables: new Set<string>(),
    };
    await this.#guard(() => this.#writer.run('begin'));
    try {
      const transaction = new DuckDbTransaction(session, this.#options.newGuid);
      const result = await work(transaction);
      await transaction.finish();
      await this.#writer.run('commit');
      this.#keyIndex.commit();
      crashPoint('store.after-commit');
      return result;
    } catch (error) {
      await this.#rollBack(error);
      throw isDuckDbError(error) ? toStoreError(error) : error;
    }
  }

  async #rollBack(cause: unknown): Promise<void> {
    this.#catalog = undefined;
    this.#keyIndex.rollBack();
    this.#broken ||= isBroken(cause);
    try {
      await this.#writer.run('rollback');
    } catch {
      // A failed commit has rolled back already, and there is no telling that from worse: a fresh instance is sure.
      this.#broken = true;
    }
  }

  async #guard<Result>(action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      this.#broken ||= isBroken(error);
      throw toStoreError(error);
    }
  }
}

async function openInstance(options: WorkspaceDatabaseOptions): Promise<DuckDBInstance> {
  // What a crash left there belongs to nobody.
  rmSync(options.temporaryDirectory, { recursive: true, force: true });
  try {
    await createDatabaseFile(options.file);
    return await DuckDBInstance.create(options.file, {
      memory_limit: bytes(options.memoryLimitBytes),
      threads: String(options.threads),
      temp_directory: options.temporaryDirectory,
      max_temp_directory_size: bytes(options.maxTemporaryBytes),
      checkpoint_threshold: bytes(options.checkpointThresholdBytes),
      enable_external_access: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
  } catch (error) {
    // Whatever it is, no batch is at fault: none may be refused for it (law 5).
    throw new StoreError('unavailable', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function bytes(count: number): string {
  return `${count} bytes`;
}
