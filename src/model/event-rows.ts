/**
 * Builds the rows that a store appends to one event table, and the schema that they need (docs/specs/events.md).
 *
 *   event ──► time │ cells by column │ `_extra`: what no column tells exactly (law 10)
 *                        └── what values ask of their column ──► its type, once all rows are known
 *
 * Owns: where each member of an event goes. Never: changes a row that is stored; the schema's history tells its types.
 */
import { ColumnValues } from './column-values.ts';
import { dependsOnGreatest } from './event-columns.ts';
import { columnName } from './event-names.ts';
import { filled, isPlaceholder } from './event-placeholders.ts';
import type { EventContext } from './event-placeholders.ts';
import type { CellValue, ColumnType, EventColumn, EventRows, EventTable, SparseCells } from './event-table.ts';
import { bodyTime, receiptTime, recordTime } from './event-time.ts';
import type { JsonObject, JsonValue } from './json.ts';

export interface EventRowsOptions {
  /** Keys beyond as many columns are kept in `_extra` whole (law 6). */
  readonly maxColumns: number;
}

/** What a batch makes of a table. `grown`: the table's schema must be defined before the rows are appended. */
export interface BuiltEvents {
  /** Its `rows` is still the ordinal of the first row of the batch. */
  readonly table: EventTable;
  readonly rowCount: number;
  readonly grown: boolean;
  /**
   * The rows in order, in parts of at most `maxCells` cells, each made when it is asked for: a batch of wide rows laid
   * out at once would take gigabytes (law 6). Sparse columns take no more than was sent, and count by their average.
   */
  readonly parts: (maxCells: number) => Iterable<EventRows>;
}

/**
 * A column that fewer than one row in so many has is sparse. A null that is laid out costs a store less than a tenth of
 * what a cell costs that travels by itself.
 */
const SPARSE_BELOW = 16;

/** Members that steer the request and are no data. */
const NEVER_STORED: ReadonlySet<string> = new Set(['td_write_key', 'td_format', 'td_redirect']);

/** A column with its values in a batch, not all of which are null. */
type PresentColumn = readonly [EventColumn, ColumnValues];

export class EventRowsBuilder {
  readonly #table: EventTable;
  readonly #maxColumns: number;
  readonly #columns = new Map<string, ColumnValues>();
  readonly #names = new Set<string>();
  readonly #times: number[] = [];
  readonly #extras: (string | null)[] = [];
  #hasExtras = false;

  constructor(table: EventTable, { maxColumns }: EventRowsOptions) {
    this.#table = table;
    this.#maxColumns = maxColumns;
    for (const column of table.columns) this.#addColumn(column.key, column.column, column);
  }

  /** Adds an event behind those before it. */
  add(event: JsonObject, context: EventContext): void {
    const row = this.#times.length;
    const receipt = receiptTime(context.acceptedAt);
    const asked = Object.hasOwn(event, 'td_record_time')
      ? recordTime(event['td_record_time'] as JsonValue, receipt)
      : undefined;
    const sent = asked === undefined && Object.hasOwn(event, 'time') ? bodyTime(event['time'] as JsonValue) : undefined;
    this.#times.push(asked ?? sent ?? receipt);
    this.#extras.push(null);
    for (const key in event) {
      const value = event[key] as JsonValue;
      if (key === 'td_record_time' && asked !== undefined) continue;
      if ((key === 'time' && sent !== undefined) || key === context.idKey) this.#addExtra(row, key, value);
      else if (value === key && isPlaceholder(key)) this.#addMember(row, key, filled(key, context));
      else this.#addMember(row, key, value);
    }
  }

