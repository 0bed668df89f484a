/**
 * What the writer knows of a workspace's file without asking DuckDB.
 * Owns: the tables that hold it (`state`, `object_fields`, `object_keys`, `event_tables`, `event_rows`).
 * Never: outlives a rollback; a transaction changes it in place, and one that fails throws it away.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { must } from '#kit/assert.ts';
import type { EventTable } from '#model/event-table.ts';
import { noFates, type Quarantine } from '#model/fates.ts';
import { PERSON_SYSTEM_COLUMNS } from '#model/standard-fields.ts';
import { type Lane, LANES, type Position } from '#model/words.ts';
import { BASE_SCHEMA, baseTable, identifier, literal, PERSONS } from './identifiers.ts';
import type { Session } from './session.ts';
import { stage, type StagedColumn } from './staging.ts';
import { nextOrdinal } from './journal.ts';
import { type LaneTotals, laneTotals, sumOfLanes } from './lane-totals.ts';
import { quarantineOf } from './quarantine.ts';
import { loadWaitingState, type WaitingState } from './waiting-state.ts';

/** Persons, or one custom object type. */
export interface ObjectTable {
  /** Name of its base table. */
  readonly name: string;
  /** Name of the view in `main` by which users know it. */
  readonly view: string;
  /** Declared fields by lower-cased name, in the order in which they came. */
  readonly columns: Map<string, ObjectColumn>;
  /** Names of a custom object type's dedupe fields. Undefined: not in the file, which an older version made. */
  key?: readonly string[];
}

export interface ObjectColumn {
  /** In its declared spelling. */
  readonly name: string;
  readonly sqlType: string;
  /** True for email. Undefined: not in the file, which an older version made. */
  ignoreCase: boolean | undefined;
  /**
   * The base table has the column once something has been written to it; until then only the view shows it, as NULL.
   * Of the hundred fields that a person has, few are used, and each column costs at every insert.
   */
  used: boolean;
}

export interface Catalog {
  /** By base table. */
  readonly objects: Map<string, ObjectTable>;
  /** By `database.table`. */
  readonly events: Map<string, EventTable>;
  readonly checkpoint: Record<Lane, Position>;
  readonly totals: LaneTotals;
  readonly quarantine: Quarantine;
  nextPersonId: number;
  /** The ordinal that the next journal event gets. */
  nextOrdinal: number;
  /** Requests that were accepted before then, in milliseconds since 1970, are forgotten once they are finished. */
  retainedFrom: number;
  readonly waiting: WaitingState;
  /** Idempotency keys from before, in milliseconds since 1970, are forgotten; -Infinity: nobody has looked yet. */
  keysForgottenBefore: number;
}

/** Lower-cased names of the columns of custom objects that no field owns. */
const OBJECT_SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['marketoguid', 'createdat', 'updatedat']);

/** True for the columns that the store sets itself; nothing sent reaches them. */
export function isSystemColumn(tableName: string, column: string): boolean {
  const lower = column.toLowerCase();
  return tableName === PERSONS ? PERSON_SYSTEM_COLUMNS.has(lower) : OBJECT_SYSTEM_COLUMNS.has(lower);
}

/** How far each lane has been applied, and the running totals. */
const STATE_COUNTERS: readonly string[] = [...LANES, ...Object.keys(noFates())];

/** Makes the hidden tables of a new file; an older one gets what it lacks. */
export const CATALOG_DDL: string = `
  create schema if not exists ${identifier(BASE_SCHEMA)};
  create table if not exists ${baseTable('state')} (
    next_person_id bigint, ${STATE_COUNTERS.map((name) => `${identifier(name)} bigint`).join(', ')});
  alter table ${baseTable('state')} add column if not exists next_waiting_order bigint;
  alter table ${baseTable('state')} add column if not exists lane_totals varchar;
  alter table ${baseTable('state')} add column if not exists retained_from bigint;
  alter table ${baseTable('state')} add column if not exists quarantine_objects bigint;
  alter table ${baseTable('state')} add column if not exists quarantine_bytes bigint;
  create table if not exists ${baseTable('object_fields')} (
    place bigint, base_table varchar, view_name varchar, field_name varchar, sql_type varchar);
  alter table ${baseTable('object_fields')} add column if not exists ignore_case boolean;
  create table if not exists ${baseTable('object_keys')} (base_table varchar, definition varchar);
  create table if not exists ${baseTable('event_tables')} (name varchar, definition varchar);
  create table if not exists ${baseTable('event_rows')} (name varchar, row_count bigint);
  insert into ${baseTable('state')} (next_person_id, ${STATE_COUNTERS.map(identifier).join(', ')})
    select 1, ${STATE_COUNTERS.map(() => 0).join(', ')} where not exists (from ${baseTable('state')});
`;

