/**
 * One batch on its way into a workspace's file.
 * Owns: the order of its steps, and the named crash points between them. Never: begins, commits or rolls back.
 */
import { assert, must } from '#kit/assert.ts';
import { crashPoint } from '#kit/crash-point.ts';
import type { EventRows, EventTable } from '#model/event-table.ts';
import type { FailureRecord, FailureRef, ObjectResult, RequestChange, RequestRecord } from '#model/fates.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { KeyClaims } from '#model/idempotency.ts';
import type { DueRetention, NewJournalEvent } from '#model/journal.ts';
import type { CustomObjectRun, PersonRun, UpsertAnswer } from '#model/upsert.ts';
import type { NewWaitingObject, PostponedObject, WaitingObject } from '#model/waiting.ts';
import type { Lane, Position, RequestId } from '#model/words.ts';
import type { StoreTransaction, WaitingLimit, WaitingPage } from '#ports/store.ts';
import { saveEventTables, saveState } from './catalog.ts';
import { claimKeys } from './event-keys.ts';
import { dropFromDatabase } from './event-databases.ts';
import { appendEvents, defineEventTable, greatestInteger } from './event-tables.ts';
import { objectTableName, PERSONS } from './identifiers.ts';
import { appendJournal, journalTallies } from './journal.ts';
import { defineCustomObject, definePersons } from './object-tables.ts';
import { recordFailures, recordRequests, recordResults } from './records.ts';
import { failuresOf, markReplayed, requestsOf, settleRequests } from './record-changes.ts';
import { retain } from './retention.ts';
import type { Session } from './session.ts';
import { upsert } from './upsert.ts';
import { addWaiting, postponeWaiting, removeWaiting } from './waiting.ts';
import { dueWaiting, waitingBehind, waitingOf } from './waiting-reads.ts';
import { refreshNextDue } from './waiting-state.ts';
import { wakeFor } from './waking.ts';

const NO_ROWS: UpsertAnswer = { outcomes: [], identities: [] };

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

  async dropEventTable(table: Pick<EventTable, 'database' | 'table'>): Promise<void> {
    this.#schema();
    await dropFromDatabase(this.#session, table);
  }

  async defineEventTable(table: EventTable): Promise<void> {
    this.#schema();
    await defineEventTable(this.#session, table);
  }

  greatestInteger(table: EventTable, column: string): Promise<bigint> {
    return greatestInteger(this.#session, table, column);
  }

  async upsertPersons(run: PersonRun): Promise<UpsertAnswer> {
    this.#rows();
    if (run.rows.length === 0) return NO_ROWS;
    const table = must(this.#session.catalog.objects.get(PERSONS), 'the table of persons is made with the file');
    const target = { table, identity: 'id', multipleMatches: run.multipleMatches, newGuid: this.#newGuid } as const;
    const { plan, answer } = await upsert(this.#session, target, run);
    await wakeFor(plan, answer);
    return answer;
  }

  async upsertCustomObjects(run: CustomObjectRun): Promise<UpsertAnswer> {
    this.#rows();
    if (run.rows.length === 0) return NO_ROWS;
    const known = this.#session.catalog.objects.get(objectTableName(run.apiName));
    const table = must(known, `custom object type ${run.apiName} is defined before its rows`);
    const { link } = run;
    const target = {
      table,
      identity: 'marketoGUID',
      multipleMatches: 'fail',
      link,
      newGuid: this.#newGuid,
    } as const;
    return (await upsert(this.#session, target, run)).answer;
  }

  async claimKeys(wanted: KeyClaims): Promise<readonly (RequestId | undefined)[]> {
    this.#schema();
    return await claimKeys(this.#session, wanted);
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

  async settleRequests(changes: readonly RequestChange[]): Promise<void> {
    this.#rows();
    await settleRequests(this.#session, changes);
  }

  requestsOf(ids: readonly RequestId[]): Promise<readonly RequestRecord[]> {
    return requestsOf(this.#session, ids);
  }

  async appendJournal(events: readonly NewJournalEvent[]): Promise<number> {
    this.#rows();
    return await appendJournal(this.#session, events);
  }

  journalTallies(from: number, to: number): Promise<readonly string[]> {
    return journalTallies(this.#session, from, to);
  }

  async retain(limit: DueRetention): Promise<void> {
    this.#rows();
    await retain(this.#session, limit);
  }

  async recordResults(results: readonly ObjectResult[]): Promise<void> {
    this.#rows();
    await recordResults(this.#session, results);
  }

  failures(refs: readonly FailureRef[]): Promise<readonly (FailureRecord | undefined)[]> {
    return failuresOf(this.#session, refs);
  }

  async markReplayed(refs: readonly FailureRef[], replay: RequestId): Promise<void> {
    this.#rows();
    await markReplayed(this.#session, refs, replay);
  }

  async addWaiting(objects: readonly NewWaitingObject[]): Promise<void> {
    this.#rows();
    await addWaiting(this.#session, objects);
  }

  dueWaiting(now: number, limit: WaitingLimit): Promise<readonly WaitingObject[]> {
    return dueWaiting(this.#session, now, limit);
  }

  waitingBehind(orders: readonly number[], limit: WaitingLimit): Promise<WaitingPage> {
    return waitingBehind(this.#session, orders, limit);
  }

  waitingOf(requestId: RequestId, limit: WaitingLimit): Promise<readonly WaitingObject[]> {
    return waitingOf(this.#session, requestId, limit);
  }

  async postponeWaiting(objects: readonly PostponedObject[]): Promise<void> {
    this.#rows();
    await postponeWaiting(this.#session, objects);
  }

  async removeWaiting(orders: readonly number[]): Promise<void> {
    this.#rows();
    await removeWaiting(this.#session, orders);
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
    await refreshNextDue(this.#session.connection, this.#session.catalog.waiting);
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
