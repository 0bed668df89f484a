/**
 * Records that name themselves by certain values: failures and waiting objects, found by the text of their name.
 * Owns: a condition in SQL that no such record fails. Never: decides; `isNamed` does, of what this lets through.
 */
import { decimalValue } from '#model/exact-number.ts';
import { literal } from './identifiers.ts';
import type { ObjectKey } from '#ports/store-reader.ts';

/** True of each row whose name, JSON text without blanks in the column `key`, may be the one wanted. */
export function mayBeNamed(wanted: ObjectKey): string {
  return wanted.map(({ field, value }) => `(${mayHave(`${JSON.stringify(field)}:`, value)})`).join(' and ') || 'true';
}

/** `member` is the name of a field as it stands before its value. */
function mayHave(member: string, value: ObjectKey[number]['value']): string {
  const text = String(value);
  // How DuckDB and JavaScript bring a letter to lower case may differ beyond ASCII.
  if (!isAscii(member)) return 'true';
  const has = (end: string): string => `contains(lower(key), ${literal((member + end).toLowerCase())})`;
  if (value === null || typeof value === 'boolean') return `${has(text)} or ${has(JSON.stringify(text))}`;
  if (decimalValue(text.toLowerCase()) !== undefined) return `${has('')} and ${hasNumber(member, Number(text))}`;
  return isAscii(text) ? has(JSON.stringify(text)) : has('"');
}

/** A number has many spellings, and the same double for each; a text may be one of them. */
function hasNumber(member: string, double: number): string {
  if (!Number.isFinite(double) || !/^"[A-Za-z0-9_]*":$/.test(member)) return 'true';
  const numbers = `regexp_extract_all(lower(key), ${literal(`${member.toLowerCase()}"?(-?[0-9][0-9.e+-]*)`)}, 1)`;
  return `list_contains(list_transform(${numbers}, lambda n: try_cast(n as double)), ${double}::double)`;
}

function isAscii(text: string): boolean {
  return /^[\0-\u007f]*$/.test(text);
}
