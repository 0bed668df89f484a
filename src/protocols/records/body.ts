/**
 * The body of a records request: JSON → records, the bad ones with their fault.
 * Owns: its shapes and the limits on records. Never: looks into a record beyond its `uuid`.
 */
import { isJsonObject } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';
import type { RecordFault } from './receipts.ts';

/** Of one record, as JSON. */
const MAX_RECORD_BYTES = 1_048_576;
/** Of a whole body, after inflation. */
export const MAX_RECORDS_BODY_BYTES = 5_242_880;
export const MAX_RECORDS = 500;

/** How the body is laid out; the other types of content are bodies of the Postback API. */
export type RecordsLayout = 'batch' | 'single';

const LAYOUTS: Readonly<Record<string, RecordsLayout>> = {
  'application/vnd.treasuredata.v1+json': 'batch',
  'application/vnd.treasuredata.v1.js+json': 'batch',
  'application/vnd.treasuredata.v1.mobile+json': 'batch',
  'application/vnd.treasuredata.v1.single+json': 'single',
};

/** `mediaType` in lower case. */
export function recordsLayout(mediaType: string): RecordsLayout | undefined {
  return Object.hasOwn(LAYOUTS, mediaType) ? LAYOUTS[mediaType] : undefined;
}

/** The type by which the browser SDK asks for its global id. */
export const JS_RECORDS_TYPE = 'application/vnd.treasuredata.v1.js+json';

/** A record that is taken. */
export interface GoodRecord {
  readonly record: JsonObject;
  /** The sender's own. */
  readonly uuid?: string;
  readonly fault?: undefined;
}

export type RecordReading = GoodRecord | { readonly fault: RecordFault };

/** `problem` says what is wrong with the whole body, and how to mend it. */
export type RecordsReading = { readonly records: readonly RecordReading[] } | { readonly problem: string };

export interface RecordsBody {
  readonly value: JsonValue;
  readonly layout: RecordsLayout;
  /** As sent, inflated. */
  readonly bytes: number;
}

export function readRecords({ value, layout, bytes }: RecordsBody): RecordsReading {
  // Records of most bodies need not be written to be measured: each is less than the body that holds it.
  const read = bytes > MAX_RECORD_BYTES ? readMeasured : readRecord;
  if (layout === 'single') return { records: [read(value)] };
  const list = recordList(value);
  if (list === undefined) return { problem: "the body must be an object with an array 'events' or 'records'" };
  if (list.length < 1 || list.length > MAX_RECORDS) {
    return { problem: `events size must be between 1 and ${MAX_RECORDS}` };
  }
  return { records: list.map((record) => read(record)) };
}

/** The list of a batch, whatever it holds: `events`, or `records` where the former is missing or null. */
export function recordList(body: JsonValue): readonly JsonValue[] | undefined {
  const list = isJsonObject(body) ? (ownMember(body, 'events') ?? ownMember(body, 'records')) : undefined;
  return Array.isArray(list) ? (list as readonly JsonValue[]) : undefined;
}

function ownMember(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** In letters of either case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function readRecord(record: JsonValue): RecordReading {
  if (!isJsonObject(record)) return invalidValue('the record is not an object');
  const uuid = ownMember(record, 'uuid');
  if (uuid === undefined || uuid === null) return { record };
  if (typeof uuid !== 'string' || !isUuid(uuid)) return invalidValue("'uuid' is no UUID");
  return { record, uuid };
}

function readMeasured(record: JsonValue): RecordReading {
  const json = JSON.stringify(record);
  // A character has at most three bytes, so that most records need no count.
  if (json.length * 3 > MAX_RECORD_BYTES && Buffer.byteLength(json) > MAX_RECORD_BYTES) {
    return invalidValue(`the record has more than ${MAX_RECORD_BYTES} bytes`);
  }
  return readRecord(record);
}

function invalidValue(description: string): RecordReading {
  return { fault: { name: 'InvalidPropertyValueError', description } };
}
