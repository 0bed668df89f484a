/**
 * One batch on its way into the memory store.
 * Owns: that the schema comes before the rows. Never: commits; whoever made it drops or keeps the tables.
 */
import { randomUUID } from 'node:crypto';
import { assert, must } from '#kit/assert.ts';
import type { EventRows, EventTable } from '#model/event-table.ts';
import type { FailureRecord, FailureRef, ObjectResult, RequestChange, RequestRecord } from '#model/fates.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { KeyClaims } from '#model/idempotency.ts';
import type { DueRetention, NewJournalEvent } from '#model/journal.ts';
import type { CustomObjectRun, PersonRun, UpsertAnswer, UpsertRow } from '#model/upsert.ts';
import type { NewWaitingObject, PostponedObject, WaitingObject } from '#model/waiting.ts';
import type { Lane, Position, RequestId } from '#model/words.ts';
import type { StoreTransaction, WaitingLimit, WaitingPage } from '#ports/store.ts';
import { appendEvents, claimKeys, defineEventTable, dropEventTable, greatestInteger } from './store-events.ts';
import { appendJournal, journalTallies } from './store-journal.ts';
import { failureOf, markReplayed, recordRequests, settleRequests } from './store-records.ts';
import { retain } from './store-retention.ts';
import { emptyObjects, type StoredObject, type StoredObjects, type WorkspaceTables } from './store-tables.ts';
import { upsertRows } from './store-upsert.ts';
import {
  addWaiting,
  dueWaiting,
  hasPerson,
  isBehind,
  postponeWaiting,
  removeWaiting,
  versionOf,
  versionOfStored,
  waitingBehind,
  waitingOf,
  wakeFor,
} from './store-waiting.ts';

export class MemoryTransaction implements StoreTransaction {
  readonly #tables: WorkspaceTables;
  #rowsBegun = false;

  constructor(tables: WorkspaceTables) {
    this.#tables = tables;
  }

