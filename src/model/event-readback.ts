/**
 * Gives a stored event back as it was sent (law 10; docs/specs/events.md, E10).
 *
 *   cell ──type of its column when the row was written──► JSON ◄──goes before it── `_extra`
 *
 * Owns: the way from cells to JSON. Never: parses a number, which could change it.
 */
import { assert } from '#kit/assert.ts';
import type { CellValue, ColumnType, EventColumn, EventTable } from './event-table.ts';
import { parseJson } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** A row as a store reads it. */
export interface StoredEvent {
  readonly ordinal: number;
  /** UNIX seconds. A sender's own `time` is in `_extra`, since the column alone does not say that one was sent. */
  readonly time: number;
  /** By column; absent and null cells are the same. */
  readonly cells: ReadonlyMap<string, CellValue>;
  /** JSON text of an object. */
  readonly extra: string | null;
}

/** JSON text of the event, equal as a JSON value to what was sent. */
export function readBackEvent(table: EventTable, row: StoredEvent): string {
  const extra = (row.extra === null ? {} : parseJson(row.extra)) as JsonObject;
  const members: string[] = [];
  for (const column of table.columns) {
    const cell = row.cells.get(column.column) ?? null;
    if (cell === null || Object.hasOwn(extra, column.key)) continue;
    members.push(`${JSON.stringify(column.key)}:${jsonOfCell(cell, typeAt(column, row.ordinal))}`);
  }
  for (const [key, value] of Object.entries(extra) as [string, JsonValue][]) {
    members.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  }
  return `{${members.join(',')}}`;
}

/** The type under which a row was written. */
function typeAt(column: EventColumn, ordinal: number): ColumnType {
  return column.history.find(({ until }) => ordinal < until)?.type ?? column.type;
}

// A cell may have been widened since: then it is the text of what it was, which reads the same.
function jsonOfCell(cell: Exclude<CellValue, null>, type: ColumnType): string {
  switch (type) {
    case 'text':
      assert(typeof cell === 'string', 'a cell written as text is text');
      return JSON.stringify(cell);
    case 'boolean':
    case 'integer':
    case 'bigInteger':
    case 'decimal':
    case 'json':
      return String(cell);
  }
}
