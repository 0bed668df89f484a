/** Requests and their fates as answers show them (spec: status stream, "the fate of a request"). Pure. */
import type { FoundRequest } from './find-request.ts';
import { parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';
import { noFates } from '#model/fates.ts';
import type { FailureRecord, RequestRecord, Warning } from '#model/fates.ts';
import type { Entry, Envelope } from '#model/entry.ts';
import type { Durability, FateCounts, Lane, ObjectKind, Priority, RequestId } from '#model/words.ts';

/** A request without its failures. Law 2 holds in `objects`, in whatever state the request is. */
export interface ShownRequest {
  readonly requestId: RequestId;
  readonly kind: ObjectKind;
  /** `persons`, the API name of a custom object type, or `database.table`. */
  readonly type: string;
  readonly clientId: string;
  readonly priority: Lane;
  readonly correlationId?: string;
  readonly requestSource?: string;
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
}

/** A failed object in the quarantine, with its content. */
export interface QuarantinedObject extends Omit<ShownFailure, 'state'> {
  readonly requestId: string;
  readonly kind: ObjectKind;
  readonly type: string;
  readonly failedAt: string;
  /** The object as it was sent. */
  readonly object?: JsonValue;
  /** Instead of `object`, when the request's body could not be read at all. */
  readonly bodyBase64?: string;
}

export function shownRequest(found: FoundRequest, durability: Durability): ShownRequest {
  return found.at === 'store' ? decidedRequest(found.record, durability) : waitingRequest(found.entry, durability);
}

export function decidedRequest(record: RequestRecord, durability: Durability): ShownRequest {
  const { requestId, kind, type, clientId, lane, correlationId, requestSource, finishedAt, counts, warnings } = record;
  return {
    requestId,
    kind,
    type,
    clientId,
    priority: priorityOf(lane),
    ...(correlationId !== undefined && { correlationId }),
    ...(requestSource !== undefined && { requestSource }),
    acceptedAt: isoTime(record.acceptedAt),
    durability,
    state: counts.pending > 0 ? 'retrying' : 'done',
    ...(finishedAt !== undefined && { finishedAt: isoTime(finishedAt) }),
    objects: counts,
    warnings,
  };
}

function waitingRequest(entry: Entry, durability: Durability): ShownRequest {
  const { requestId, envelope, lane, acceptedAt, objects } = entry;
  const { kind, clientId, correlationId, requestSource } = envelope;
  return {
    requestId,
    kind,
    type: typeOf(envelope),
    clientId,
    priority: priorityOf(lane),
    ...(correlationId !== undefined && { correlationId }),
    ...(requestSource !== undefined && { requestSource }),
    acceptedAt: isoTime(acceptedAt),
    durability,
    state: 'pending',
    objects: { ...noFates(), received: objects, pending: objects },
    warnings: [],
  };
}

function typeOf(envelope: Envelope): string {
  switch (envelope.kind) {
    case 'person':
      return 'persons';
    case 'customObject':
      return envelope.apiName;
    case 'event':
      return `${envelope.database}.${envelope.table}`;
  }
}

export function shownFailure(failure: FailureRecord): ShownFailure {
  const { index, key, code, message, attempts } = failure;
  return { index, key: parseJson(key), code, message, state: 'failed', attempts };
}

export function quarantinedObject(failure: FailureRecord): QuarantinedObject {
  const { requestId, index, kind, type, key, code, message, failedAt, attempts, object } = failure;
  const content = index < 0 ? { bodyBase64: object } : { object: parseJson(object) };
  return {
    requestId,
    index,
    kind,
    type,
    key: parseJson(key),
    code,
    message,
    failedAt: isoTime(failedAt),
    attempts,
    ...content,
  };
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

// Events have a lane of their own; to a sender they are of normal priority.
function priorityOf(lane: Lane): Priority {
  return lane === 'high' ? 'high' : 'normal';
}
