/**
 * Appends the events of a batch in a transaction: the schema that they need, then the rows.
 * Owns: how much is laid out at once. Never: decides what becomes of a member (see model/event-rows.ts).
 */
import type { EventContext } from '#model/event-placeholders.ts';
import { EventRowsBuilder } from '#model/event-rows.ts';
import type { BuiltEvents } from '#model/event-rows.ts';
import type { EventTable } from '#model/event-table.ts';
import type { JsonObject } from '#model/json.ts';
import type { StoreTransaction } from '#ports/store.ts';
import type { EventKeys } from './event-keys.ts';

/** Events with one context, in order. */
export interface ContextEvents {
  readonly events: readonly JsonObject[];
  readonly context: EventContext;
  /** Absent: nothing tells that they repeat others. */
  readonly keys?: EventKeys;
}

export interface EventsOptions {
  /** Schemas of the event tables as the store has them, by `database.table`. */
  readonly eventTables: ReadonlyMap<string, EventTable>;
  readonly maxColumns: number;
}

/** Gives the store the tables and columns that the events need. Before any row of the batch. */
export async function defineEvents(
  transaction: StoreTransaction,
  byTable: ReadonlyMap<string, readonly ContextEvents[]>,
  { eventTables, maxColumns }: EventsOptions,
): Promise<readonly BuiltEvents[]> {
  const all: BuiltEvents[] = [];
  for (const [name, parts] of byTable) {
    const [database = '', table = ''] = name.split('.');
    const before = eventTables.get(name) ?? { database, table, columns: [], extra: false, rows: 0 };
    const builder = new EventRowsBuilder(before, { maxColumns });
    for (const { events, context } of parts) for (const event of events) builder.add(event, context);
    const greatest = new Map<string, bigint>();
    for (const column of builder.checksNeeded()) {
      greatest.set(column, await transaction.greatestInteger(before, column));
    }
    const built = builder.finish(greatest);
    if (built.grown || !eventTables.has(name)) await transaction.defineEventTable(built.table);
    all.push(built);
  }
  return all;
}

/**
 * What is laid out at once of wide rows: some 30 MB of references and texts, and twice as much inside DuckDB. Smaller
 * parts are many statements.
 */
const MAX_CELLS_AT_ONCE = 1_000_000;

/** Returns the tables as they are then. */
export async function appendEvents(
  transaction: StoreTransaction,
  all: readonly BuiltEvents[],
): Promise<readonly EventTable[]> {
  for (const built of all) {
    for (const rows of built.parts(MAX_CELLS_AT_ONCE)) await transaction.appendEvents(rows);
  }
  return all.map(({ table, rowCount }) => ({ ...table, rows: table.rows + rowCount }));
}
