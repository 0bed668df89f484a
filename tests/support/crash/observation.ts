/** What a run reads back through the HTTP API, for the checker. Shapes alone. */
import type { FateCounts } from '#model/words.ts';
import type { FieldContent } from './ledger.ts';
import type { ExpectedFailure } from './expected.ts';

/** A row of `inlet.requests`. */
export interface SeenRequest {
  readonly requestId: string;
  readonly kind: string;
  readonly type: string;
  readonly correlationId: string | null;
  readonly counts: FateCounts;
}

/** An answer of `GET W/requests/{requestId}`. */
export interface SeenFate {
  readonly state: string;
  readonly counts: FateCounts;
  readonly failures: readonly ExpectedFailure[];
}

export interface SeenRow {
  readonly key: string;
  readonly fields: Readonly<Record<string, FieldContent>>;
}

/** A sample of `/metrics`. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A results event of the journal. */
export interface SeenJournalEvent {
  readonly id: string;
  readonly told: readonly ToldRequest[];
}

export interface ToldRequest {
  readonly requestId: string;
  /** `failed` by code. */
  readonly records: Omit<Partial<FateCounts>, 'failed'> & { readonly failed: Readonly<Record<string, number>> };
}

export interface Observation {
  /** Lines of NDJSON in their order, by `database.table`. */
  readonly events: ReadonlyMap<string, readonly string[]>;
  /** What `count(*)` says of the same tables. */
  readonly eventCounts: ReadonlyMap<string, number>;
  /** By `persons` or `parcels`. */
  readonly rows: ReadonlyMap<string, readonly SeenRow[]>;
  readonly requests: readonly SeenRequest[];
  /** By request id, of the acknowledged requests. */
  readonly fates: ReadonlyMap<string, SeenFate>;
  readonly metrics: readonly Sample[];
  /** Its results events, in order. */
  readonly journal: readonly SeenJournalEvent[];
}
