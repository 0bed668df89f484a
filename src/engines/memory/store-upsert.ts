/**
 * Upserts in memory, row by row: the plainest reading of the port.
 * Owns: nothing. Never: is fast.
 */
import type { FieldValue } from '#model/field.ts';
import type { MatchField, UpsertOutcome, UpsertRow, UpsertRun } from '#model/upsert.ts';
import type { StoredObject, StoredObjects } from './store-tables.ts';

export interface UpsertRules {
  readonly createMissing: boolean;
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** The field that is an object's identity, lower-cased. */
  readonly identityField: 'id' | 'marketoguid';
  readonly newIdentity: () => number | string;
}

export function upsertRows(objects: StoredObjects, run: UpsertRun, rules: UpsertRules): UpsertOutcome[] {
  return run.rows.map((row) => upsertRow(objects, run, row, rules));
}

function upsertRow(objects: StoredObjects, run: UpsertRun, row: UpsertRow, rules: UpsertRules): UpsertOutcome {
  const matches = [...objects.rows.values()].filter((object) => isMatch(object, run.matchBy, row, rules));
  if (matches.length > 1 && rules.multipleMatches === 'fail') return 'several-matches';
  const match = matches.sort(latestFirst)[0];
  if (match === undefined && !rules.createMissing) return 'not-found';
  const identity = match?.identity ?? rules.newIdentity();
  objects.rows.set(identity, {
    identity,
    partition: row.partition,
    values: mergedValues(match, run, row, objects),
    createdAt: match?.createdAt ?? wholeSeconds(row.firstAcceptedAt),
    updatedAt: wholeSeconds(row.lastAcceptedAt),
  });
  return match === undefined ? 'created' : 'updated';
}

function isMatch(object: StoredObject, matchBy: readonly MatchField[], row: UpsertRow, rules: UpsertRules): boolean {
  if (object.partition !== row.partition) return false;
  return matchBy.every(({ field, ignoreCase }, at) => {
    const name = field.name.toLowerCase();
    const value = name === rules.identityField ? object.identity : object.values.get(name);
    if (value === undefined || value === null) return false;
    const text = ignoreCase ? String(value).toLowerCase() : String(value);
    return text === String(row.key[at]);
  });
}

function latestFirst(a: StoredObject, b: StoredObject): number {
  return b.updatedAt - a.updatedAt || (b.identity > a.identity ? 1 : -1);
}

function mergedValues(
  match: StoredObject | undefined,
  run: UpsertRun,
  row: UpsertRow,
  objects: StoredObjects,
): Map<string, FieldValue> {
  const values = new Map(match?.values);
  run.fields.forEach((field, at) => {
    const name = field.name.toLowerCase();
    const value = row.values[at];
    if (value !== undefined && objects.fields.has(name)) values.set(name, value);
  });
  return values;
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