  async definePersons(fields: readonly FieldDefinition[]): Promise<void> {
    this.#schema();
    addFields(this.#tables.persons, fields);
  }

  async defineCustomObject(type: CustomObjectType): Promise<void> {
    this.#schema();
    const name = type.apiName.toLowerCase();
    const objects = this.#tables.customObjects.get(name) ?? emptyObjects(type.dedupeFields);
    addFields(objects, type.fields);
    this.#tables.customObjects.set(name, objects);
  }

  async dropEventTable({ database, table }: Pick<EventTable, 'database' | 'table'>): Promise<void> {
    this.#schema();
    dropEventTable(this.#tables, `${database}.${table}`);
  }

  async defineEventTable(table: EventTable): Promise<void> {
    this.#schema();
    defineEventTable(this.#tables, table);
  }

  async greatestInteger(table: EventTable, column: string): Promise<bigint> {
    return greatestInteger(this.#tables, table, column);
  }

  async upsertPersons(run: PersonRun): Promise<UpsertAnswer> {
    const tables = this.#rows();
    return upsertRows(tables.persons, run, {
      multipleMatches: run.multipleMatches,
      identityField: 'id',
      newIdentity: () => tables.nextPersonId++,
      heldBack: (row) => (isPersonBehind(tables, run, row) ? 'behind' : undefined),
      written: (person) => wakeFor(tables, person),
      decided: (fate) => tables.fates.push({ type: 'persons', ...fate }),
    });
  }

  async upsertCustomObjects(run: CustomObjectRun): Promise<UpsertAnswer> {
    const tables = this.#rows();
    const known = tables.customObjects.get(run.apiName.toLowerCase());
    return upsertRows(must(known, `custom object type ${run.apiName} is defined before its rows`), run, {
      multipleMatches: 'fail',
      identityField: 'marketoguid',
      newIdentity: randomUUID,
      heldBack: (row, match) => {
        if (isObjectBehind(tables, run, { row, match })) return 'behind';
        return lacksPerson(tables, run, row) ? 'no-person' : undefined;
      },
      written: () => undefined,
      decided: (fate) => tables.fates.push({ type: run.apiName, ...fate }),
    });
  }

  async claimKeys(wanted: KeyClaims): Promise<readonly (RequestId | undefined)[]> {
    this.#schema();
    return claimKeys(this.#tables, wanted);
  }

  async appendEvents(rows: EventRows): Promise<void> {
    appendEvents(this.#rows(), rows);
  }

  async recordRequests(requests: readonly RequestRecord[]): Promise<void> {
    recordRequests(this.#rows(), requests);
  }

  async recordFailures(failures: readonly FailureRecord[]): Promise<void> {
    this.#rows().failures.push(...failures);
  }

  async settleRequests(changes: readonly RequestChange[]): Promise<void> {
    settleRequests(this.#rows(), changes);
  }

  async requestsOf(ids: readonly RequestId[]): Promise<readonly RequestRecord[]> {
    const wanted = new Set(ids);
    return this.#tables.requests.filter(({ requestId }) => wanted.has(requestId));
  }

  async appendJournal(events: readonly NewJournalEvent[]): Promise<number> {
    return appendJournal(this.#rows(), events);
  }

  async journalTallies(from: number, to: number): Promise<readonly string[]> {
    return journalTallies(this.#tables, from, to);
  }

  async retain(limit: DueRetention): Promise<void> {
    retain(this.#rows(), limit);
  }

  async recordResults(results: readonly ObjectResult[]): Promise<void> {
    this.#rows().results.push(...results);
  }

  async failures(refs: readonly FailureRef[]): Promise<readonly (FailureRecord | undefined)[]> {
    return refs.map((ref) => failureOf(this.#tables, ref));
  }

  async markReplayed(refs: readonly FailureRef[], replay: RequestId): Promise<void> {
    markReplayed(this.#rows(), refs, replay);
  }

  async addWaiting(objects: readonly NewWaitingObject[]): Promise<void> {
    addWaiting(this.#rows(), objects);
  }

  async dueWaiting(now: number, limit: WaitingLimit): Promise<readonly WaitingObject[]> {
    return dueWaiting(this.#tables, now, limit);
  }

  async waitingBehind(orders: readonly number[], limit: WaitingLimit): Promise<WaitingPage> {
    return waitingBehind(this.#tables, orders, limit);
  }

  async waitingOf(requestId: RequestId, limit: WaitingLimit): Promise<readonly WaitingObject[]> {
    return waitingOf(this.#tables, requestId, limit);
  }

  async postponeWaiting(objects: readonly PostponedObject[]): Promise<void> {
    postponeWaiting(this.#rows(), objects);
  }

  async removeWaiting(orders: readonly number[]): Promise<void> {
    removeWaiting(this.#rows(), orders);
  }

  async advance(lane: Lane, position: Position): Promise<void> {
    this.#rows().checkpoint[lane] = position;
  }

  #schema(): void {
    assert(!this.#rowsBegun, 'the schema of a batch comes before its rows');
  }

  /** The tables, to be changed. */
  #rows(): WorkspaceTables {
    this.#rowsBegun = true;
    return this.#tables;
  }
}

/** Behind all that wait. */
const LAST = Infinity;

function isPersonBehind(tables: WorkspaceTables, run: PersonRun, row: UpsertRow): boolean {
  if (run.action === 'createDuplicate') return false;
  return isBehind(tables, versionOf('persons', keyOf(run, row)), row.order ?? LAST);
}

interface Matched {
  readonly row: UpsertRow;
  readonly match: StoredObject | undefined;
}

function isObjectBehind(tables: WorkspaceTables, run: CustomObjectRun, { row, match }: Matched): boolean {
  const own = versionOf(run.apiName, keyOf(run, row));
  const stored = match === undefined ? own : versionOfStored(tables, run.apiName, match);
  return [own, stored].some((version) => isBehind(tables, version, row.order ?? LAST));
}

function keyOf(run: PersonRun | CustomObjectRun, row: UpsertRow): Parameters<typeof versionOf>[1] {
  return { matchBy: run.matchBy.map(({ field }) => field.name), partition: row.partition, values: row.key };
}

function lacksPerson(tables: WorkspaceTables, { action, link }: CustomObjectRun, row: UpsertRow): boolean {
  if (link === undefined || action === 'delete') return false;
  const value = row.values[link.at] ?? null;
  return value !== null && !hasPerson(tables, link, value);
}

function addFields(objects: StoredObjects, fields: readonly FieldDefinition[]): void {
  for (const field of fields) {
    const lower = field.name.toLowerCase();
    if (!objects.fields.has(lower)) objects.fields.set(lower, field);
  }
}
