/**
 * Waiting objects in memory: who is behind whom, who waits for which person, and who is due.
 * Owns: the text that tells versions of one object. Never: tries an object again.
 */
import { Buffer } from 'node:buffer';
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import type { NewWaitingObject, PostponedObject, WaitingKey, WaitingObject } from '#model/waiting.ts';
import type { WaitingLimit, WaitingPage, WaitingSummary } from '#ports/store.ts';
import type { StoredObject, StoredWaiting, WorkspaceTables } from './store-tables.ts';

/** Before every clock. */
const AT_ONCE = 0;

/** Equal for two keys of one type when they name versions of one object, in whatever order their fields come. */
export function versionOf(type: string, { matchBy, partition, values }: WaitingKey): string {
  const pairs = matchBy.map((name, at) => JSON.stringify([name.toLowerCase(), String(values[at])]));
  return JSON.stringify([type.toLowerCase(), partition, ...pairs.sort((a, b) => (a < b ? -1 : 1))]);
}

/** The version that a stored custom object is, by its type's dedupe fields. */
export function versionOfStored(tables: WorkspaceTables, apiName: string, { values }: StoredObject): string {
  const type = tables.customObjects.get(apiName.toLowerCase());
  const matchBy = type?.dedupeFields ?? [];
  const keyValues = matchBy.map((name) => {
    const value = values.get(name.toLowerCase()) ?? null;
    return type?.fields.get(name.toLowerCase())?.dataType === 'email' ? String(value).toLowerCase() : value;
  });
  return versionOf(apiName, { matchBy, partition: '', values: keyValues });
}

/** Whether a version waits before this place in the order. */
export function isBehind(tables: WorkspaceTables, version: string | undefined, order: number): boolean {
  if (version === undefined) return false;
  return [...tables.waiting.values()].some((stored) => stored.version === version && stored.waiting.order < order);
}

/** Whether a person of any partition has this value; `value` is in any case. */
export function hasPerson(tables: WorkspaceTables, named: NamedPersons, value: FieldValue): boolean {
  return [...tables.persons.rows.values()].some((person) => isNamed(person, named, value));
}

/** By which field persons are named, as links have it. */
interface NamedPersons {
  readonly personField: FieldDefinition;
  readonly ignoreCase: boolean;
}

function isNamed(person: StoredObject, { personField, ignoreCase }: NamedPersons, value: FieldValue): boolean {
  const name = personField.name.toLowerCase();
  const own = name === 'id' ? person.identity : (person.values.get(name) ?? null);
  if (own === null) return false;
  return ignoreCase ? String(own).toLowerCase() === String(value).toLowerCase() : String(own) === String(value);
}

/** Makes due who waits for this person. */
export function wakeFor(tables: WorkspaceTables, person: StoredObject): void {
  for (const stored of tables.waiting.values()) {
    const { waiting, link } = stored;
    if (waiting.reason !== 'no-person' || link === undefined || !isNamed(person, link, link.value)) continue;
    makeDue(tables, stored);
  }
}

export function addWaiting(tables: WorkspaceTables, objects: readonly NewWaitingObject[]): void {
  for (const { key, link, ...object } of objects) {
    const order = tables.nextOrder++;
    const version = key === undefined ? undefined : storedVersion(tables, object.type, key);
    put(tables, {
      waiting: { ...object, order },
      ...(version !== undefined && { version }),
      ...(link !== undefined && { link }),
    });
  }
}

export function postponeWaiting(tables: WorkspaceTables, objects: readonly PostponedObject[]): void {
  for (const state of objects) {
    const stored = tables.waiting.get(state.order);
    if (stored === undefined) continue;
    const { nextAttemptAt: _, ...waiting } = stored.waiting;
    put(tables, { ...stored, waiting: { ...waiting, ...state } });
  }
}

export function removeWaiting(tables: WorkspaceTables, orders: readonly number[]): void {
  const removed = orders.flatMap((order) => tables.waiting.get(order) ?? []);
  for (const { waiting } of removed) tables.waiting.delete(waiting.order);
  for (const { version, waiting } of removed) {
    const first = [...tables.waiting.values()].find((each) => version !== undefined && each.version === version);
    if (first !== undefined && first.waiting.order > waiting.order) makeDue(tables, first);
  }
}

export function dueWaiting(tables: WorkspaceTables, now: number, limit: WaitingLimit): WaitingObject[] {
  return bounded(
    allWaiting(tables).filter(({ nextAttemptAt }) => nextAttemptAt !== undefined && nextAttemptAt <= now),
    limit,
  );
}

export function waitingBehind(tables: WorkspaceTables, orders: readonly number[], limit: WaitingLimit): WaitingPage {
  const before = new Set(orders);
  const first = new Map<string, number>();
  for (const { version, waiting } of tables.waiting.values()) {
    if (version === undefined || !before.has(waiting.order)) continue;
    first.set(version, Math.min(first.get(version) ?? Infinity, waiting.order));
  }
  const behind = [...tables.waiting.values()].filter(({ version, waiting }) => {
    return !before.has(waiting.order) && waiting.order > (first.get(version ?? '') ?? Infinity);
  });
  const objects = bounded(
    behind.map(({ waiting }) => waiting),
    limit,
  );
  return { objects, hasMore: objects.length < behind.length };
}

export function waitingOf(tables: WorkspaceTables, requestId: string, limit: WaitingLimit): WaitingObject[] {
  return bounded(
    allWaiting(tables).filter((waiting) => waiting.requestId === requestId),
    limit,
  );
}

export function waitingSummary(tables: WorkspaceTables): WaitingSummary {
  const due = allWaiting(tables).flatMap(({ nextAttemptAt }) => nextAttemptAt ?? []);
  return { objects: tables.waiting.size, ...(due.length > 0 && { nextDueAt: Math.min(...due) }) };
}

/** By their order. */
export function allWaiting({ waiting }: WorkspaceTables): WaitingObject[] {
  return Array.from(waiting.values(), (stored) => stored.waiting);
}

// One that matches by marketoGUID is a version of the object that it matches.
function storedVersion(tables: WorkspaceTables, type: string, key: WaitingKey): string {
  const byGuid = key.matchBy.length === 1 && key.matchBy[0]?.toLowerCase() === 'marketoguid';
  const match = byGuid ? tables.customObjects.get(type.toLowerCase())?.rows.get(String(key.values[0])) : undefined;
  return match === undefined ? versionOf(type, key) : versionOfStored(tables, type, match);
}

function put(tables: WorkspaceTables, stored: StoredWaiting): void {
  const { waiting, version } = stored;
  tables.waiting.set(waiting.order, stored);
  const isFree = waiting.nextAttemptAt === undefined && !isBehind(tables, version, waiting.order);
  if (isFree) makeDue(tables, stored);
}

function makeDue(tables: WorkspaceTables, stored: StoredWaiting): void {
  tables.waiting.set(stored.waiting.order, { ...stored, waiting: { ...stored.waiting, nextAttemptAt: AT_ONCE } });
}

function bounded(objects: readonly WaitingObject[], limit: WaitingLimit): WaitingObject[] {
  let bytes = 0;
  const tooMany = objects.findIndex(({ object }, at) => {
    bytes += Buffer.byteLength(object);
    return at > 0 && (at >= limit.objects || bytes > limit.bytes);
  });
  return objects.slice(0, tooMany < 0 ? objects.length : tooMany);
}
