import type { EventRows, EventTable } from '#model/event-table.ts';
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { CustomObjectRun, PersonRun, UpsertOutcome } from '#model/upsert.ts';
import type { Lane, MunchkinId, Position } from '#model/words.ts';

/** How far each lane has been applied to a workspace's store. */
export type Checkpoint = Readonly<Record<Lane, Position>>;

/** The applier's side of the store: the only way in which a workspace's store changes. */
export interface Store extends AsyncDisposable {
  /** Opens the workspace's store, creating it at first sight. Idempotent. */
  checkpoint(workspace: MunchkinId): Promise<Checkpoint>;

  /** Schemas of the event tables, by `database.table`. */
  eventTables(workspace: MunchkinId): Promise<ReadonlyMap<string, EventTable>>;

  /**
   * Applies one batch: all that `work` does becomes visible and durable together, or none of it (law 3).
   *
   * - One transaction of a workspace at a time; calling again before the last has settled is a programmer's error.
   * - `work` calls the transaction's methods one after the other, schema before rows.
   * - Rejects with {@link StoreError}; whatever else `work` throws is passed on after the rollback.
   */
  transaction<Result>(workspace: MunchkinId, work: (transaction: StoreTransaction) => Promise<Result>): Promise<Result>;
}

export interface StoreTransaction {
  /** Gives `persons` a column for each field that it lacks. Before any row of the batch. */
  definePersons(fields: readonly FieldDefinition[]): Promise<void>;
  /** Makes the type's table, or adds the columns that it lacks. Before any row of the batch. */
  defineCustomObject(type: CustomObjectType): Promise<void>;
  /** Makes the event table (and its database), or grows it to this schema. Before any row of the batch. */
  defineEventTable(table: EventTable): Promise<void>;
  /**
   * The greatest absolute value in an `integer` column, before it becomes `decimal`:
   * beyond 2^53 a double could not tell it, and the column becomes `text` instead (law 10).
   */
  greatestInteger(table: EventTable, column: string): Promise<bigint>;

  /** Upserts in order; one outcome per row, in the order of the rows. New persons get rising ids in that order. */
  upsertPersons(run: PersonRun): Promise<readonly UpsertOutcome[]>;
  /** Upserts in order; one outcome per row. New objects get a `marketoGUID`. */
  upsertCustomObjects(run: CustomObjectRun): Promise<readonly UpsertOutcome[]>;
  /** Appends rows in order and advances the table's `rows`. */
  appendEvents(rows: EventRows): Promise<void>;

  /** Adds requests, and adds their counts to the workspace's totals. */
  recordRequests(requests: readonly RequestRecord[]): Promise<void>;
  /** Puts failed objects into the quarantine. */
  recordFailures(failures: readonly FailureRecord[]): Promise<void>;
  /** The lane has been applied up to and including `position`. */
  advance(lane: Lane, position: Position): Promise<void>;
}

/**
 * Why a transaction was not committed.
 * `memory`: try again, perhaps with less. `unavailable`: the engine is down or broken; wait and try again.
 * `rejected`: the engine refuses this very batch; one of its entries is poison (law 5).
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly reason: 'memory' | 'unavailable' | 'rejected';

  constructor(reason: 'memory' | 'unavailable' | 'rejected', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
