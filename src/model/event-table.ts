/**
 * The schema of an event table: which key became which column, of which type, since when.
 * Owns: the shapes; event-columns.ts decides how they grow. Never: knows an engine's type names.
 */

/**
 * `integer` holds 64 bits, `bigInteger` 38 digits, `decimal` a double. `json` holds objects and arrays.
 * Widening goes integer → bigInteger → text, integer → decimal → text, and from everything else to text.
 */
export type ColumnType = 'boolean' | 'integer' | 'bigInteger' | 'decimal' | 'text' | 'json';

export interface EventColumn {
  /** As the sender wrote it. One column has one key. */
  readonly key: string;
  readonly column: string;
  readonly type: ColumnType;
  /**
   * Types that the column had before, oldest first: rows whose ordinal is below `until` were written under `type`.
   * It tells how a value of an older row looked when it was sent, so that widening rewrites no meaning.
   */
  readonly history: readonly { readonly type: ColumnType; readonly until: number }[];
}

export interface EventTable {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly EventColumn[];
  /** True once a row has needed the JSON column `_extra`. */
  readonly extra: boolean;
  /** Rows ever stored: the ordinal that the next row gets. Ordinals follow the order of acceptance. */
  readonly rows: number;
}

/** What a column holds. `json` columns hold JSON text; `bigInteger` digits. */
export type CellValue = string | number | bigint | boolean | null;

/** The cells of a column that most rows have no value for, in rising order of their rows. All others are null. */
export interface SparseCells {
  /** Counted from the first of the rows that are appended together. */
  readonly rows: readonly number[];
  readonly values: readonly CellValue[];
}

/** Rows for one table, in the order of acceptance, under the table's schema after growth. */
export interface EventRows {
  readonly table: EventTable;
  /** UNIX seconds, one per row. */
  readonly times: readonly number[];
  /** One array per column of `table.columns` that occurs in these rows; absent cells are null. */
  readonly cells: ReadonlyMap<string, readonly CellValue[]>;
  /** Further columns that occur in these rows: a column is here or there. */
  readonly sparse: ReadonlyMap<string, SparseCells>;
  /** JSON text of an object: what the columns cannot tell exactly, by key. Null for most rows. */
  readonly extras: readonly (string | null)[];
}
