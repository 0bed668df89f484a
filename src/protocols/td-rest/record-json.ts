/**
 * One record of MessagePack as the JSON text of an event (docs/specs/td-rest.md, "Records").
 * Owns: what becomes of values that JSON has no word for. Never: reads bytes of a stream.
 */
import { Buffer } from 'node:buffer';
import { ExtData } from '@msgpack/msgpack';
import { decodeUtf8, MAX_JSON_DEPTH } from '#model/json.ts';
import { tdError } from './errors.ts';

/** Throws a {@link TdError} (422) when the value is no map, or is nested too deep. */
export function recordJson(value: unknown): string {
  if (!isMap(value)) throw tdError('td-422', 'every record must be a map');
  return JSON.stringify(jsonOf(value, MAX_JSON_DEPTH));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array || value instanceof ExtData)
  );
}

// Records are flat but for few: a record whose values are all plain is handed on as it is.
function jsonOf(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'bigint':
      return JSON.rawJSON(String(value));
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      return value === null ? null : jsonOfObject(value, depth);
    default:
      return value;
  }
}

function jsonOfObject(value: object, depth: number): unknown {
  if (depth === 0) throw tdError('td-422', `a record is nested deeper than ${MAX_JSON_DEPTH} levels`);
  if (Array.isArray(value)) return value.map((member) => jsonOf(member, depth - 1));
  if (value instanceof Uint8Array) return textOfBytes(value);
  if (value instanceof ExtData) return { type: value.type, data: base64(extensionBytes(value)) };
  // The decoder's own object: it has no member but the record's, and none is called __proto__.
  const object = value as Record<string, unknown>;
  for (const key in object) {
    const member = object[key];
    if (typeof member !== 'string') object[key] = jsonOf(member, depth - 1);
  }
  return object;
}

function textOfBytes(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? base64(bytes);
}

function extensionBytes({ data }: ExtData): Uint8Array {
  return typeof data === 'function' ? data(0) : data;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
