/** Requests and their fates as answers show them (spec: status stream, "the fate of a request"). Pure. */
import type { FoundRequest } from './find-request.ts';
import type { RequestEntry } from '#protocols/entry-objects.ts';
import { replayedRequests } from './replay-body.ts';
import { isoTime } from './fate-answer.ts';
import { parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';
import { noFates } from '#model/fates.ts';
import type { Duplicate, FailureRecord, RequestRecord, Warning } from '#model/fates.ts';
import { typeNameOf } from '#model/type-name.ts';
import type { WaitingObject, WaitReason } from '#model/waiting.ts';
import type { Durability, FateCounts, Lane, ObjectKind, Priority, RequestId } from '#model/words.ts';

/** A request without its failures and retries. Law 2 holds in `objects`, in whatever state the request is. */
export interface ShownRequest {
  readonly requestId: RequestId;
  readonly kind: ObjectKind;
  /** `persons`, the API name of a custom object type, or `database.table`. */
  readonly type: string;
  readonly clientId: string;
  readonly priority: Priority;
  readonly correlationId?: string;
  readonly requestSource?: string;
  /** Of a replay: the requests whose failed objects it tries again. */
  readonly replayOf?: readonly RequestId[];
  /** All its events repeat those of this request, and made no rows. */
  readonly duplicateOf?: RequestId;
  /** Else those of its events that repeat others; a thousand at most. */
  readonly duplicates?: readonly Duplicate[];
  readonly acceptedAt: string;
  readonly durability: Durability;
  /** `pending`: the applier has not come to it. `retrying`: some objects are decided, and some wait. */
  readonly state: 'pending' | 'retrying' | 'done';
  readonly finishedAt?: string;
  readonly objects: Readonly<FateCounts>;
  readonly warnings: readonly Warning[];
}

/** A failed object within its request. */
export interface ShownFailure {
  readonly index: number;
  readonly key: JsonValue;
  readonly code: string;
  readonly message: string;
  readonly state: 'failed';
  readonly attempts: number;
  /** The request that tried it again. */
  readonly replayedBy?: RequestId;
}

/** A waiting object within its request. */
export interface ShownRetry {
  readonly index: number;
  readonly key: JsonValue;
  readonly reason: WaitReason;
  /** Code and message with which it fails unless a later try succeeds. */
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  /** Absent while an earlier version of it waits. */
  readonly nextAttemptAt?: string;
}

/** A failed object in the quarantine, with its content and its history. */
export interface QuarantinedObject extends Omit<ShownFailure, 'state'> {
  readonly requestId: RequestId;
  readonly kind: ObjectKind;
  readonly type: string;
  readonly acceptedAt: string;
  readonly failedAt: string;
  /** The object as it was sent. */
  readonly object?: JsonValue;
  /** Instead of `object`, when the request's body could not be read at all. */
  readonly bodyBase64?: string;
}

export function shownRequest(found: FoundRequest, durability: Durability): ShownRequest {
  return found.at === 'store' ? decidedRequest(found.record, durability) : undecidedRequest(found.entry, durability);
}

export function decidedRequest(record: RequestRecord, durability: Durability): ShownRequest {
  const { requestId, kind, type, clientId, lane, correlationId, requestSource, replayOf } = record;
  const { finishedAt, counts, warnings, duplicateOf, duplicates } = record;
  return {
    requestId,
    kind,
    type,
    clientId,
    priority: priorityOf(lane),
    ...(correlationId !== undefined && { correlationId }),
    ...(requestSource !== undefined && { requestSource }),
    ...(replayOf !== undefined && { replayOf }),
    ...(duplicateOf !== undefined && { duplicateOf }),
    ...(duplicates !== undefined && { duplicates }),
    acceptedAt: isoTime(record.acceptedAt),
    durability,
    state: counts.pending > 0 ? 'retrying' : 'done',
    ...(finishedAt !== undefined && { finishedAt: isoTime(finishedAt) }),
    objects: counts,
    warnings,
  };
}

function undecidedRequest(entry: RequestEntry, durability: Durability): ShownRequest {
  const { requestId, envelope, lane, acceptedAt, objects } = entry;
  const { clientId, correlationId, requestSource } = envelope;
  return {
    requestId,
    kind: envelope.kind === 'replay' ? envelope.objectKind : envelope.kind,
    type: typeNameOf(envelope),
    clientId,
    priority: priorityOf(lane),
    ...(correlationId !== undefined && { correlationId }),
    ...(requestSource !== undefined && { requestSource }),
    ...(envelope.kind === 'replay' && { replayOf: replayedRequests(entry.body) }),
    acceptedAt: isoTime(acceptedAt),
    durability,
    state: 'pending',
    objects: { ...noFates(), received: objects, pending: objects },
    warnings: [],
  };
}

export function shownFailure(failure: FailureRecord): ShownFailure {
  const { index, key, code, message, attempts, replayedBy } = failure;
  const replayed = replayedBy === undefined ? {} : { replayedBy };
  return { index, key: parseJson(key), code, message, state: 'failed', attempts, ...replayed };
}

/** What has become due since it was written down is tried as soon as possible: `now`, in milliseconds since 1970. */
export function shownRetry(waiting: WaitingObject, now: number): ShownRetry {
  const { index, keyText, reason, code, message, attempts, nextAttemptAt } = waiting;
  const due = nextAttemptAt === undefined ? {} : { nextAttemptAt: isoTime(Math.max(nextAttemptAt, now)) };
  return { index, key: parseJson(keyText), reason, code, message, attempts, ...due };
}

export function quarantinedObject(failure: FailureRecord): QuarantinedObject {
  const { requestId, kind, type, acceptedAt, failedAt, object } = failure;
  const { state: _, ...shown } = shownFailure(failure);
  const content = failure.index < 0 ? { bodyBase64: object } : { object: parseJson(object) };
  return {
    requestId,
    kind,
    type,
    ...shown,
    acceptedAt: isoTime(acceptedAt),
    failedAt: isoTime(failedAt),
    ...content,
  };
}

/** Events have a lane of their own; to a sender they are of normal priority. */
export function priorityOf(lane: Lane): Priority {
  return lane === 'high' ? 'high' : 'normal';
}