  /** Columns whose greatest integer {@link finish} must be told, since their type depends on it. */
  checksNeeded(): string[] {
    const columns = [...this.#columns.values()];
    return columns.filter(needsGreatest).map(({ name }) => name);
  }

  /**
   * The rows, and the schema to append them under. `greatest`: the greatest absolute value by column, for those that
   * {@link checksNeeded} names. The builder takes no further event.
   */
  finish(greatest: ReadonlyMap<string, bigint>): BuiltEvents {
    const columns: EventColumn[] = [];
    const present: PresentColumn[] = [];
    for (const values of this.#columns.values()) {
      const column = values.grown(this.#table.rows, greatest.get(values.name) ?? 0n);
      columns.push(column);
      values.forEachUntold(column.type, (row, value) => this.#addExtra(row, column.key, value));
      if (values.isPresent) present.push([column, values]);
    }
    const table = { ...this.#table, columns, extra: this.#table.extra || this.#hasExtras };
    const rowCount = this.#times.length;
    const parts = (maxCells: number): Iterable<EventRows> => this.#parts(table, present, maxCells);
    return { table, rowCount, grown: isGrown(this.#table, table), parts };
  }

  *#parts(
    table: EventTable,
    present: readonly PresentColumn[],
    maxCells: number,
  ): Generator<EventRows, void, undefined> {
    const rowCount = this.#times.length;
    const [sparse, dense] = bySparsity(present, rowCount);
    const cellsOfRow = dense.length + sparse.reduce((sum, [, { count }]) => sum + count, 0) / rowCount;
    const rowsAtOnce = Math.max(1, Math.floor(maxCells / Math.max(1, cellsOfRow)));
    for (let from = 0; from < rowCount; from += rowsAtOnce) {
      const to = Math.min(rowCount, from + rowsAtOnce);
      yield {
        table,
        times: this.#times.slice(from, to),
        cells: occurring(dense, (values, type) => values.cells(type, from, to)),
        sparse: occurring(sparse, (values, type) => values.sparseCells(type, from, to)),
        extras: this.#extras.slice(from, to).map(asObject),
      };
    }
  }

  #addMember(row: number, key: string, value: JsonValue): void {
    const column = this.#columns.get(key) ?? this.#newColumn(key, value);
    if (column !== undefined) column.add(row, value);
    else if (!NEVER_STORED.has(key)) this.#addExtra(row, key, value);
  }

  // A null makes no column.
  #newColumn(key: string, value: JsonValue): ColumnValues | undefined {
    if (value === null || this.#columns.size >= this.#maxColumns || NEVER_STORED.has(key)) return undefined;
    return this.#addColumn(
      key,
      columnName(key, (name) => this.#names.has(name)),
    );
  }

  #addColumn(key: string, name: string, known?: EventColumn): ColumnValues {
    const column = new ColumnValues(key, name, known);
    this.#columns.set(key, column);
    this.#names.add(name);
    return column;
  }

  #addExtra(row: number, key: string, value: JsonValue): void {
    const before = this.#extras[row];
    const member = `${JSON.stringify(key)}:${JSON.stringify(value)}`;
    this.#extras[row] = typeof before === 'string' ? `${before},${member}` : member;
    this.#hasExtras = true;
  }
}

function bySparsity(
  present: readonly PresentColumn[],
  rowCount: number,
): readonly [sparse: readonly PresentColumn[], dense: readonly PresentColumn[]] {
  const isSparse = ([, { count }]: PresentColumn): boolean => count * SPARSE_BELOW < rowCount;
  return [present.filter(isSparse), present.filter((column) => !isSparse(column))];
}

/** What is found in each column, by its name, but for those where nothing is. */
function occurring<Cells extends readonly CellValue[] | SparseCells>(
  columns: readonly PresentColumn[],
  find: (values: ColumnValues, type: ColumnType) => Cells | undefined,
): ReadonlyMap<string, Cells> {
  const all = new Map<string, Cells>();
  for (const [{ column, type }, values] of columns) {
    const found = find(values, type);
    if (found !== undefined) all.set(column, found);
  }
  return all;
}

function asObject(members: string | null): string | null {
  return members === null ? null : `{${members}}`;
}

function needsGreatest({ known, demands }: ColumnValues): boolean {
  return known !== undefined && dependsOnGreatest(known.type, demands);
}

// A table without rows may be one that no store has yet.
function isGrown(before: EventTable, after: EventTable): boolean {
  if (before.rows === 0 || before.extra !== after.extra || before.columns.length !== after.columns.length) return true;
  return after.columns.some((column, index) => column !== before.columns[index]);
}
