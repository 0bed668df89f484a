/**
 * What an object was named by its sender: the dedupe attributes that failures and waiting objects are found by.
 * Owns: when two names are the same. Never: decides what is matched in the store, where fields have types.
 */
import { decimalValue } from './exact-number.ts';
import type { FieldValue } from './field.ts';
import { isJsonObject, JsonError, type JsonValue, parseJson } from './json.ts';

interface NamedValue {
  /** In any case. */
  readonly field: string;
  readonly value: FieldValue;
}

/**
 * True when the name, JSON text such as `{"email":"A@x.org"}`, has each of these fields with its value. Names of fields
 * and texts are compared without regard to case; numbers, and texts that are numbers, by their value.
 */
export function isNamed(name: string, wanted: readonly NamedValue[]): boolean {
  const members = membersOf(name);
  return wanted.every(({ field, value }) => {
    const lower = field.toLowerCase();
    return members.some(([own, json]) => own.toLowerCase() === lower && isSame(json, value));
  });
}

function membersOf(name: string): readonly (readonly [string, JsonValue])[] {
  try {
    const value = parseJson(name);
    return isJsonObject(value) ? Object.entries(value) : [];
  } catch (error) {
    if (error instanceof JsonError) return [];
    throw error;
  }
}

function isSame(json: JsonValue, value: FieldValue): boolean {
  const own = comparable(json);
  if (own === undefined) return false;
  return own === null || value === null ? own === value : own === textOf(value);
}

/** Undefined: no sender names anything by an array or an object. */
function comparable(json: JsonValue): string | null | undefined {
  if (json === null) return null;
  if (Array.isArray(json) || isJsonObject(json)) return undefined;
  return textOf(typeof json === 'object' ? JSON.stringify(json) : (json as string | number | boolean));
}

function textOf(value: NonNullable<FieldValue>): string {
  const text = String(value).toLowerCase();
  return decimalValue(text) ?? text;
}
