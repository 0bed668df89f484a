/**
 * The store in memory: the shortest reading of the port, and the oracle of its property tests.
 * Owns: Maps; a transaction works on a copy, and a rollback drops it. Never: outlives its process.
 */
import { randomUUID } from 'node:crypto';
import { assert, must } from '#kit/assert.ts';
import { crashPoint } from '#kit/crash-point.ts';
import type { EventRows, EventTable } from '#model/event-table.ts';
import { addFates, type FailureRecord, type RequestRecord } from '#model/fates.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { CustomObjectRun, PersonRun, UpsertOutcome } from '#model/upsert.ts';
import type { Lane, MunchkinId, Position } from '#model/words.ts';
import type { Checkpoint, Store, StoreTransaction } from '#ports/store.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import { appendEvents, defineEventTable, greatestInteger } from './store-events.ts';
import { MemoryStoreReader } from './store-reader.ts';
import { copyTables, emptyTables, type StoredObjects, type WorkspaceTables } from './store-tables.ts';
import { upsertRows } from './store-upsert.ts';

export function createMemoryStore(): MemoryStore {
  return new MemoryStore();
}

export class MemoryStore implements Store {
  readonly #workspaces = new Map<MunchkinId, WorkspaceTables>();
  readonly #transacting = new Set<MunchkinId>();

  async checkpoint(workspace: MunchkinId): Promise<Checkpoint> {
    return { ...this.#tables(workspace).checkpoint };
  }

  async eventTables(workspace: MunchkinId): Promise<ReadonlyMap<string, EventTable>> {
    return new Map(Array.from(this.#tables(workspace).events, ([key, { table }]) => [key, table]));
  }

  async transaction<Result>(
    workspace: MunchkinId,
    work: (transaction: StoreTransaction) => Promise<Result>,
  ): Promise<Result> {
    assert(!this.#transacting.has(workspace), 'one transaction of a workspace at a time');
    this.#transacting.add(workspace);
    try {
      const copy = copyTables(this.#tables(workspace));
      const result = await work(new MemoryTransaction(copy));
      crashPoint('store.before-commit');
      this.#workspaces.set(workspace, copy);
      crashPoint('store.after-commit');
      return result;
    } finally {
      this.#transacting.delete(workspace);
    }
  }

  reader(): StoreReader {
    return new MemoryStoreReader((workspace) => this.#tables(workspace));
  }

  /** The rows of `persons` or of a custom object type, which SQL shows where there is SQL. Undefined: no such type. */
  objects(workspace: MunchkinId, type: string): StoredObjects | undefined {
    const tables = this.#tables(workspace);
    return type === 'persons' ? tables.persons : tables.customObjects.get(type.toLowerCase());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#workspaces.clear();
  }

  #tables(workspace: MunchkinId): WorkspaceTables {
    const tables = this.#workspaces.get(workspace) ?? emptyTables();
    this.#workspaces.set(workspace, tables);
    return tables;
  }
}

class MemoryTransaction implements StoreTransaction {
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
    const objects = this.#tables.customObjects.get(name) ?? { fields: new Map(), rows: new Map() };
    addFields(objects, type.fields);
    this.#tables.customObjects.set(name, objects);
  }

  async defineEventTable(table: EventTable): Promise<void> {
    this.#schema();
    defineEventTable(this.#tables, table);
  }

  async greatestInteger(table: EventTable, column: string): Promise<bigint> {
    return greatestInteger(this.#tables, table, column);
  }

  async upsertPersons(run: PersonRun): Promise<readonly UpsertOutcome[]> {
    this.#rowsBegun = true;
    const { createMissing, multipleMatches } = run;
    const newIdentity = (): number => this.#tables.nextPersonId++;
    return upsertRows(this.#tables.persons, run, { createMissing, multipleMatches, identityField: 'id', newIdentity });
  }

  async upsertCustomObjects(run: CustomObjectRun): Promise<readonly UpsertOutcome[]> {
    this.#rowsBegun = true;
    const known = this.#tables.customObjects.get(run.apiName.toLowerCase());
    const objects = must(known, `custom object type ${run.apiName} is defined before its rows`);
    const { createMissing } = run;
    const rules = {
      createMissing,
      multipleMatches: 'fail',
      identityField: 'marketoguid',
      newIdentity: randomUUID,
    } as const;
    return upsertRows(objects, run, rules);
  }

  async appendEvents(rows: EventRows): Promise<void> {
    this.#rowsBegun = true;
    appendEvents(this.#tables, rows);
  }

  async recordRequests(requests: readonly RequestRecord[]): Promise<void> {
    this.#rowsBegun = true;
    this.#tables.requests.push(...requests);
    for (const request of requests) addFates(this.#tables.totals, request.counts);
  }

  async recordFailures(failures: readonly FailureRecord[]): Promise<void> {
    this.#rowsBegun = true;
    this.#tables.failures.push(...failures);
  }

  async advance(lane: Lane, position: Position): Promise<void> {
    this.#rowsBegun = true;
    this.#tables.checkpoint[lane] = position;
  }

  #schema(): void {
    assert(!this.#rowsBegun, 'the schema of a batch comes before its rows');
  }
}

function addFields(objects: StoredObjects, fields: readonly FieldDefinition[]): void {
  for (const { name } of fields) {
    const lower = name.toLowerCase();
    if (!objects.fields.has(lower)) objects.fields.set(lower, name);
  }
}
