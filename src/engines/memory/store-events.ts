/**
 * Event tables in memory.
 * Owns: the change that widening makes to a value. Never: decides when a column widens.
 */
import { must } from '#kit/assert.ts';
import type { CellValue, ColumnType, EventRows, EventTable } from '#model/event-table.ts';
import { answerClaims, forgottenBefore } from '#model/idempotency.ts';
import type { KeyClaims } from '#model/idempotency.ts';
import type { RequestId } from '#model/words.ts';
import type { StoredEvent, WorkspaceTables } from './store-tables.ts';

export function defineEventTable(tables: WorkspaceTables, wanted: EventTable): void {
  const key = `${wanted.database}.${wanted.table}`;
  const known = tables.events.get(key);
  const before = new Map(known?.table.columns.map(({ column, type }) => [column, type]));
  const widened = wanted.columns.filter(({ column, type }) => (before.get(column) ?? type) !== type);
  const rows = (known?.rows ?? []).map((row) => ({
    ...row,
    cells: new Map([...row.cells, ...widened.map(({ column, type }) => widenedCell(row, column, type))]),
  }));
  tables.events.set(key, { table: { ...wanted, rows: rows.length }, rows });
}

export function appendEvents(tables: WorkspaceTables, appended: EventRows): void {
  const key = `${appended.table.database}.${appended.table.table}`;
  const known = must(tables.events.get(key), `event table ${key} is defined before its rows`);
  const rows = appended.times.map((time, at) => {
    const cells = new Map(Array.from(appended.cells, ([column, values]) => [column, values[at] ?? null] as const));
    return { time, cells, extra: appended.extras[at] ?? null };
  });
  for (const [column, sparse] of appended.sparse) {
    sparse.rows.forEach((at, index) => rows[at]?.cells.set(column, sparse.values[index] ?? null));
  }
  for (const row of rows) known.rows.push(row);
  known.table = { ...known.table, rows: known.rows.length };
}

export function dropEventTable(tables: WorkspaceTables, key: string): void {
  tables.events.delete(key);
  tables.eventKeys.delete(key);
}

export function claimKeys(tables: WorkspaceTables, wanted: KeyClaims): readonly (RequestId | undefined)[] {
  const key = `${wanted.database}.${wanted.table}`;
  const taken = tables.eventKeys.get(key) ?? [];
  const { owners, granted } = answerClaims(taken, wanted);
  const before = forgottenBefore(wanted);
  tables.eventKeys.set(
    key,
    [...taken, ...granted].filter(({ acceptedAt }) => acceptedAt >= before),
  );
  return owners;
}

export function greatestInteger(tables: WorkspaceTables, table: EventTable, column: string): bigint {
  let greatest = 0n;
  for (const { cells } of tables.events.get(`${table.database}.${table.table}`)?.rows ?? []) {
    const value = BigInt((cells.get(column) ?? 0) as number | bigint);
    const size = value < 0n ? -value : value;
    if (size > greatest) greatest = size;
  }
  return greatest;
}

function widenedCell(row: StoredEvent, column: string, type: ColumnType): readonly [string, CellValue] {
  const value = row.cells.get(column) ?? null;
  if (value === null) return [column, null];
  return [column, type === 'decimal' ? Number(value) : String(value)];
}
