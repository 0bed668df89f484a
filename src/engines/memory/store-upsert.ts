/**
 * Upserts in memory, row by row: the plainest reading of the port.
 * Owns: the order in which a row is judged. Never: is fast.
 */
import type { ObjectFate } from '#model/fates.ts';
import type { FieldValue } from '#model/field.ts';
import type { UpsertAnswer, UpsertOutcome, UpsertRow, UpsertRun } from '#model/upsert.ts';
import type { RequestId } from '#model/words.ts';
import type { StoredObject, StoredObjects } from './store-tables.ts';

export interface UpsertRules {
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** The field that is an object's identity, lower-cased. */
  readonly identityField: 'id' | 'marketoguid';
  readonly newIdentity: () => number | string;
  /** Why a row that could be written has to wait; undefined when it has not. */
  readonly heldBack: (row: UpsertRow, match: StoredObject | undefined) => 'behind' | 'no-person' | undefined;
  /** Told of each object that was created or updated. */
  readonly written: (object: StoredObject) => void;
  /** Told what became of each object of the run that has a row. */
  readonly decided: (fate: Omit<ObjectFate, 'type'>) => void;
}

/** What became of one row. */
interface Upserted {
  readonly outcome: UpsertOutcome;
  readonly identity?: number | string;
}

export function upsertRows(objects: StoredObjects, run: UpsertRun, rules: UpsertRules): UpsertAnswer {
  const upserted = run.rows.map((row) => upsertRow(objects, run, row, rules));
  tellFates(run, upserted, rules);
  return {
    outcomes: upserted.map(({ outcome }) => outcome),
    identities: run.wantsIdentities ? upserted.map(({ identity }) => identity) : [],
  };
}

/** Of the objects of a created row the first has created it, and the others have updated it. */
function tellFates({ objects }: UpsertRun, upserted: readonly Upserted[], { decided }: UpsertRules): void {
  if (objects === undefined) return;
  const { rows, requestIds, indexes, decidedAt } = objects;
  const begun = new Set<number>();
  rows.forEach((row, at) => {
    const { outcome, identity } = upserted[row] as Upserted;
    if (identity === undefined) return;
    const own = outcome === 'created' && begun.has(row) ? 'updated' : (outcome as ObjectFate['outcome']);
    begun.add(row);
    decided({
      requestId: requestIds[at] as RequestId,
      index: indexes[at] as number,
      outcome: own,
      identity,
      decidedAt,
    });
  });
}

function upsertRow(objects: StoredObjects, run: UpsertRun, row: UpsertRow, rules: UpsertRules): Upserted {
  const matches = run.action === 'createDuplicate' ? [] : matchesOf(objects, run, row, rules);
  const refused = refusal(matches.length, run, rules);
  if (refused !== undefined) return { outcome: refused };
  const match = matches[0];
  const held = rules.heldBack(row, match);
  if (held !== undefined) return { outcome: held };
  if (match !== undefined && run.action === 'delete') {
    objects.rows.delete(match.identity);
    return { outcome: 'deleted', identity: match.identity };
  }
  const identity = match?.identity ?? rules.newIdentity();
  const object = {
    identity,
    partition: row.partition,
    values: mergedValues(match, run, row, objects),
    createdAt: match?.createdAt ?? wholeSeconds(row.firstAcceptedAt),
    updatedAt: wholeSeconds(row.lastAcceptedAt),
  };
  objects.rows.set(identity, object);
  rules.written(object);
  return { outcome: match === undefined ? 'created' : 'updated', identity };
}

/** Why a row with so many matches is not written. */
function refusal(matches: number, { action, matchBy }: UpsertRun, rules: UpsertRules): UpsertOutcome | undefined {
  if (action === 'createDuplicate') return undefined;
  if (matches === 0) {
    const byIdentity = matchBy.some(({ field }) => field.name.toLowerCase() === rules.identityField);
    return byIdentity || action === 'updateOnly' || action === 'delete' ? 'not-found' : undefined;
  }
  if (action === 'createOnly') return 'exists';
  return matches > 1 && rules.multipleMatches === 'fail' ? 'several-matches' : undefined;
}

/** The one that was updated last comes first. */
function matchesOf(objects: StoredObjects, run: UpsertRun, row: UpsertRow, rules: UpsertRules): StoredObject[] {
  const wanted = run.matchBy.map(({ field, ignoreCase }, at) => {
    const name = field.name.toLowerCase();
    return { name, isIdentity: name === rules.identityField, ignoreCase, text: String(row.key[at]) };
  });
  const isMatch = (object: StoredObject): boolean =>
    object.partition === row.partition && wanted.every((each) => hasValue(object, each));
  return [...objects.rows.values()].filter(isMatch).sort(latestFirst);
}

interface WantedValue {
  readonly name: string;
  readonly isIdentity: boolean;
  /** Then `text` is lower-cased already. */
  readonly ignoreCase: boolean;
  readonly text: string;
}

function hasValue(object: StoredObject, { name, isIdentity, ignoreCase, text }: WantedValue): boolean {
  const value = isIdentity ? object.identity : (object.values.get(name) ?? null);
  if (value === null) return false;
  return text === (ignoreCase ? String(value).toLowerCase() : String(value));
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
