/**
 * The texts by which waiting objects are found: versions of one object have an equal text, and so have a link and the
 * person that it names. Beside each text stands its hash, which is what large batches are joined on.
 * Owns: these texts, in JavaScript and in SQL, which must be the same. Never: reads or writes a row.
 *
 *     ["object:cars","plate","vin"]0:7:ABC 1231:V        scope, then partition and values, each behind its length
 */
import { Buffer } from 'node:buffer';
import type { FieldValue } from '#model/field.ts';
import type { WaitingKey } from '#model/waiting.ts';
import type { ObjectColumn, ObjectTable } from './catalog.ts';
import { valueText } from './column-types.ts';
import { literal } from './identifiers.ts';

/**
 * Makes texts of keys of one table that match by the same fields. Two keys name versions of one object in whatever
 * order their fields come.
 */
export function versionTexts(table: string, matchBy: readonly string[]): (key: WaitingKey) => string {
  const scope = scopeOf(table, matchBy);
  const places = placesInOrder(matchBy);
  return ({ partition, values }) => {
    let text = scope + measured(partition);
    for (const at of places) text += measured(String(values[at]));
    return text;
  };
}

/** The text of a key in SQL: `partition` and `values` are expressions of text. NULL when one of them is. */
export function versionExpression(
  table: string,
  matchBy: readonly string[],
  { partition, values }: { readonly partition: string; readonly values: readonly string[] },
): string {
  const texts = [partition, ...placesInOrder(matchBy).map((at) => values[at] ?? '')];
  const parts = texts.map((text) => `cast(strlen(${text}) as varchar) || ':' || ${text}`);
  return [literal(scopeOf(table, matchBy)), ...parts].join(' || ');
}

/** The columns of a type's dedupe fields. Empty when the file does not know them, or one of them is in no object. */
export function keyColumnsOf(table: ObjectTable): readonly ObjectColumn[] {
  const columns = (table.key ?? []).map((name) => table.columns.get(name.toLowerCase()));
  return columns.every(isUsed) ? columns : [];
}

/** The version of a stored custom object, in SQL; `values` are the expressions of its {@link keyColumnsOf}. */
export function storedVersionExpression(
  table: ObjectTable,
  columns: readonly ObjectColumn[],
  values: readonly string[],
): string {
  const texts = columns.map(({ sqlType, ignoreCase }, at) => {
    const text = valueText(sqlType, values[at] ?? '');
    return ignoreCase === true ? `lower(${text})` : text;
  });
  const names = columns.map(({ name }) => name);
  return versionExpression(table.name, names, { partition: `''`, values: texts });
}

/** The text of a link, or of the value that a person is named by. */
export function linkText(value: FieldValue, ignoreCase: boolean): string {
  return ignoreCase ? String(value).toLowerCase() : String(value);
}

function isUsed(column: ObjectColumn | undefined): column is ObjectColumn {
  return column?.used === true;
}

function measured(text: string): string {
  return `${Buffer.byteLength(text)}:${text}`;
}

function scopeOf(table: string, matchBy: readonly string[]): string {
  return JSON.stringify([table, ...placesInOrder(matchBy).map((at) => matchBy[at]?.toLowerCase())]);
}

function placesInOrder(matchBy: readonly string[]): number[] {
  const lower = matchBy.map((name) => name.toLowerCase());
  return [...lower.keys()].sort((a, b) => ((lower[a] ?? '') < (lower[b] ?? '') ? -1 : 1));
}
