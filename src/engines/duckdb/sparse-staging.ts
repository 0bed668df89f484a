/**
 * Staging of columns that most rows have no value for (see staging.ts).
 * Owns: their encoding. Never: names a table.
 *
 * All of them travel as one text: for each row a JSON object of what it has, by the number of the column, or nothing.
 * DuckDB takes that apart in one `from_json`. A null costs JavaScript nothing, and DuckDB some 50 ns, where one in a
 * column that travels by itself costs 30 and 70.
 *
 *     column 0: 'a' null null, column 1: null 7 null   →   {"0":"a"} NUL {"1":"7"} NUL
 */
import type { FieldValue } from '#model/field.ts';
import { identifier, literal } from './identifiers.ts';
import { joinTexts, nulError } from './staged-text.ts';

export interface SparseColumn {
  readonly name: string;
  readonly sqlType: string;
  /** Places of the rows that have a value, rising. */
  readonly rows: readonly number[];
  /** One for each of them. */
  readonly values: readonly FieldValue[];
}

/** The text of all columns. Throws StoreError. */
export function sparseText(columns: readonly SparseColumn[], rowCount: number): string {
  const { ends, numbers, values } = cellsByRow(columns, rowCount);
  const first = columns.map((_, number) => `{"${number}":"`);
  const later = columns.map((_, number) => `","${number}":"`);
  const pieces: string[] = [];
  let at = 0;
  for (let row = 0; row < rowCount; row += 1) {
    if (row > 0) pieces.push('\0');
    const end = ends[row] as number;
    for (const begin = at; at < end; at += 1) {
      const prefixes = at === begin ? first : later;
      pieces.push(prefixes[numbers[at] as number] as string, escaped(values[at] as FieldValue));
      if (at === end - 1) pieces.push('"}');
    }
  }
  return joinTexts(pieces, '');
}

/** That text, split into rows, as a STRUCT of texts, so that values are cast from what they are cast from elsewhere. */
export function sparseStruct(text: string, columns: readonly SparseColumn[]): string {
  const types = Object.fromEntries(columns.map((_, number) => [number, 'VARCHAR']));
  return `from_json(nullif(${text}, ''), ${literal(JSON.stringify(types))})`;
}

/** A column of that struct, in its type and with its name. */
export function sparseTyped(struct: string, { name, sqlType }: SparseColumn, number: number): string {
  return `cast(${struct}.${identifier(String(number))} as ${sqlType}) as ${identifier(name)}`;
}

interface CellsByRow {
  /** Of the columns, row after row. */
  readonly numbers: Uint16Array;
  readonly values: readonly (FieldValue | undefined)[];
  /** Where the cells of each row end. */
  readonly ends: Uint32Array;
}

// A counting sort. Growing the text of each row column by column takes five times as long.
function cellsByRow(columns: readonly SparseColumn[], rowCount: number): CellsByRow {
  const ends = new Uint32Array(rowCount);
  const total = beginnings(columns, ends);
  const numbers = new Uint16Array(total);
  const values = new Array<FieldValue | undefined>(total);
  for (const [number, column] of columns.entries()) {
    for (let i = 0; i < column.rows.length; i += 1) {
      const value = column.values[i] as FieldValue;
      if (value === null) continue;
      const row = column.rows[i] as number;
      const at = ends[row] as number;
      numbers[at] = number;
      values[at] = value;
      ends[row] = at + 1;
    }
  }
  return { ends, numbers, values };
}

/** Puts the place of each row's first cell into `places`; returns how many cells there are. */
function beginnings(columns: readonly SparseColumn[], places: Uint32Array): number {
  for (const { rows, values } of columns) {
    for (let i = 0; i < rows.length; i += 1) if (values[i] !== null) (places[rows[i] as number] as number) += 1;
  }
  let total = 0;
  for (let row = 0; row < places.length; row += 1) {
    const count = places[row] as number;
    places[row] = total;
    total += count;
  }
  return total;
}

/** Inside the quotes of a JSON string. JSON would carry a NUL unseen, and DuckDB refuses an escaped lone surrogate. */
function escaped(value: FieldValue): string {
  if (typeof value !== 'string') return String(value);
  if (value.includes('\0')) throw nulError();
  return JSON.stringify(value.toWellFormed()).slice(1, -1);
}
