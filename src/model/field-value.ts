/**
 * Decides whether a JSON value fits a field, and as what it is kept (docs/specs/persons.md, P10 to P19).
 * Owns: the conversions that the spec names. Never: rounds, cuts or guesses; what does not fit is a problem (law 10).
 */
import { Buffer } from 'node:buffer';
import { readDate, readDatetime } from './calendar.ts';
import { isExactDouble, writtenInteger } from './exact-number.ts';
import type { DataType, FieldDefinition, FieldValue } from './field.ts';
import { isExactNumber } from './json.ts';
import type { JsonValue } from './json.ts';

/** Why a value does not fit; the message is fit for the sender (code 1003). */
export interface ValueProblem {
  readonly message: string;
}

/** Characters of a string-like field without a length of its own. */
const DEFAULT_STRING_LENGTH = 255;
/** Bytes of UTF-8 of a text field without a length of its own. */
export const DEFAULT_TEXT_BYTES = 30_000;

/** The value as stores keep it, or why it does not fit. `null` and `''` clear: a boolean to false, others to null. */
export function decideValue(field: FieldDefinition, json: JsonValue): FieldValue | ValueProblem {
  if (json === null || json === '') return field.dataType === 'boolean' ? false : null;
  const value = READERS[field.dataType](json, field);
  return value === undefined ? valueProblem(field.name, json) : value;
}

export function isValueProblem(value: FieldValue | ValueProblem): value is ValueProblem {
  return typeof value === 'object' && value !== null;
}

/** Undefined: the value does not fit. Never sees null or `''`. */
type Reader = (json: JsonValue, field: FieldDefinition) => FieldValue | undefined;

const READERS: Readonly<Record<DataType, Reader>> = {
  string: readString,
  phone: readString,
  url: readString,
  reference: readString,
  text: readText,
  email: readEmail,
  integer: readInteger,
  score: readInteger,
  percent: readInteger,
  float: readFloat,
  currency: readFloat,
  boolean: readBoolean,
  date: (json) => (typeof json === 'string' ? readDate(json) : undefined),
  datetime: (json) => (typeof json === 'string' ? readDatetime(json) : undefined),
};

function readString(json: JsonValue, field: FieldDefinition): string | undefined {
  return typeof json === 'string' && hasAtMost(json, field.length ?? DEFAULT_STRING_LENGTH) ? json : undefined;
}

// Code points, not UTF-16 units: a character outside the basic plane counts once.
function hasAtMost(text: string, characters: number): boolean {
  if (text.length <= characters) return true;
  if (text.length > 2 * characters) return false;
  let count = 0;
  for (const _character of text) count += 1;
  return count <= characters;
}

function readText(json: JsonValue, field: FieldDefinition): string | undefined {
  if (typeof json !== 'string') return undefined;
  const limit = field.length ?? DEFAULT_TEXT_BYTES;
  return json.length * 3 <= limit || Buffer.byteLength(json) <= limit ? json : undefined;
}

// RFC 5322's dot-atom characters, dots anywhere as real providers have them; a domain of two or more labels.
const EMAIL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

function readEmail(json: JsonValue, field: FieldDefinition): string | undefined {
  const text = readString(json, field);
  return text !== undefined && EMAIL.test(text) ? text : undefined;
}

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

function readInteger(json: JsonValue): number | bigint | undefined {
  const number = readNumber(json);
  if (typeof number === 'number') return integerOfDouble(number);
  if (number === undefined || !/^-?\d+$/.test(number)) return undefined;
  // Longer texts are out of range whatever their digits, and need no conversion.
  return number.length > MAX_INTEGER_CHARACTERS ? undefined : inRange(BigInt(number));
}

const MAX_INTEGER_CHARACTERS = 20;

function integerOfDouble(number: number): number | bigint | undefined {
  // Adding zero turns -0 into 0.
  if (Number.isSafeInteger(number)) return number + 0;
  return Number.isInteger(number) ? inRange(writtenInteger(number)) : undefined;
}

function inRange(integer: bigint): bigint | undefined {
  return integer >= MIN_INTEGER && integer <= MAX_INTEGER ? integer : undefined;
}

function readFloat(json: JsonValue): number | undefined {
  const number = readNumber(json);
  return typeof number === 'number' ? number + 0 : undefined;
}

/** A number where a double tells it exactly, else its token; strings that are exactly a JSON number count as one. */
function readNumber(json: JsonValue): number | string | undefined {
  if (typeof json === 'number') return json;
  if (typeof json === 'string') return JSON_NUMBER.test(json) ? exactOrToken(json) : undefined;
  return json !== null && isExactNumber(json) ? json.rawJSON : undefined;
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function exactOrToken(token: string): number | string {
  return isExactDouble(token) ? Number(token) : token;
}

function readBoolean(json: JsonValue): boolean | undefined {
  if (typeof json === 'boolean') return json;
  if (json === 'true') return true;
  return json === 'false' ? false : undefined;
}

/** What a message shows of a value; the object itself is kept whole beside it. */
const MAX_SHOWN_CHARACTERS = 255;

/** In the words of the documented service. */
function valueProblem(name: string, json: JsonValue): ValueProblem {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  const shown = text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed()}…` : text;
  return { message: `Invalid value for field '${name}' and value '${shown}'` };
}
