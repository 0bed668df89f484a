/**
 * Reads an entry's bytes back into objects, with the same readers that admitted it.
 * Owns: nothing. Never: decides a fate; what cannot be read throws {@link UnreadableError} (law 5).
 */
import type { CustomObjectsEnvelope, Entry, EventEnvelope } from '#model/entry.ts';
import { formToObject } from '#model/form.ts';
import { decodeUtf8, isJsonObject, mayBeIllFormed, parseJson, wellFormed } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';
import type { Warning } from '#model/fates.ts';
import { readCustomObjectsRequest, readPersonsRequest } from '#protocols/ingestion/request.ts';
import type { CustomObjectsRequest, PersonsRequest, Reading } from '#protocols/ingestion/request.ts';

/** What the objects of an entry have in common, by kind. */
export type DecodedEntry = DecodedPersons | DecodedCustomObjects | DecodedEvents;

interface Decoded {
  readonly entry: Entry;
  readonly objects: readonly JsonObject[];
  readonly warnings: readonly Warning[];
}

export interface DecodedPersons extends Decoded {
  readonly kind: 'person';
  readonly request: PersonsRequest;
}

export interface DecodedCustomObjects extends Decoded {
  readonly kind: 'customObject';
  readonly envelope: CustomObjectsEnvelope;
  readonly request: CustomObjectsRequest;
}

export interface DecodedEvents extends Decoded {
  readonly kind: 'event';
  readonly envelope: EventEnvelope;
}

/** The bytes of an entry are not what the gateway admits: they were changed, or a newer gateway wrote them. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Throws {@link UnreadableError}. */
export function decodeEntry(entry: Entry): DecodedEntry {
  const decoded = decodeBody(entry);
  const found = decoded.objects.length;
  // Law 2 counts what was accepted: a body of more or of fewer objects is not what was accepted.
  if (found !== entry.objects) throw new UnreadableError(`the body holds ${found} objects instead of ${entry.objects}`);
  return decoded;
}

function decodeBody(entry: Entry): DecodedEntry {
  const { envelope } = entry;
  const text = decodeUtf8(entry.body);
  if (text === undefined) throw new UnreadableError('the body is not valid UTF-8');
  const { value, warnings } = readBody(text, envelope.kind === 'event' ? envelope.format : 'json');
  switch (envelope.kind) {
    case 'event':
      return { kind: 'event', entry, envelope, objects: eventsOf(value), warnings };
    case 'person': {
      const request = accepted(readPersonsRequest(value));
      return { kind: 'person', entry, request, objects: request.persons, warnings };
    }
    case 'customObject': {
      const request = accepted(readCustomObjectsRequest(value));
      return { kind: 'customObject', entry, envelope, request, objects: request.customObjects, warnings };
    }
    default:
      throw new UnreadableError('the entry is of a kind that this version does not know');
  }
}

function readBody(text: string, format: 'json' | 'form'): { value: JsonValue; warnings: readonly Warning[] } {
  const value = parsed(text, format);
  if (format === 'json' && !mayBeIllFormed(text)) return { value, warnings: [] };
  const repaired = wellFormed(value);
  return { value: repaired.value, warnings: repaired.changedKeys.map(replacementWarning) };
}

function parsed(text: string, format: 'json' | 'form'): JsonValue {
  if (format === 'form') return formToObject(text);
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

function accepted<Request>(reading: Reading<Request>): Request {
  if ('fault' in reading) throw new UnreadableError(reading.fault.reason);
  return reading.request;
}
