/**
 * Staging: the way of many rows from JavaScript into one SQL statement.
 * Owns: the encoding. Never: names a table.
 *
 * Each column travels as one text parameter, its values joined with NUL, and `unnest(string_split(…))` takes it
 * apart inside DuckDB, on DuckDB's threads: 50,000 rows of 5 columns cost about 10 ms of the JavaScript thread and
 * 50 to 80 ms in all, where the appender blocks the JavaScript thread for all of its 65 to 75 ms.
 * NUL occurs in no stored text (law 10: it became U+FFFD on the way in); {@link assertStaged} makes sure.
 *
 *     ['a', null, 'b']        →  'a' NUL NUL 'b'     null is an empty text, or a marker where a value is one
 *     ['', null, undefined]   →  NUL ␁ NUL ␁␁        absent is a marker; no value of the column equals one
 */
import type { FieldValue } from '#model/field.ts';
import { identifier, literal, PLACE } from './identifiers.ts';
import { sparseStruct, sparseText, sparseTyped } from './sparse-staging.ts';
import type { SparseColumn } from './sparse-staging.ts';
import { joinTexts, nulError } from './staged-text.ts';

export interface StagedColumn {
  readonly name: string;
  readonly sqlType: string;
  /** One per row; `undefined` is absent, which is not the same as null. */
  readonly values: readonly (FieldValue | undefined)[];
}

export interface Staged {
  /** SELECTs {@link PLACE} (from 0), each column, and `<name>_absent` for each of {@link absent}. */
  readonly sql: string;
  readonly parameters: string[];
  /** Names of the columns in which some row is absent. */
  readonly absent: ReadonlySet<string>;
  readonly rowCount: number;
}

interface EncodedColumn {
  readonly text: string;
  readonly nullMarker: string | undefined;
  readonly absentMarker: string | undefined;
}

/** Encodes `rowCount` rows, at least one. The sparse columns come behind the others; none of them is ever absent. */
export function stage(
  columns: readonly StagedColumn[],
  rowCount: number,
  sparse: readonly SparseColumn[] = [],
): Staged {
  const encoded = columns.map((column) => encode(column.values));
  const absent = new Set(columns.filter((_, at) => encoded[at]?.absentMarker !== undefined).map(({ name }) => name));
  const parameters = encoded.map(({ text }) => text);
  const place = identifier(PLACE);
  const typed = columns.flatMap((column, at) => typedColumns(column, `c${at}`, encoded[at] as EncodedColumn));
  if (sparse.length > 0) parameters.push(sparseText(sparse, rowCount));
  const raw = parameters.map((_, at) => `unnest(string_split($${at + 1}, chr(0))) as c${at}`);
  // The split stands in a query of its own: in one select with the casts DuckDB would evaluate it again for each use.
  let rows = `select ${[`unnest(range(${rowCount})) as ${place}`, ...raw].join(', ')}`;
  if (sparse.length > 0) {
    rows = `select *, ${sparseStruct(`c${columns.length}`, sparse)} as s from (${rows})`;
    typed.push(...sparse.map((column, number) => sparseTyped('s', column, number)));
  }
  return { sql: `select ${[place, ...typed].join(', ')} from (${rows})`, parameters, absent, rowCount };
}

/** Throws unless DuckDB saw as many rows as were staged: a text with NUL would have become two. */
export function assertStaged(staged: Staged, rowsSeen: number): void {
  if (rowsSeen !== staged.rowCount) throw nulError();
}

function typedColumns(column: StagedColumn, raw: string, encoded: EncodedColumn): string[] {
  const name = identifier(column.name);
  let value = raw;
  if (encoded.nullMarker !== undefined) value = `nullif(${value}, ${literal(encoded.nullMarker)})`;
  if (encoded.absentMarker !== undefined) value = `nullif(${value}, ${literal(encoded.absentMarker)})`;
  if (column.sqlType !== 'VARCHAR') value = `cast(${value} as ${column.sqlType})`;
  const typed = [`${value} as ${name}`];
  if (encoded.absentMarker !== undefined) {
    typed.push(`${raw} = ${literal(encoded.absentMarker)} as ${identifier(`${column.name}_absent`)}`);
  }
  return typed;
}

type StagedValues = StagedColumn['values'];

function encode(values: StagedValues): EncodedColumn {
  const { nulls, absents, empties, longestMarkerLike } = look(values);
  // `join` writes null as nothing by itself.
  if (!absents && !(nulls && empties)) {
    return { text: joinTexts(values, '\0'), nullMarker: nulls ? '' : undefined, absentMarker: undefined };
  }
  const marker = '\u0001'.repeat(longestMarkerLike + 1);
  const absentMarker = `${marker}\u0001`;
  const texts = values.map((value) => (value === undefined ? absentMarker : (value ?? marker)));
  return {
    text: joinTexts(texts, '\0'),
    nullMarker: nulls ? marker : undefined,
    absentMarker: absents ? absentMarker : undefined,
  };
}

interface Look {
  nulls: boolean;
  absents: boolean;
  /** Some text is empty. */
  empties: boolean;
  /** Length of the longest text that is nothing but U+0001: markers are longer. */
  longestMarkerLike: number;
}

function look(values: StagedValues): Look {
  const found: Look = { nulls: false, absents: false, empties: false, longestMarkerLike: 0 };
  for (const value of values) {
    if (value === null) found.nulls = true;
    else if (value === undefined) found.absents = true;
    else if (value === '') found.empties = true;
    else if (typeof value === 'string' && value.charCodeAt(0) === 1 && value.length > found.longestMarkerLike) {
      if (/^\u0001+$/.test(value)) found.longestMarkerLike = value.length;
    }
  }
  return found;
}
