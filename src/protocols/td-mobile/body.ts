/**
 * The body of the older mobile protocol, `{"database.table":[event,…],…}`, and what its SDKs add to an event.
 * Owns: its shape and limits, and the meaning of `keen`, `#UUID` and `#SSUT`. Never: checks names, or reads a clock.
 */
import { isJsonObject } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';

/** Of a body, after inflation; the same as on the records endpoint. */
export const MAX_MOBILE_BODY_BYTES = 5_242_880;
const MAX_TABLES = 100;
const MAX_EVENTS = 10_000;

/** The key of an event's own id, which an SDK makes: `time` and columns come beside it. */
export const MOBILE_ID_KEY = '#UUID';

export interface MobileTable {
  /** As sent, such as `test_db.tbl`. */
  readonly name: string;
  /** What `name` says; absent when it is not two names with a dot between them. */
  readonly place?: { readonly database: string; readonly table: string };
  readonly events: readonly JsonValue[];
}

/** `problem` says what is wrong, and how to mend it. */
export type MobileReading = { readonly tables: readonly MobileTable[] } | { readonly problem: string };

export function readMobileBody(body: JsonValue): MobileReading {
  if (!isJsonObject(body)) return { problem: 'the body must be an object of arrays, by "database.table"' };
  const members = Object.entries(body);
  if (members.length === 0 || members.length > MAX_TABLES) {
    return { problem: `the body has ${members.length} tables; send 1 to ${MAX_TABLES}` };
  }
  const stranger = members.find(([, events]) => !Array.isArray(events));
  if (stranger !== undefined) return { problem: `'${stranger[0]}' is not an array` };
  const tables = members.map(([name, events]) => readTable(name, events as readonly JsonValue[]));
  const count = tables.reduce((sum, { events }) => sum + events.length, 0);
  return count > MAX_EVENTS ? { problem: `the body has ${count} events; send at most ${MAX_EVENTS}` } : { tables };
}

function readTable(name: string, events: readonly JsonValue[]): MobileTable {
  const [database, table, ...more] = name.split('.');
  if (!database || !table || more.length > 0) return { name, events };
  return { name, place: { database, table }, events };
}

/**
 * The event without what steered the SDK's server. `keen.timestamp` becomes `time` unless the event has one;
 * `#SSUT` true asks for the time of receipt instead, and a `#SSUT` that is a name for that time, in UNIX seconds,
 * under this name. What cannot be read so stays as it was sent (law 10).
 */
export function eventOfMobile(event: JsonObject, receiptSeconds: number): JsonObject {
  const members = new Map<string, JsonValue>(Object.entries(event));
  const mark = members.get('#SSUT');
  if (typeof mark === 'boolean' || (typeof mark === 'string' && !members.has(mark))) members.delete('#SSUT');
  if (typeof mark === 'string' && !members.has(mark)) members.set(mark, receiptSeconds);
  takeTimestamp(members, mark === true);
  // Unlike assignment, this makes `__proto__` a member like others.
  return Object.fromEntries(members);
}

function takeTimestamp(members: Map<string, JsonValue>, atReceipt: boolean): void {
  const keen = members.get('keen');
  if (keen === undefined || !isJsonObject(keen) || !Object.hasOwn(keen, 'timestamp')) return;
  const seconds = secondsOf(keen['timestamp']);
  if (seconds === undefined || (members.has('time') && !atReceipt)) return;
  const { timestamp: _, ...rest } = keen;
  if (Object.keys(rest).length > 0) members.set('keen', rest);
  else members.delete('keen');
  if (!atReceipt) members.set('time', seconds);
}

const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/;

function secondsOf(timestamp: JsonValue | undefined): number | undefined {
  if (typeof timestamp !== 'string' || !ISO_8601.test(timestamp)) return undefined;
  // Some phones leave the colon of the offset away.
  const ms = Date.parse(timestamp.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(ms) || ms < 0 ? undefined : Math.floor(ms / 1000);
}
