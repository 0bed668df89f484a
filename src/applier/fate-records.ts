/**
 * What the store keeps of a request and of an object: its record among the requests, in the quarantine, among those
 * that wait.
 * Owns: which part of a planned entry goes where. Never: counts (see fates.ts), never decides a fate.
 */
import type { Envelope } from '#model/entry.ts';
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import type { JsonObject } from '#model/json.ts';
import { typeNameOf } from '#model/type-name.ts';
import type { NewWaitingObject, WaitState } from '#model/waiting.ts';
import type { FateCounts, ObjectKind } from '#model/words.ts';
import { WHOLE_ENTRY } from './planned.ts';
import type { PlannedEntry, PlannedFailure, PlannedObject } from './planned.ts';

/** `now`, in milliseconds since 1970: when the last object of it was decided, unless some are pending. */
export function requestRecord(planned: PlannedEntry, counts: FateCounts, now: number): RequestRecord {
  const { entry, warnings, replayOf } = planned;
  const { correlationId, requestSource, clientId } = entry.envelope;
  return {
    requestId: entry.requestId,
    kind: kindOf(entry.envelope),
    type: typeNameOf(entry.envelope),
    clientId,
    lane: entry.lane,
    position: entry.position,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(requestSource === undefined ? {} : { requestSource }),
    acceptedAt: entry.acceptedAt,
    ...(counts.pending > 0 ? {} : { finishedAt: now }),
    counts,
    warnings,
    ...(replayOf === undefined ? {} : { replayOf }),
  };
}

/** Of an object that failed at its first try. `failedAt` in milliseconds since 1970. */
export function failureRecord(planned: PlannedEntry, failure: PlannedFailure, failedAt: number): FailureRecord {
  const { entry } = planned;
  const object = planned.objects[failure.index];
  const traits = planned.traitsOf(failure.index);
  return {
    requestId: entry.requestId,
    index: failure.index,
    kind: kindOf(entry.envelope),
    type: typeNameOf(entry.envelope),
    key: object === undefined ? '{}' : keyText(object, traits?.keyFields),
    code: failure.code,
    message: failure.message,
    object: object === undefined ? withoutObject(planned) : JSON.stringify(object),
    ...(failure.index === WHOLE_ENTRY && { objects: entry.objects }),
    failedAt,
    attempts: 1,
    acceptedAt: entry.acceptedAt,
    ...(traits === undefined ? {} : { settings: traits.settings }),
  };
}

/** An object after a first try that decided nothing, but for what it is matched by. */
export function waitingObject({ planned, index }: PlannedObject, state: WaitState): NewWaitingObject | undefined {
  const { entry } = planned;
  const object = planned.objects[index];
  const traits = planned.traitsOf(index);
  if (object === undefined || traits === undefined) return undefined;
  return {
    ...state,
    requestId: entry.requestId,
    index,
    kind: traits.settings.kind,
    type: typeNameOf(traits.settings),
    settings: traits.settings,
    object: JSON.stringify(object),
    keyText: keyText(object, traits.keyFields),
    acceptedAt: entry.acceptedAt,
  };
}

// An entry of a newer gateway may be of a kind that has no name here.
function kindOf(envelope: Envelope): ObjectKind {
  if (envelope.kind === 'replay') return envelope.objectKind;
  return envelope.kind === 'person' || envelope.kind === 'customObject' ? envelope.kind : 'event';
}

// Of a replay that names what is not there, nothing is kept.
function withoutObject({ entry, replayOf }: PlannedEntry): string {
  return replayOf === undefined ? Buffer.from(entry.body).toString('base64') : 'null';
}

// What names the object to its sender, as far as the object has it.
function keyText(object: JsonObject, keyFields: ReadonlySet<string> | undefined): string {
  const key = Object.entries(object).filter(([name]) => keyFields?.has(name.toLowerCase()) === true);
  return JSON.stringify(Object.fromEntries(key));
}
