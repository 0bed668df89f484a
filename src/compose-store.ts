/**
 * Builds the store role: reader of the log, store, applier, and what answers queries.
 * Owns: which engines it consists of, and the order in which they close.
 * Never: talks to the gateway (see store-process.ts).
 */
import { Applier } from '#applier/applier.ts';
import { DEFAULT_BUDGET_LIMITS } from '#applier/budget.ts';
import { createSqlRunner } from '#engines/duckdb/sql-runner.ts';
import { openDuckDbStores } from '#engines/duckdb/store.ts';
import type { DuckDbStores } from '#engines/duckdb/store.ts';
import { openSqliteControl } from '#engines/sqlite/control.ts';
import { openSqliteIntakeReader } from '#engines/sqlite/intake-reader.ts';
import { SYSTEM_CLOCK } from '#engines/system/clock.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Applying } from '#ports/applying.ts';
import type { Checkpoint } from '#ports/store.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import { createLogger } from '#telemetry/logger.ts';
import type { LogLevel } from '#telemetry/logger.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import { createApplierEvents } from '#telemetry/room-events.ts';
import { composeTracing } from './compose-tracing.ts';
import { dataFiles } from './data-files.ts';

/** Crosses the channel to the store process: plain values only. */
export interface StoreSettings {
  readonly dataDirectory: string;
  /** For applying batches. */
  readonly storeMemoryBytes: number;
  /** For queries, beside it. */
  readonly queryMemoryBytes: number;
  readonly maxColumns: number;
  readonly multipleMatches: 'fail' | 'update-most-recent';
  readonly idempotencyWindowMs: number;
  readonly retryScheduleMs: readonly number[];
  readonly logLevel: LogLevel;
  readonly readableLog: boolean;
}

export interface StoreRole extends AsyncDisposable {
  readonly reader: StoreReader;
  readonly applying: Applying;
}

export interface StoreRoleListeners {
  readonly onCheckpoint: (workspace: MunchkinId, checkpoint: Checkpoint) => void;
  readonly onJournal: (workspace: MunchkinId, last: number) => void;
  /** A query goes on although it was ended: only a new process gets its thread back. */
  readonly onStuck: (workspace: MunchkinId) => void;
}

/** Batches and queries take turns on as many threads as a small machine has cores. */
const DUCKDB_THREADS = 2;
const WORKSPACES_AT_ONCE = 2;

/** Each open store may use the whole of its memory: what all may use together is so many times as much (law 6). */
const MAX_OPEN_STORES = 4;

/** The applier runs when this resolves. Entries that were durable before are applied without a wake. */
export async function composeStoreRole(settings: StoreSettings, listeners: StoreRoleListeners): Promise<StoreRole> {
  await using opened = new AsyncDisposableStack();
  const files = dataFiles(settings.dataDirectory);
  const logger = createLogger({ level: settings.logLevel, process: 'store', readable: settings.readableLog });
  const metrics = createMetrics('store');
  const tracing = opened.use(await composeTracing('store', { logger, metrics }));
  const control = opened.use(await openSqliteControl({ directory: settings.dataDirectory }));
  const intake = opened.use(openSqliteIntakeReader({ path: files.intake }));
  const stores = opened.use(
    openDuckDbStores({
      directory: files.stores,
      memoryLimitBytes: settings.storeMemoryBytes + settings.queryMemoryBytes,
      threads: DUCKDB_THREADS,
      maxOpenStores: MAX_OPEN_STORES,
    }),
  );
  const applying = opened.use(
    new Applier({
      reader: intake,
      store: stores,
      control,
      clock: SYSTEM_CLOCK,
      events: createApplierEvents(logger, metrics),
      tracing: tracing?.applier,
      limits: {
        budget: DEFAULT_BUDGET_LIMITS,
        maxColumns: settings.maxColumns,
        multipleMatches: settings.multipleMatches,
        idempotencyWindowMs: settings.idempotencyWindowMs,
        workspacesAtOnce: WORKSPACES_AT_ONCE,
      },
      schedule: { waitsMs: settings.retryScheduleMs, random: () => Math.random() },
      objects: stores.reader(),
      metrics: () => metrics.text(),
      onCheckpoint: listeners.onCheckpoint,
      onJournal: (workspace, last) => {
        metrics.set('inlet_journal_newest_ordinal', { workspace }, last);
        listeners.onJournal(workspace, last);
      },
    }),
  );
  const reader = storeReader(stores, settings, listeners);
  const owned = opened.move();
  return { reader, applying, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function storeReader(stores: DuckDbStores, settings: StoreSettings, listeners: StoreRoleListeners): StoreReader {
  const runner = createSqlRunner({
    connect: (workspace) => stores.connect(workspace),
    clock: SYSTEM_CLOCK,
    memoryBytes: settings.queryMemoryBytes,
    onStuck: listeners.onStuck,
  });
  return Object.assign(stores.reader(), {
    sql: (...call: Parameters<StoreReader['sql']>) => runner.run(...call),
  });
}
