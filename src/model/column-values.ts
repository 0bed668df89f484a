/**
 * The values of one column in a batch of events, gathered before its type is known.
 * Owns: one column's way from JSON to cells. Never: sees other columns.
 */
import { assert } from '#kit/assert.ts';
import { cellOf, demandOf, grownType, holdsAsIs, isToldBy, NO_DEMANDS, typeFor } from './event-columns.ts';
import type { Demands } from './event-columns.ts';
import type { CellValue, ColumnType, EventColumn, SparseCells } from './event-table.ts';
import type { JsonValue } from './json.ts';

export class ColumnValues {
  readonly key: string;
  readonly name: string;
  /** The column as the table had it before the batch. */
  readonly known: EventColumn | undefined;
  demands: Demands = NO_DEMANDS;
  // Rows and values side by side, so that a rare key costs no more than it has values.
  readonly #rows: number[] = [];
  readonly #values: JsonValue[] = [];

  constructor(key: string, name: string, known: EventColumn | undefined) {
    this.key = key;
    this.name = name;
    this.known = known;
  }

  /** True when a cell of the batch is not null. */
  get isPresent(): boolean {
    return this.demands !== NO_DEMANDS;
  }

  /** Rows that have the key, be its value null. */
  get count(): number {
    return this.#rows.length;
  }

  /** Rows come in rising order, each at most once. */
  add(row: number, value: JsonValue): void {
    this.demands |= demandOf(value);
    this.#rows.push(row);
    this.#values.push(value);
  }

  /** The column as the batch needs it; the same object when it need not change. `firstRow`: ordinal of the batch. */
  grown(firstRow: number, greatest: bigint): EventColumn {
    const { key, known, name } = this;
    if (known === undefined) return { key, column: name, type: this.#ownType(), history: [] };
    const type = grownType(known.type, this.demands, greatest);
    if (type === known.type) return known;
    return { ...known, type, history: [...known.history, { type: known.type, until: firstRow }] };
  }

  #ownType(): ColumnType {
    const type = typeFor(this.demands);
    assert(type !== undefined, 'a new column has a value that is not null');
    return type;
  }

  /**
   * One cell for each of the rows from `from` (inclusive) to `to` (exclusive), null where the key was absent.
   * Undefined when none of them has the key.
   */
  cells(type: ColumnType, from: number, to: number): readonly CellValue[] | undefined {
    const [first, end] = this.#range(from, to);
    if (first === end) return undefined;
    const isWhole = end - first === to - from;
    if (isWhole && holdsAsIs(type, this.demands)) return this.#values.slice(first, end) as CellValue[];
    const cells: CellValue[] = [];
    while (cells.length < to - from) cells.push(null);
    for (let i = first; i < end; i += 1) {
      cells[(this.#rows[i] as number) - from] = cellOf(this.#values[i] as JsonValue, type);
    }
    return cells;
  }

  /** As {@link cells}, without those of rows that do not have the key: costs nothing for these. */
  sparseCells(type: ColumnType, from: number, to: number): SparseCells | undefined {
    const [first, end] = this.#range(from, to);
    if (first === end) return undefined;
    return {
      rows: this.#rows.slice(first, end).map((row) => row - from),
      values: this.#values.slice(first, end).map((value) => cellOf(value, type)),
    };
  }

  #range(from: number, to: number): readonly [first: number, end: number] {
    return [firstNotBelow(this.#rows, from), firstNotBelow(this.#rows, to)];
  }

  /** Visits what a cell of this type does not give back. */
  forEachUntold(type: ColumnType, visit: (row: number, value: JsonValue) => void): void {
    const values = this.#values;
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] as JsonValue;
      if (!isToldBy(type, value)) visit(this.#rows[i] as number, value);
    }
  }
}

/** Index of the first of these rising numbers that is not below `least`. */
function firstNotBelow(rising: readonly number[], least: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
