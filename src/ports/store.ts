import type { EventRows, EventTable } from '#model/event-table.ts';
import type { FailureRecord, FailureRef, ObjectResult, RequestChange, RequestRecord } from '#model/fates.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { DueRetention, NewJournalEvent } from '#model/journal.ts';
import type { KeyClaims } from '#model/idempotency.ts';
import type { CustomObjectRun, PersonRun, UpsertAnswer } from '#model/upsert.ts';
import type { NewWaitingObject, PostponedObject, WaitingObject } from '#model/waiting.ts';
import type { Lane, MunchkinId, Position, RequestId } from '#model/words.ts';

/** How far each lane has been applied to a workspace's store. */
export type Checkpoint = Readonly<Record<Lane, Position>>;

/** The applier's side of the store: the only way in which a workspace's store changes. */
export interface Store extends AsyncDisposable {
  /** Opens the workspace's store, creating it at first sight. Idempotent. */
  checkpoint(workspace: MunchkinId): Promise<Checkpoint>;

  /** Schemas of the event tables, by `database.table`. */
  eventTables(workspace: MunchkinId): Promise<ReadonlyMap<string, EventTable>>;

  /** What waits, as of the last committed batch. Cheap: asked after each. */
  waiting(workspace: MunchkinId): Promise<WaitingSummary>;

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
  /**
   * Drops the event table with its rows and idempotency keys; the next one of that name begins anew. Before any row of
   * the batch.
   */
  dropEventTable(table: Pick<EventTable, 'database' | 'table'>): Promise<void>;
  /** Makes the event table (and its database), or grows it to this schema. Before any row of the batch. */
  defineEventTable(table: EventTable): Promise<void>;
  /**
   * The greatest absolute value in an `integer` column, before it becomes `decimal`:
   * beyond 2^53 a double could not tell it, and the column becomes `text` instead (law 10).
   */
  greatestInteger(table: EventTable, column: string): Promise<bigint>;

  /**
   * Upserts in order. New persons get rising ids in that order; ids are never given twice.
   * A row is checked for a match first (`not-found`, `exists`, `several-matches`). Then it is `behind` when an object
   * of an equal key (same match fields, same partition) waits before it; with `createDuplicate` it never is.
   * Objects that wait for a person (`no-person`) which a row creates, or gives the value that they name, become due
   * at once.
   */
  upsertPersons(run: PersonRun): Promise<UpsertAnswer>;
  /**
   * Upserts in order. New objects get a `marketoGUID`. A row is checked for a match first (`not-found`, `exists`,
   * `several-matches`), then for earlier versions that wait (`behind`), then, unless it deletes, for its person
   * (`no-person`). A row that matches by `marketoGUID` is held behind versions that wait under the dedupe fields of
   * the object that it matches.
   */
  upsertCustomObjects(run: CustomObjectRun): Promise<UpsertAnswer>;
  /**
   * Takes idempotency keys of an event table, in order. Answers for each claim with the request that has the key: one
   * whose claim was granted, in this batch or before, with less than the window between the two acceptances, be it the
   * claim's own. Undefined: nobody had it, and it is the claim's request's from now on. Keys are forgotten some time
   * after their window. Before any row of the batch, for what it answers decides which rows there are.
   */
  claimKeys(wanted: KeyClaims): Promise<readonly (RequestId | undefined)[]>;
  /** Appends rows in order and advances the table's `rows`. */
  appendEvents(rows: EventRows): Promise<void>;

  /** Adds requests, and adds their counts to the workspace's totals. */
  recordRequests(requests: readonly RequestRecord[]): Promise<void>;
  /** Puts failed objects into the quarantine. */
  recordFailures(failures: readonly FailureRecord[]): Promise<void>;
  /** Adds to the counts and duplicates of requests that are recorded, and to the workspace's totals. */
  settleRequests(changes: readonly RequestChange[]): Promise<void>;
  /** The records of these requests as the batch has left them so far, in no order; none for what is not recorded. */
  requestsOf(ids: readonly RequestId[]): Promise<readonly RequestRecord[]>;
  /** Appends to the journal, in order behind all that is in it. Answers with the ordinal of the last. At least one. */
  appendJournal(events: readonly NewJournalEvent[]): Promise<number>;
  /** The `tally` texts of journal events whose `time` lies in [from, to), in order. */
  journalTallies(from: number, to: number): Promise<readonly string[]>;
  /**
   * Forgets what is finished and lies beyond the limit (see model/retention.ts): requests with their fates and results,
   * journal events from the oldest ordinal up to one, but never the newest, and failed objects. Requests of which
   * something is pending stay, and so does their age's place: what `StoreReader.retainedFrom` says afterwards is true
   * of every request that is finished. When there is very much to forget, a store may stop short of the limit, and goes
   * on at the next call (law 6).
   */
  retain(limit: DueRetention): Promise<void>;
  /** Keeps the results of requests whose sender waits for them. */
  recordResults(results: readonly ObjectResult[]): Promise<void>;
  /** The failed objects that are named, in that order; undefined for each that is not in the quarantine. */
  failures(refs: readonly FailureRef[]): Promise<readonly (FailureRecord | undefined)[]>;
  /** Notes on failed objects that `replay` has tried them again. */
  markReplayed(refs: readonly FailureRef[], replay: RequestId): Promise<void>;

  /**
   * Keeps objects for a later try, in this order behind all that wait. One that matches by `marketoGUID` waits under
   * the dedupe fields of the object that it matches, as a version of it. One that waits `behind`, when nothing is
   * before it, is due at once.
   */
  addWaiting(objects: readonly NewWaitingObject[]): Promise<void>;
  /**
   * Waiting objects that are due at `now`, by their order: at most `limit.objects`, and `limit.bytes` of JSON text,
   * but one at least when there is one.
   */
  dueWaiting(now: number, limit: WaitingLimit): Promise<readonly WaitingObject[]>;
  /**
   * All versions that wait behind these objects, due or not, but for these themselves, by their order; with a bound as
   * in {@link dueWaiting}.
   */
  waitingBehind(orders: readonly number[], limit: WaitingLimit): Promise<WaitingPage>;
  /** All waiting objects of a request, by their order; with a bound as in {@link dueWaiting}. */
  waitingOf(requestId: RequestId, limit: WaitingLimit): Promise<readonly WaitingObject[]>;
  /** They have been tried without success, and go on waiting; those that wait `behind` as in {@link addWaiting}. */
  postponeWaiting(objects: readonly PostponedObject[]): Promise<void>;
  /** Ends their waiting. The next version behind each, if one waits and nothing else is before it, is due at once. */
  removeWaiting(orders: readonly number[]): Promise<void>;

  /** The lane has been applied up to and including `position`. */
  advance(lane: Lane, position: Position): Promise<void>;
}

export interface WaitingLimit {
  readonly objects: number;
  readonly bytes: number;
}

export interface WaitingPage {
  readonly objects: readonly WaitingObject[];
  /** The bound has left some out. */
  readonly hasMore: boolean;
}

/** The waiting objects of a workspace, in sum. */
export interface WaitingSummary {
  readonly objects: number;
  /** When the earliest is due, in milliseconds since 1970; never later than that. Absent when nothing will be due. */
  readonly nextDueAt?: number;
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
