/**
 * One batch on its way into a workspace's file.
 * Owns: the order of its steps, and the named crash points between them. Never: begins, commits or rolls back.
 */
import { assert, must } from '#kit/assert.ts';
import { crashPoint } from '#kit/crash-point.ts';
import type { EventRows, EventTable } from '#model/event-table.ts';
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { CustomObjectRun, PersonRun, UpsertOutcome } from '#model/upsert.ts';
import type { Lane, Position } from '#model/words.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { saveEventTables, saveState } from './catalog.ts';
import { appendEvents, defineEventTable, greatestInteger } from './event-tables.ts';
import { objectTableName, PERSONS } from './identifiers.ts';
import { defineCustomObject, definePersons } from './object-tables.ts';
import { recordFailures, recordRequests } from './records.ts';
import type { Session } from './session.ts';
import { upsert } from './upsert.ts';

export class DuckDbTransaction implements StoreTransaction {
  readonly #session: Session;
  readonly #newGuid: () => string;
  #rowsBegun = false;

  constructor(session: Session, newGuid: () => string) {
    this.#session = session;
    this.#newGuid = newGuid;
    crashPoint('store.before-schema');
  }

  async definePersons(fields: readonly FieldDefinition[]): Promise<void> {
    this.#schema();
    await definePersons(this.#session, fields);
  }

  async defineCustomObject(type: CustomObjectType): Promise<void> {
    this.#schema();
    await defineCustomObject(this.#session, type);
  }

  async defineEventTable(table: EventTable): Promise<void> {
    this.#schema();
    await defineEventTable(this.#session, table);
  }

  greatestInteger(table: EventTable, column: string): Promise<bigint> {
    return greatestInteger(this.#session, table, column);
  }

  async upsertPersons(run: PersonRun): Promise<readonly UpsertOutcome[]> {
    this.#rows();
    const table = must(this.#session.catalog.objects.get(PERSONS), 'the table of persons is made with the file');
    const { createMissing, multipleMatches } = run;
    const target = { table, identity: 'id', createMissing, multipleMatches, newGuid: this.#newGuid } as const;
    return await upsert(this.#session, target, run);
  }

  async upsertCustomObjects(run: CustomObjectRun): Promise<readonly UpsertOutcome[]> {
    this.#rows();
    const known = this.#session.catalog.objects.get(objectTableName(run.apiName));
    const table = must(known, `custom object type ${run.apiName} is defined before its rows`);
    const { createMissing } = run;
    const target = {
      table,
      identity: 'marketoGUID',
      createMissing,
      multipleMatches: 'fail',
      newGuid: this.#newGuid,
    } as const;
    return await upsert(this.#session, target, run);
  }

  async appendEvents(rows: EventRows): Promise<void> {
    this.#rows();
    await appendEvents(this.#session, rows);
  }

  async recordRequests(requests: readonly RequestRecord[]): Promise<void> {
    this.#rows();
    await recordRequests(this.#session, requests);
  }

  async recordFailures(failures: readonly FailureRecord[]): Promise<void> {
    this.#rows();
    await recordFailures(this.#session, failures);
  }

  async advance(lane: Lane, position: Position): Promise<void> {
    this.#rows();
    this.#session.catalog.checkpoint[lane] = position;
  }

  /** Writes what was only counted in memory so far. Nothing but the commit may follow. */
  async finish(): Promise<void> {
    this.#rows();
    crashPoint('store.after-rows');
    await saveEventTables(this.#session);
    await saveState(this.#session.connection, this.#session.catalog);
    crashPoint('store.before-commit');
  }

  // DuckDB refuses at the commit an ALTER that followed a change of the same table's rows.
  #schema(): void {
    assert(!this.#rowsBegun, 'the schema of a batch comes before its rows');
  }

  #rows(): void {
    if (this.#rowsBegun) return;
    this.#rowsBegun = true;
    crashPoint('store.after-schema');
  }
}
