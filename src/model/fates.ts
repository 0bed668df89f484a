/**
 * Fates: what became of each object of a request.
 * Owns: the records that a store keeps beside the rows, and their arithmetic (law 2). Never: decides a fate.
 */
import type { ObjectSettings } from '#model/object-settings.ts';
import type { FateCounts, Lane, MunchkinId, ObjectKind, Position, RequestId } from '#model/words.ts';

/** A request as the store keeps it, from its first decided object on. */
export interface RequestRecord {
  readonly requestId: RequestId;
  readonly kind: ObjectKind;
  /** `persons`, the API name of a custom object type, or `database.table`. */
  readonly type: string;
  readonly clientId: string;
  readonly lane: Lane;
  readonly position: Position;
  readonly correlationId?: string;
  readonly requestSource?: string;
  readonly acceptedAt: number;
  /** When its last object got a final fate; absent while some are pending. */
  readonly finishedAt?: number;
  readonly counts: FateCounts;
  readonly warnings: readonly Warning[];
  /** Of a replay: the requests whose failed objects it tries again. */
  readonly replayOf?: readonly RequestId[];
  /** All its events repeat those of this request, by an idempotency key: they count as stored, and made no rows. */
  readonly duplicateOf?: RequestId;
  /** Else those of its events that repeat others, by index; at most {@link MAX_DUPLICATES}. */
  readonly duplicates?: readonly Duplicate[];
}

/** An event that counts as stored, and made no row: `of` has brought it already. */
export interface Duplicate {
  /** Place of the event in its request, from 0. */
  readonly index: number;
  readonly of: RequestId;
}

/** Of one request (law 6). */
export const MAX_DUPLICATES = 1_000;

/** What became of pending objects of a request that is recorded already. */
export interface RequestChange {
  readonly requestId: RequestId;
  /** To be added to the counts; `received` is 0, `pending` mostly negative. */
  readonly counts: FateCounts;
  /** Milliseconds since 1970. The request is finished then if nothing of it is pending any more. */
  readonly at: number;
  /** Of what was stored, the events that repeat others. */
  readonly duplicates?: readonly Duplicate[];
}

/** What became of one object of a request whose sender waits for the answer (the REST calls). */
export interface ObjectResult {
  readonly requestId: RequestId;
  readonly index: number;
  readonly outcome: 'created' | 'updated' | 'deleted' | 'failed';
  /** `id` or `marketoGUID`; absent of a failed one. */
  readonly identity?: number | string;
  /** Of a failed one. */
  readonly code?: string;
  readonly message?: string;
}

/** Names one failed object. */
export interface FailureRef {
  readonly requestId: RequestId;
  readonly index: number;
}

/** Something that was changed as a spec demands, and that the sender should know. */
export interface Warning {
  readonly code: string;
  /** Names the key and the object's index. */
  readonly message: string;
}

/** An object that failed, with all that is needed to mend and replay it. */
export interface FailureRecord {
  readonly requestId: RequestId;
  /** Place of the object in its request, from 0; -1 when the request's body could not be read at all. */
  readonly index: number;
  readonly kind: ObjectKind;
  readonly type: string;
  /** JSON text: the object's dedupe attributes and their values, as far as it has them. */
  readonly key: string;
  readonly code: string;
  readonly message: string;
  /** The object's JSON text, equal to what was sent; for an unreadable body its bytes in base64. */
  readonly object: string;
  /** Of a request whose body could not be read: for how many objects it stands. Absent: for one. */
  readonly objects?: number;
  readonly failedAt: number;
  readonly attempts: number;
  /** When its request was accepted, in milliseconds since 1970. */
  readonly acceptedAt: number;
  /** Absent when the request's body could not be read, so that the object cannot be tried again. */
  readonly settings?: ObjectSettings;
  /** The request that tried it again; a failed object is replayed once at most. */
  readonly replayedBy?: RequestId;
}

/** What became of an object that has a row: it created, updated or deleted it. */
export interface ObjectFate extends FailureRef {
  /** `persons`, or the API name of a custom object type. */
  readonly type: string;
  readonly outcome: 'created' | 'updated' | 'deleted';
  /** `id` or `marketoGUID`. */
  readonly identity: number | string;
  /** Milliseconds since 1970. */
  readonly decidedAt: number;
}

/** Running totals of a workspace, never cut by retention. */
export interface WorkspaceTotals extends FateCounts {
  readonly workspace: MunchkinId;
  /** The same by lane; they add up to the totals. */
  readonly lanes: Readonly<Record<Lane, Readonly<FateCounts>>>;
  /** What of the failed objects is still there; what is missing to `failed` has been forgotten. */
  readonly quarantine: Readonly<Quarantine>;
}

/** How much of what failed is kept. */
export interface Quarantine {
  objects: number;
  /** As retention estimates them. */
  bytes: number;
}

export function noFates(): FateCounts {
  return { received: 0, created: 0, updated: 0, stored: 0, deleted: 0, failed: 0, pending: 0 };
}

/** What a request's record says of its duplicates, when `more` are found beside those that it names. */
export function withDuplicates(
  record: Pick<RequestRecord, 'counts' | 'duplicateOf' | 'duplicates'>,
  more: readonly Duplicate[],
): Pick<RequestRecord, 'duplicateOf' | 'duplicates'> {
  const { counts, duplicateOf, duplicates = [] } = record;
  if (duplicateOf !== undefined) return { duplicateOf };
  const all = [...duplicates, ...more].sort((a, b) => a.index - b.index);
  const [first] = all;
  if (first === undefined) return {};
  const isWhole = all.length === counts.received && all.every(({ of }) => of === first.of);
  return isWhole ? { duplicateOf: first.of } : { duplicates: all.slice(0, MAX_DUPLICATES) };
}

/** For sorting, and for telling what lies behind a page: ids rise with the time of acceptance. */
export function byRequestAndIndex(a: FailureRef, b: FailureRef): number {
  if (a.requestId !== b.requestId) return a.requestId < b.requestId ? -1 : 1;
  return a.index - b.index;
}

/** Law 2. */
export function addsUp(counts: FateCounts): boolean {
  const decided = counts.created + counts.updated + counts.stored + counts.deleted + counts.failed;
  return counts.received === decided + counts.pending;
}

/** Adds `more` to `sum` in place. */
export function addFates(sum: FateCounts, more: Readonly<FateCounts>): void {
  sum.received += more.received;
  sum.created += more.created;
  sum.updated += more.updated;
  sum.stored += more.stored;
  sum.deleted += more.deleted;
  sum.failed += more.failed;
  sum.pending += more.pending;
}