/** Reads the catalog as it was last committed. */
export async function loadCatalog(connection: DuckDBConnection): Promise<Catalog> {
  const state = must(await stateRow(connection), 'the state table has its row');
  return {
    objects: await loadObjectTables(connection),
    events: new Map((await loadEventTables(connection)).map((table) => [eventKey(table), table])),
    waiting: await loadWaitingState(connection, state.nextWaitingOrder),
    nextOrdinal: await nextOrdinal(connection),
    keysForgottenBefore: -Infinity,
    ...state,
  };
}

export interface StateRow extends Pick<
  Catalog,
  'checkpoint' | 'totals' | 'quarantine' | 'nextPersonId' | 'retainedFrom'
> {
  readonly nextWaitingOrder: number;
}

/** Checkpoint, totals, the size of the quarantine, the next person's id and the next waiting object's order. */
export async function stateRow(connection: DuckDBConnection): Promise<StateRow | undefined> {
  const result = await connection.run(`from ${baseTable('state')}`);
  const row = (await result.getRowObjects())[0];
  if (row === undefined) return undefined;
  return {
    checkpoint: Object.fromEntries(LANES.map((lane) => [lane, Number(row[lane])])) as Record<Lane, Position>,
    totals: laneTotals(row),
    quarantine: quarantineOf(row),
    retainedFrom: Number(row['retained_from'] ?? 0),
    nextPersonId: Number(row['next_person_id']),
    nextWaitingOrder: Number(row['next_waiting_order'] ?? 1),
  };
}

/** Writes the one row of `state`, which needs no parameters. */
export async function saveState(connection: DuckDBConnection, catalog: Catalog): Promise<void> {
  const { checkpoint, totals, quarantine, nextPersonId, waiting, retainedFrom } = catalog;
  const counters = {
    next_person_id: nextPersonId,
    next_waiting_order: waiting.nextOrder,
    retained_from: retainedFrom,
    quarantine_objects: quarantine.objects,
    quarantine_bytes: quarantine.bytes,
    ...checkpoint,
    ...sumOfLanes(totals),
  };
  const values = Object.entries(counters).map(([name, count]) => `${identifier(name)} = ${count}`);
  values.push(`lane_totals = ${literal(JSON.stringify(totals))}`);
  await connection.run(`update ${baseTable('state')} set ${values.join(', ')}`);
}

/** The schema of one event table as the transaction of `connection` sees it. */
export async function loadEventTable(connection: DuckDBConnection, key: string): Promise<EventTable | undefined> {
  return (await loadEventTables(connection, `where name = ${literal(key)}`))[0];
}

export async function loadEventTables(connection: DuckDBConnection, where = ''): Promise<EventTable[]> {
  const result = await connection.run(
    `select definition, row_count from ${baseTable('event_tables')} join ${baseTable('event_rows')} using (name) ${where}`,
  );
  return (await result.getRows()).map(([definition, rows]) => ({
    ...(JSON.parse(String(definition)) as Omit<EventTable, 'rows'>),
    rows: Number(rows),
  }));
}

