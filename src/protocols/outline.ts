/**
 * The outline of a body with a list of objects: what it says besides them, and how many these are.
 *
 *   {"priority":"high","persons":[{"email":"a"},{"email":"b"}]}  ──►  {"priority":"high","persons":[{}]}, 2 objects
 *
 * To admit a body takes no more, and to make the values of a thousand objects costs most on the way into the log.
 * Owns: that a body with an outline is JSON to its last byte. Never: judges it, or says what is wrong with one that has
 * no outline; parsing it as a whole does.
 */
import { isUtf8 } from 'node:buffer';
import { decodeUtf8, MAX_JSON_DEPTH, parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COMMA,
  NOT_JSON,
  OPEN_LIST,
  OPEN_OBJECT,
  scanName,
  scanValue,
  skipSpace,
} from '#model/json-scan.ts';

export interface Outline {
  /** The body with one empty object in its list. */
  readonly json: JsonValue;
  /** At least 1. */
  readonly objects: number;
}

/** A larger body has no outline. As large as bodies may be where nobody says otherwise. */
const MAX_BYTES: number = 1024 * 1024;

/** Bodies are copied here, one at a time, to have a NUL behind them. */
const terminated: Buffer = Buffer.alloc(MAX_BYTES + 1);

/** The place behind the object that begins at `start`, or {@link NOT_JSON}; the latter too when it wants no outline. */
export type ObjectScan = (bytes: Buffer, start: number) => number;

/** How deep the members of an object in the list may go. */
export const OBJECT_DEPTH: number = MAX_JSON_DEPTH - 2;

/**
 * Undefined: the body is no JSON object with such a list of objects, or one that is unusually written.
 * `scanObject` sees each object of the list, in order, and may be called for a body that has no outline.
 */
export function outlineOf(body: Uint8Array, listName: string, scanObject: ObjectScan = scanWhole): Outline | undefined {
  if (body.length > MAX_BYTES || !isUtf8(body)) return undefined;
  terminated.set(body);
  terminated[body.length] = 0;
  const list = findList(terminated, { quotedName: Buffer.from(`"${listName}"`), scanObject });
  if (list === undefined || list.documentEnd !== body.length) return undefined;
  const before = decodeUtf8(body.subarray(0, list.start + 1));
  const behind = decodeUtf8(body.subarray(list.end - 1));
  return { json: parseJson(`${before}{}${behind}`), objects: list.objects };
}

function scanWhole(bytes: Buffer, start: number): number {
  return scanValue(bytes, start, OBJECT_DEPTH);
}

interface WantedList {
  readonly quotedName: Uint8Array;
  readonly scanObject: ObjectScan;
}

interface FoundList {
  readonly start: number;
  readonly end: number;
  readonly objects: number;
}

// Two lists in one body, and names with escapes, which may be a second one in disguise, are left to the parser.
function findList(
  bytes: Buffer,
  { quotedName, scanObject }: WantedList,
): (FoundList & { documentEnd: number }) | undefined {
  let list: FoundList | undefined;
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN_OBJECT) return undefined;
  do {
    const name = skipSpace(bytes, at + 1);
    const value = scanName(bytes, name);
    if (value === NOT_JSON || bytes.subarray(name, value).includes(BACKSLASH)) return undefined;
    if (startsWith(bytes.subarray(name), quotedName)) {
      const found = scanObjects(bytes, value, scanObject);
      if (found === undefined || list !== undefined) return undefined;
      list = found;
      at = skipSpace(bytes, found.end);
    } else {
      const end = scanValue(bytes, value, MAX_JSON_DEPTH - 1);
      if (end === NOT_JSON) return undefined;
      at = skipSpace(bytes, end);
    }
  } while (bytes[at] === COMMA);
  if (bytes[at] !== CLOSE_OBJECT || list === undefined) return undefined;
  return { ...list, documentEnd: skipSpace(bytes, at + 1) };
}

function scanObjects(bytes: Buffer, start: number, scanObject: ObjectScan): FoundList | undefined {
  if (bytes[start] !== OPEN_LIST) return undefined;
  let objects = 0;
  let at = start;
  do {
    const object = skipSpace(bytes, at + 1);
    if (bytes[object] !== OPEN_OBJECT) return undefined;
    const end = scanObject(bytes, object);
    if (end === NOT_JSON) return undefined;
    objects += 1;
    at = skipSpace(bytes, end);
  } while (bytes[at] === COMMA);
  return bytes[at] === CLOSE_LIST ? { start, end: at + 1, objects } : undefined;
}

function startsWith(bytes: Uint8Array, wanted: Uint8Array): boolean {
  return wanted.every((byte, index) => bytes[index] === byte);
}
