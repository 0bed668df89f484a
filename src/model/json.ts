/**
 * Exact JSON (law 10): what was sent is what is stored and read back, numbers by their mathematical value.
 * Owns: reading JSON text, its depth limit, and the repair of what no text can hold. Never: judges a document's shape.
 */
import { isExactDouble } from './exact-number.ts';

/** A number that no double tells; JSON.stringify writes its token unchanged. Made by JSON.rawJSON (ECMAScript 2026). */
export interface ExactNumber {
  readonly rawJSON: string;
}

/** `__proto__` and `constructor` are keys like others: read own members only, and never copy by assignment. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export type JsonValue = null | boolean | number | string | ExactNumber | readonly JsonValue[] | JsonObject;

declare global {
  // The compiler's library does not know these members yet.
  interface JSON {
    rawJSON(text: string): ExactNumber;
    isRawJSON(value: unknown): value is ExactNumber;
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  }
}

/** Arrays and objects within each other; deeper documents are refused, since their readers would need more stack. */
export const MAX_JSON_DEPTH = 200;

/** The text is not JSON, or is nested too deep. The message tells where and is fit for the sender. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/** A number token of a document whose double is not its value. */
export function isExactNumber(value: JsonValue): value is ExactNumber {
  // The object of a token has no prototype, which is seen ten times as fast as JSON.isRawJSON answers.
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null && JSON.isRawJSON(value);
}

/** True for JSON objects alone: not for null, arrays and numbers such as 1e400. */
export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value as JsonObject);
}

/**
 * Reads a JSON document (RFC 8259). Of a key given twice the last counts.
 * Throws {@link JsonError}. Costs about a third more than JSON.parse, twice as much where most numbers are long, and
 * many times as much when one is inexact.
 */
export function parseJson(text: string): JsonValue {
  const value = parseDoubles(text);
  const survey: Survey = { inexact: false, zero: false };
  inspect(value, MAX_JSON_DEPTH, survey);
  const exact = !survey.inexact && !hasLongInexactNumber(text) && !(survey.zero && mayUnderflow(text));
  return exact ? value : (JSON.parse(text, keepExact) as JsonValue);
}