/** Writes what became of event tables: the schemas that changed, the row counts of all that were touched. */
export async function saveEventTables(session: Session): Promise<void> {
  const { catalog, changedEventTables, appendedEventTables } = session;
  const tables = (keys: Iterable<string>): EventTable[] =>
    Array.from(keys, (key) => must(catalog.events.get(key), `event table ${key} is in the catalog`));
  await saveDefinitions(session.connection, tables(changedEventTables));
  await saveRowCounts(session.connection, tables(changedEventTables.union(appendedEventTables)));
}

/** Of a table that is dropped: its schema and its row count. */
export async function forgetEventTable(session: Session, key: string): Promise<void> {
  for (const table of [baseTable('event_tables'), baseTable('event_rows')]) {
    await session.connection.run(`delete from ${table} where name = ${literal(key)}`);
  }
  session.catalog.events.delete(key);
  session.changedEventTables.delete(key);
  session.appendedEventTables.delete(key);
}

async function saveDefinitions(connection: DuckDBConnection, tables: readonly EventTable[]): Promise<void> {
  if (tables.length === 0) return;
  const definitions = tables.map((table) => JSON.stringify({ ...table, rows: undefined }));
  const staged = stage(
    [nameColumn(tables), { name: 'definition', sqlType: 'VARCHAR', values: definitions }],
    tables.length,
  );
  const [kept, rows] = [baseTable('event_tables'), baseTable('event_rows')];
  for (const statement of [
    `delete from ${kept} where name in (select name from (${staged.sql}))`,
    `insert into ${kept} select name, definition from (${staged.sql})`,
    `insert into ${rows} select name, 0 from (${staged.sql}) s anti join ${rows} using (name)`,
  ]) {
    await connection.run(statement, staged.parameters);
  }
}

/** In place: row counts change with every batch, and replaced rows would pile up until the next checkpoint. */
async function saveRowCounts(connection: DuckDBConnection, tables: readonly EventTable[]): Promise<void> {
  if (tables.length === 0) return;
  const counts = tables.map(({ rows }) => rows);
  const staged = stage([nameColumn(tables), { name: 'counted', sqlType: 'BIGINT', values: counts }], tables.length);
  const rows = baseTable('event_rows');
  await connection.run(
    `update ${rows} r set row_count = s.counted from (${staged.sql}) s where r.name = s.name`,
    staged.parameters,
  );
}

function nameColumn(tables: readonly EventTable[]): StagedColumn {
  return { name: 'name', sqlType: 'VARCHAR', values: tables.map(eventKey) };
}

export function eventKey(table: { readonly database: string; readonly table: string }): string {
  return `${table.database}.${table.table}`;
}

/** `name` is a base table; without it all are loaded. Persons are always among them. */
export async function loadObjectTables(connection: DuckDBConnection, name?: string): Promise<Map<string, ObjectTable>> {
  const which = name === undefined ? '' : `where base_table = ${literal(name)}`;
  const result = await connection.run(`
    select f.base_table, f.view_name, f.field_name, f.sql_type, f.ignore_case, c.column_name is not null
    from (from ${baseTable('object_fields')} ${which}) f left join duckdb_columns() c
      on c.database_name = current_database() and c.schema_name = ${literal(BASE_SCHEMA)}
      and c.table_name = f.base_table and c.column_name = f.field_name
    order by f.place`);
  const tables = new Map([[PERSONS, emptyObjectTable(PERSONS, PERSONS)]]);
  for (const [base, view, field, sqlType, ignoreCase, used] of await result.getRows()) {
    const table = tables.get(String(base)) ?? emptyObjectTable(String(base), String(view));
    tables.set(table.name, table);
    table.columns.set(String(field).toLowerCase(), {
      name: String(field),
      sqlType: String(sqlType),
      ignoreCase: typeof ignoreCase === 'boolean' ? ignoreCase : undefined,
      used: used === true,
    });
  }
  const keys = await connection.run(`from ${baseTable('object_keys')} ${which}`);
  for (const [base, definition] of await keys.getRows()) {
    const table = tables.get(String(base));
    if (table !== undefined) table.key = JSON.parse(String(definition)) as string[];
  }
  return tables;
}

export function emptyObjectTable(name: string, view: string): ObjectTable {
  return { name, view, columns: new Map() };
}
