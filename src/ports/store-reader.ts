import type { EventTable } from '#model/event-table.ts';
import type { FailureRecord, ObjectFate, ObjectResult, RequestRecord, WorkspaceTotals } from '#model/fates.ts';
import type { FieldValue } from '#model/field.ts';
import type { JournalEvent, JournalType } from '#model/journal.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { Checkpoint } from '#ports/store.ts';
import type { MunchkinId, ObjectKind, RequestId } from '#model/words.ts';

/** The reading side of the store. Changes nothing; sees committed batches only. */
export interface StoreReader {
  /**
   * Runs one read-only statement within its own limits of memory and time.
   * Rejects with {@link QueryError}; the query is ended when `signal` aborts.
   */
  sql(workspace: MunchkinId, query: SqlQuery, signal: AbortSignal): Promise<SqlAnswer>;

  request(workspace: MunchkinId, requestId: RequestId): Promise<RequestRecord | undefined>;
  /** Newest first. */
  requests(workspace: MunchkinId, filter: RequestFilter): Promise<readonly RequestRecord[]>;
  /** Results of a request whose sender waits for them, by index; empty when it is none, or not yet applied. */
  results(workspace: MunchkinId, requestId: RequestId): Promise<readonly ObjectResult[]>;
  /** By request and index. */
  waiting(workspace: MunchkinId, filter: WaitingFilter): Promise<readonly WaitingObject[]>;
  /** Persons or custom objects by their identity, rising. Undefined when there is no such type in the store yet. */
  objects(workspace: MunchkinId, page: ObjectPageRequest): Promise<ObjectPage | undefined>;
  /** By request and index. */
  failures(workspace: MunchkinId, filter: FailureFilter): Promise<readonly FailureRecord[]>;

  /** What became of objects that have a row, by request and index: of a request, or of one object (its history). */
  fates(workspace: MunchkinId, filter: FateFilter): Promise<readonly ObjectFate[]>;
  /** A page of the journal, in order. */
  journal(workspace: MunchkinId, page: JournalPageRequest): Promise<JournalPage>;
  /**
   * Milliseconds since 1970: requests that were accepted before then and are finished have been forgotten. 0: none has.
   */
  retainedFrom(workspace: MunchkinId): Promise<number>;

  eventTables(workspace: MunchkinId): Promise<readonly EventTable[]>;
  /** A page of events as they were sent, in the order of acceptance. Undefined when there is no such table. */
  events(workspace: MunchkinId, page: EventPageRequest): Promise<EventPage | undefined>;

  checkpoint(workspace: MunchkinId): Promise<Checkpoint>;
  totals(workspace: MunchkinId): Promise<WorkspaceTotals>;
}

export interface SqlQuery {
  readonly query: string;
  /** Values for `$1`, `$2` … or `?`, as JSON. */
  readonly params?: readonly unknown[];
  readonly timeoutMs: number;
  /** A database of events: its tables may be named without it, before all others of that name. */
  readonly database?: string;
}

export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** JSON values as docs/specs/sql.md says: exact integers beyond 2^53 and decimals as strings, times ISO 8601. */
  readonly rows: readonly (readonly unknown[])[];
  readonly elapsedMs: number;
  readonly truncated?: true;
}

export interface RequestFilter {
  /** `retrying`: some of its objects wait. */
  readonly state?: 'pending' | 'retrying' | 'done';
  readonly kind?: ObjectKind;
  /** Acceptance, milliseconds since 1970; `from` inclusive, `to` exclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly correlationId?: string;
  /** Only requests older than this one: the last of the page before. */
  readonly before?: RequestId;
  readonly limit: number;
}

export interface FailureFilter {
  readonly requestId?: RequestId;
  readonly kind?: ObjectKind;
  readonly code?: string;
  /** `persons`, an API name, or `database.table`. */
  readonly type?: string;
  /** Objects that name themselves so: each field of theirs has this value. Text is compared without regard to case. */
  readonly key?: ObjectKey;
  /** Whether a replay has tried it again. Absent: both. */
  readonly replayed?: boolean;
  /** Only failures after this one: the last of the page before. */
  readonly after?: { readonly requestId: RequestId; readonly index: number };
  readonly limit: number;
}

export interface WaitingFilter {
  readonly requestId?: RequestId;
  /** `persons`, an API name, or `database.table`. */
  readonly type?: string;
  /** As in {@link FailureFilter}. */
  readonly key?: ObjectKey;
  /** Only objects after this one: the last of the page before. */
  readonly after?: { readonly requestId: RequestId; readonly index: number };
  readonly limit: number;
}

/** Fields (any case) and values by which an object is named. */
export type ObjectKey = readonly { readonly field: string; readonly value: FieldValue }[];

export interface FateFilter {
  readonly of: { readonly requestId: RequestId } | { readonly type: string; readonly identity: number | string };
  /** Only fates after this object's: the last of the page before. */
  readonly after?: { readonly requestId: RequestId; readonly index: number };
  readonly limit: number;
}

export interface JournalPageRequest {
  /** Only events after this ordinal; 0 for all. */
  readonly after: number;
  /** Milliseconds since 1970; `from` inclusive, `to` exclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly types?: readonly JournalType[];
  /** Only events that speak of this request. */
  readonly requestId?: RequestId;
  readonly limit: number;
  /** Of the events' texts together; but one event at least when there is one. */
  readonly maxBytes: number;
}

export interface JournalPage {
  readonly events: readonly JournalEvent[];
  /** Everything up to this ordinal has been looked at: where the next page begins. Not below `after`. */
  readonly through: number;
  /** Ordinals of the oldest and the newest event that the journal keeps; both 0 while it is empty. */
  readonly first: number;
  readonly last: number;
}

export interface ObjectPageRequest {
  /** `persons`, or the API name of a custom object type in any case. */
  readonly type: string;
  /** What to give of each, in this order; any case. A field that nothing has been written to yet reads as null. */
  readonly fields: readonly string[];
  /** Objects whose `fields` equal one of the `keys`, value by value; email without regard to case. Absent: all. */
  readonly match?: { readonly fields: readonly string[]; readonly keys: readonly (readonly FieldValue[])[] };
  /** Only objects after this identity. */
  readonly after?: number | string;
  readonly limit: number;
}

export interface ObjectPage {
  readonly rows: readonly ObjectRow[];
  readonly hasMore: boolean;
}

export interface ObjectRow {
  /** `id` or `marketoGUID`. */
  readonly identity: number | string;
  /** One per requested field. Moments are `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly values: readonly FieldValue[];
}

export interface EventPageRequest {
  readonly database: string;
  readonly table: string;
  /** UNIX seconds of `time`; `from` inclusive, `to` exclusive. */
  readonly from?: number;
  readonly to?: number;
  /** Ordinal of the first row that may be in this page. */
  readonly start: number;
  readonly limit: number;
}

export interface EventPage {
  /** One JSON text per event. */
  readonly events: readonly string[];
  /** Where the next page starts; absent on the last. */
  readonly next?: number;
}

/** Why a query has no answer. `refused` and `failed` are the sender's to mend, the others are not. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly reason: 'refused' | 'failed' | 'timeout' | 'memory' | 'unavailable';

  constructor(reason: QueryError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