function parseDoubles(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new JsonError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** What the doubles of a document say about its tokens. */
interface Survey {
  /** A token beyond the range of normal doubles. */
  inexact: boolean;
  /** A zero, which may have been a token such as 1e-400. */
  zero: boolean;
}

// It takes three digits to bring a token of at most 15 significant digits below the smallest double. What stands before
// them is looked at only behind such an exponent, which UUIDs and the paths of URLs may hold.
const UNDERFLOW = /\d[eE]-\d{3}(?<=(?:^|[[,: \t\r\n])-?[\d.]+[eE]-\d{3})/;

function mayUnderflow(text: string): boolean {
  return text.includes('-') && UNDERFLOW.test(text);
}

// One pass over the values finds both what is too deep and which doubles are no honest ones.
function inspect(value: JsonValue, depth: number, survey: Survey): void {
  if (typeof value === 'number') inspectNumber(value, survey);
  else if (typeof value === 'object' && value !== null) inspectMembers(value as JsonObject, depth, survey);
}

function inspectMembers(parent: JsonObject | readonly JsonValue[], depth: number, survey: Survey): void {
  if (depth === 0) throw new JsonError(`nested deeper than ${MAX_JSON_DEPTH} levels`);
  if (Array.isArray(parent)) {
    for (let i = 0; i < parent.length; i += 1) inspect(parent[i] as JsonValue, depth - 1, survey);
    return;
  }
  const object = parent as JsonObject;
  for (const key in object) {
    const member = object[key] as JsonValue;
    if (typeof member !== 'string') inspect(member, depth - 1, survey);
  }
}

const SMALLEST_NORMAL = 2.2250738585072014e-308;

function inspectNumber(value: number, survey: Survey): void {
  if (value === 0) survey.zero = true;
  else if (!Number.isFinite(value) || Math.abs(value) < SMALLEST_NORMAL) survey.inexact = true;
}

/** A decimal of at most 15 significant digits and its double tell each other; longer tokens need a look. */
const LONG_TOKEN = 16;

// Looks at the 16th character from `start`, and backwards from there. What is no digit rules out all rows of 16 that
// cover it, so that mostly one character in 16 is looked at. Between `start` and `seen` there are digits alone.
function hasLongInexactNumber(text: string): boolean {
  let start = 0;
  let seen = 0;
  for (let last = LONG_TOKEN - 1; last < text.length; last = start + LONG_TOKEN - 1) {
    let at = last;
    while (at >= seen && isDigitOrDot(text.charCodeAt(at))) at -= 1;
    if (at >= seen) {
      start = at + 1;
      seen = last + 1;
      continue;
    }
    let end = last + 1;
    while (end < text.length && isDigitOrDot(text.charCodeAt(end))) end += 1;
    if (isInexactToken(text, start, end)) return true;
    start = end + 1;
    seen = start;
  }
  return false;
}

// May take digits inside a string for a number; that costs time and nothing else.
function isInexactToken(text: string, digitsStart: number, digitsEnd: number): boolean {
  const start = text.charAt(digitsStart - 1) === '-' ? digitsStart - 1 : digitsStart;
  if (!BEFORE_NUMBER.includes(text.charAt(start - 1))) return false;
  let end = digitsEnd;
  while (end < text.length && IN_EXPONENT.includes(text.charAt(end))) end += 1;
  return !isExactDouble(text.slice(start, end));
}

/** The empty text stands for the start of the document. */
const BEFORE_NUMBER = '[,: \t\r\n';
const IN_EXPONENT = '0123456789eE+-';

function isDigitOrDot(code: number): boolean {
  return code <= 57 && code >= 46 && code !== 47;
}

function keepExact(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined) return value;
  return isExactDouble(context.source) ? value : JSON.rawJSON(context.source);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Text of UTF-8 bytes without their byte order mark; undefined when they are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A text with every lone surrogate and NUL replaced, and the dotted paths of the keys where that happened. */
export interface WellFormed {
  readonly value: JsonValue;
  readonly changedKeys: readonly string[];
}

const UNHOLDABLE_ESCAPE = /\\u(?:[dD][89a-fA-F]|0000)/;

/** Cheap test on valid Unicode text: false means that {@link wellFormed} would change nothing. */
export function mayBeIllFormed(text: string): boolean {
  return text.includes('\\u') && UNHOLDABLE_ESCAPE.test(text);
}

/** Whether the text holds what no store can keep in one, a lone surrogate or NUL. */
export function isUnholdable(text: string): boolean {
  return !text.isWellFormed() || text.includes('\0');
}

/** Puts U+FFFD in place of what no text can hold: lone surrogates and NUL, in strings and in keys (law 10). */
export function wellFormed(value: JsonValue): WellFormed {
  const changedKeys: string[] = [];
  return { value: repaired(value, '', changedKeys), changedKeys };
}

function repaired(value: JsonValue, path: string, changedKeys: string[]): JsonValue {
  if (typeof value === 'string') return repairedText(value, path, changedKeys);
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return value;
  const from = (key: string | number): string => (path === '' ? `${key}` : `${path}.${key}`);
  if (Array.isArray(value)) {
    return value.map((element: JsonValue, index) => repaired(element, from(index), changedKeys));
  }
  const members = Object.entries(value).map(([key, member]): [string, JsonValue] => {
    const whole = key.toWellFormed().replaceAll('\0', REPLACEMENT);
    if (whole !== key) changedKeys.push(from(whole));
    return [whole, repaired(member, from(whole), changedKeys)];
  });
  // Unlike assignment, this makes `__proto__` a member like others.
  return Object.fromEntries(members);
}

function repairedText(text: string, path: string, changedKeys: string[]): string {
  const whole = text.toWellFormed().replaceAll('\0', REPLACEMENT);
  if (whole !== text) changedKeys.push(path);
  return whole;
}

const REPLACEMENT = '\uFFFD';
