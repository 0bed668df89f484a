/**
 * Event tables: made, grown, appended to.
 * Owns: their DDL and their ordinals. Never: rewrites a row, but for the cast of a widened column.
 */
import { must } from '#kit/assert.ts';
import type { EventColumn, EventRows, EventTable } from '#model/event-table.ts';
import { eventKey, forgetEventTable } from './catalog.ts';
import { eventColumnExpression, eventSqlType } from './column-types.ts';
import { forgetKeysOf } from './event-keys.ts';
import { baseTable, eventTableName, identifier, ORDINAL, PLACE } from './identifiers.ts';
import type { Session } from './session.ts';
import type { SparseColumn } from './sparse-staging.ts';
import { assertStaged, stage, type StagedColumn } from './staging.ts';

/** Makes the table, or grows it to `wanted`. `wanted.rows` is not taken over: the store counts its rows itself. */
export async function defineEventTable(session: Session, wanted: EventTable): Promise<void> {
  const key = eventKey(wanted);
  const known = session.catalog.events.get(key);
  if (known === undefined) await createTable(session, wanted);
  else await growTable(session, known, wanted);
  const target = `${identifier(wanted.database)}.${identifier(wanted.table)}`;
  const columns = [identifier('time'), ...wanted.columns.map(viewColumn)];
  if (wanted.extra) columns.push(identifier('_extra'));
  await session.connection.run(
    `create or replace view ${target} as select ${columns.join(', ')} from ${baseOf(wanted)}`,
  );
  session.catalog.events.set(key, { ...wanted, rows: known?.rows ?? 0 });
  session.changedEventTables.add(key);
}

/** Drops the table with its rows and idempotency keys, if it is there. Its database stays, and is empty perhaps. */
export async function dropEventTable(
  session: Session,
  { database, table }: Pick<EventTable, 'database' | 'table'>,
): Promise<void> {
  const key = eventKey({ database, table });
  const known = session.catalog.events.get(key);
  if (known === undefined) return;
  await session.connection.run(`drop view ${identifier(database)}.${identifier(table)}`);
  await session.connection.run(`drop table ${baseOf(known)}`);
  await forgetKeysOf(session, key);
  await forgetEventTable(session, key);
}

/** Appends rows in order: row n of the table has the ordinal n. */
export async function appendEvents(session: Session, rows: EventRows): Promise<void> {
  const rowCount = rows.times.length;
  if (rowCount === 0) return;
  const key = eventKey(rows.table);
  const known = must(session.catalog.events.get(key), `event table ${key} is defined before its rows`);
  const [dense, sparse] = [denseColumns(rows), sparseColumns(rows)];
  const staged = stage(dense, rowCount, sparse);
  const names = [...dense, ...sparse].map(({ name }) => identifier(name));
  const result = await session.connection.run(
    `insert into ${baseOf(known)} (${[identifier(ORDINAL), ...names].join(', ')})
     select ${[`${known.rows} + ${identifier(PLACE)}`, ...names].join(', ')} from (${staged.sql})`,
    staged.parameters,
  );
  assertStaged(staged, result.rowsChanged);
  session.catalog.events.set(key, { ...known, rows: known.rows + rowCount });
  session.appendedEventTables.add(key);
}

/** The greatest absolute value in an integer column; 0 when it holds none. */
export async function greatestInteger(session: Session, table: EventTable, column: string): Promise<bigint> {
  // As HUGEINT: the absolute value of the least 64-bit integer is no 64-bit integer.
  const result = await session.connection.run(
    `select max(abs(cast(${identifier(column)} as hugeint))) from ${baseOf(table)}`,
  );
  const greatest = (await result.getRows())[0]?.[0];
  return typeof greatest === 'bigint' ? greatest : 0n;
}

async function createTable(session: Session, table: EventTable): Promise<void> {
  await session.connection.run(`create schema if not exists ${identifier(table.database)}`);
  const columns = table.columns.map((column) => `${identifier(column.column)} ${eventSqlType(column.type)}`);
  const all = [`${identifier(ORDINAL)} bigint`, `${identifier('time')} bigint`, ...columns];
  if (table.extra) all.push(`${identifier('_extra')} json`);
  await session.connection.run(`create table ${baseOf(table)} (${all.join(', ')})`);
}

async function growTable(session: Session, known: EventTable, wanted: EventTable): Promise<void> {
  const types = new Map(known.columns.map(({ column, type }) => [column, type]));
  for (const { column, type } of wanted.columns) {
    const before = types.get(column);
    if (before === type) continue;
    // Nothing but the plain type may stand here: see eventColumnExpression.
    const change = before === undefined ? 'add column' : 'alter column';
    const sqlType = before === undefined ? eventSqlType(type) : `type ${eventSqlType(type)}`;
    await session.connection.run(`alter table ${baseOf(known)} ${change} ${identifier(column)} ${sqlType}`);
  }
  if (!wanted.extra || known.extra) return;
  await session.connection.run(`alter table ${baseOf(known)} add column ${identifier('_extra')} json`);
}

function viewColumn(column: EventColumn): string {
  const expression = eventColumnExpression(column);
  return expression === identifier(column.column) ? expression : `${expression} as ${identifier(column.column)}`;
}

function baseOf(table: EventTable): string {
  return baseTable(eventTableName(table.database, table.table));
}

function denseColumns(rows: EventRows): StagedColumn[] {
  const columns: StagedColumn[] = [{ name: 'time', sqlType: 'BIGINT', values: rows.times }];
  for (const { column, type } of rows.table.columns) {
    const values = rows.cells.get(column);
    if (values !== undefined) columns.push({ name: column, sqlType: eventSqlType(type), values });
  }
  if (rows.table.extra) columns.push({ name: '_extra', sqlType: 'JSON', values: rows.extras });
  return columns;
}

function sparseColumns(rows: EventRows): SparseColumn[] {
  const columns: SparseColumn[] = [];
  for (const { column, type } of rows.table.columns) {
    const cells = rows.sparse.get(column);
    if (cells !== undefined) columns.push({ name: column, sqlType: eventSqlType(type), ...cells });
  }
  return columns;
}
