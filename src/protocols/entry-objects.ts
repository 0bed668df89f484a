/**
 * Reads an entry's bytes back into objects, with the same readers that admitted it.
 * Owns: nothing. Never: decides a fate; what cannot be read throws {@link UnreadableError} (law 5).
 */
import type { CommandEnvelope, Entry, Envelope, EventEnvelope, ReplayEnvelope } from '#model/entry.ts';
import { formToObject } from '#model/form.ts';
import { decodeUtf8, isJsonObject, mayBeIllFormed, parseJson, wellFormed } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';
import type { FailureRef, Warning } from '#model/fates.ts';
import type { CustomObjectSettings, EventSettings, PersonSettings } from '#model/object-settings.ts';
import type { UpsertAction } from '#model/upsert.ts';
import type { RequestId } from '#model/words.ts';
import { readCustomObjectsRequest, readPersonsRequest } from '#protocols/ingestion/request.ts';
import type { PersonsRequest, Reading } from '#protocols/ingestion/request.ts';
import { recordList } from '#protocols/records/body.ts';

/** A command holds no objects and has no fate: it is no request. */
export type RequestEntry = Entry & { readonly envelope: Exclude<Envelope, CommandEnvelope> };

export function isRequest(entry: Entry): entry is RequestEntry {
  return entry.envelope.kind !== 'command';
}

/** What the entry of a request holds, by kind. */
export type DecodedRequest = DecodedUpserts | DecodedEvents | DecodedReplay;

interface DecodedObjects {
  readonly objects: readonly JsonObject[];
  readonly warnings: readonly Warning[];
}

export interface DecodedUpserts extends DecodedObjects {
  readonly kind: 'upserts';
  readonly settings: PersonSettings | CustomObjectSettings;
  /** Its sender waits for each object's result, and no object may wait. */
  readonly isAnswered: boolean;
}

export interface DecodedEvents extends DecodedObjects {
  readonly kind: 'events';
  readonly settings: EventSettings;
}

/** Failed objects to be tried again, in this order. */
export interface DecodedReplay {
  readonly kind: 'replay';
  readonly envelope: ReplayEnvelope;
  readonly refs: readonly FailureRef[];
}

/** The bytes of an entry are not what the gateway admits: they were changed, or a newer gateway wrote them. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Throws {@link UnreadableError}. Does not look whether there are as many objects as were accepted. */
export function decodeRequest(entry: RequestEntry): DecodedRequest {
  const { envelope } = entry;
  const text = decodeUtf8(entry.body);
  if (text === undefined) throw new UnreadableError('the body is not valid UTF-8');
  const { value, warnings } = readBody(text, envelope.kind === 'event' ? envelope.format : 'json');
  switch (envelope.kind) {
    case 'event':
      return { kind: 'events', settings: eventSettings(envelope, entry.requestId), objects: eventsOf(value), warnings };
    case 'person': {
      const request = accepted(readPersonsRequest(value));
      const settings = { kind: 'person', ...personSettings(request), ...actionOf(envelope) } as const;
      const isAnswered = envelope.answered === true;
      return { kind: 'upserts', settings, isAnswered, objects: request.persons, warnings };
    }
    case 'customObject': {
      const { dedupeBy, customObjects } = accepted(readCustomObjectsRequest(value));
      const { apiName } = envelope;
      const settings = { kind: 'customObject', apiName, dedupeBy, ...actionOf(envelope) } as const;
      const isAnswered = envelope.answered === true;
      return { kind: 'upserts', settings, isAnswered, objects: customObjects, warnings };
    }
    case 'replay':
      return { kind: 'replay', envelope, refs: refsOf(value) };
    default:
      throw new UnreadableError('the entry is of a kind that this version does not know');
  }
}

function actionOf({ action }: { readonly action?: UpsertAction }): { readonly action?: UpsertAction } {
  return action === undefined ? {} : { action };
}

function personSettings({ field1, field2, partitionName }: PersonsRequest): Omit<PersonSettings, 'kind'> {
  return { partitionName, dedupeFields: field2 === undefined ? [field1] : [field1, field2] };
}

function eventSettings(envelope: EventEnvelope, requestId: RequestId): EventSettings {
  const { database, table, ip, userAgent, globalId, idKey, idempotencyKey: key, keyedBy } = envelope;
  return {
    kind: 'event',
    database,
    table,
    ...(ip === undefined ? {} : { ip }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(globalId === undefined ? {} : { globalId }),
    ...(idKey === undefined ? {} : { idKey }),
    ...(key === undefined ? {} : { idempotencyKey: { key, requestId } }),
    ...(keyedBy === undefined ? {} : { keyedBy }),
  };
}

function readBody(text: string, format: EventEnvelope['format']): { value: JsonValue; warnings: readonly Warning[] } {
  const value = parsed(text, format);
  if (format !== 'form' && !mayBeIllFormed(text)) return { value, warnings: [] };
  const repaired = wellFormed(value);
  return { value: repaired.value, warnings: repaired.changedKeys.map(replacementWarning) };
}

// Of a batch of records only its list is taken: what is beside it is nobody's to store or to be warned of.
function parsed(text: string, format: EventEnvelope['format']): JsonValue {
  if (format === 'form') return formToObject(text);
  const value = parsedJson(text);
  if (format !== 'records') return value;
  const list = recordList(value);
  if (list === undefined) throw new UnreadableError('the body has no list of records');
  return list;
}

function parsedJson(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    throw new UnreadableError('the body is not JSON', { cause: error });
  }
}

function replacementWarning(key: string): Warning {
  return {
    code: 'replaced-characters',
    message: `'${key}' held a lone surrogate or NUL, which no text can hold; U+FFFD stands in its place`,
  };
}

function eventsOf(value: JsonValue): readonly JsonObject[] {
  const events = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  if (!events.every(isJsonObject)) throw new UnreadableError('the body is neither an object nor an array of objects');
  return events;
}

/** `[{"requestId","indexes":[0,…]},…]`. */
function refsOf(value: JsonValue): readonly FailureRef[] {
  if (!Array.isArray(value)) throw new UnreadableError('the body of a replay is not an array');
  return (value as readonly JsonValue[]).flatMap((element) => {
    const { requestId, indexes } = isJsonObject(element) ? element : {};
    if (typeof requestId !== 'string' || !Array.isArray(indexes) || !indexes.every(Number.isSafeInteger)) {
      throw new UnreadableError('the body of a replay holds what names no objects');
    }
    return (indexes as readonly number[]).map((index) => ({ requestId: requestId as RequestId, index }));
  });
}

function accepted<Request>(reading: Reading<Request>): Request {
  if ('fault' in reading) throw new UnreadableError(reading.fault.reason);
  return reading.request;
}
