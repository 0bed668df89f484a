/**
 * The parameters of a call: query, form, multipart form or JSON body, whichever a client sends.
 * Owns: how they are read. Never: knows a call.
 */
import { decodeUtf8, isJsonObject, JsonError, parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';
import { tdError } from './errors.ts';

export interface TdBody {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
}

export class TdParameters {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** Undefined when it is missing or empty. */
  text(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  /** Throws a {@link TdError} (422) when it is no whole number from 0 on. */
  count(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (/^\d{1,15}$/.test(value)) return Number(value);
    throw tdError('td-422', `${name} must be a whole number`);
  }
}

/** What the body says goes before the query. Throws a {@link TdError} (400). */
export function readParameters(query: URLSearchParams, { bytes, contentType = '' }: TdBody): TdParameters {
  const values = new Map<string, string>(query);
  if (bytes.length === 0) return new TdParameters(values);
  const text = decodeUtf8(bytes);
  if (text === undefined) throw tdError('td-400', 'the body is not UTF-8');
  for (const [name, value] of membersOf(text, contentType)) values.set(name, value);
  return new TdParameters(values);
}

function membersOf(text: string, contentType: string): Iterable<readonly [string, string]> {
  const boundary = /^multipart\/form-data\s*;.*boundary="?(?<boundary>[^";]+)"?/i.exec(contentType)?.groups;
  if (boundary?.['boundary'] !== undefined) return multipartMembers(text, boundary['boundary']);
  if (contentType.toLowerCase().startsWith('application/json')) return jsonMembers(text);
  return new URLSearchParams(text);
}

function jsonMembers(text: string): readonly (readonly [string, string])[] {
  const value = parsed(text);
  if (!isJsonObject(value)) throw tdError('td-400', 'the JSON body must be an object');
  return Object.entries(value)
    .filter(([, member]) => member !== null)
    .map(([name, member]) => [name, typeof member === 'string' ? member : JSON.stringify(member)]);
}

function parsed(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw tdError('td-400', error.message);
    throw error;
  }
}

// RFC 7578, for fields alone: Python's urllib3 sends its fields so.
function multipartMembers(text: string, boundary: string): readonly (readonly [string, string])[] {
  return text.split(`--${boundary}`).flatMap((part): readonly (readonly [string, string])[] => {
    const end = part.indexOf('\r\n\r\n');
    const name = /;\s*name="(?<name>[^"]*)"/i.exec(part.slice(0, Math.max(0, end)))?.groups?.['name'];
    return name === undefined ? [] : [[name, part.slice(end + 4).replace(/\r\n$/, '')]];
  });
}
