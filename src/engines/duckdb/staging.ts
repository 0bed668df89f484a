/**
 * Staging: the way of many rows from JavaScript into one SQL statement.
 * Owns: the encoding. Never: names a table.
 *
 * Each column travels as one text parameter, its values joined with NUL, and `unnest(string_split(…))` takes it
 * apart inside DuckDB, on DuckDB's threads: 50,000 rows of 5 columns cost about 10 ms of the JavaScript thread and
 * 50 to 80 ms in all, where the appender blocks the JavaScript thread for all of its 65 to 75 ms.
 * NUL occurs in no stored text (law 10: it became U+FFFD on the way in); {@link assertStaged} makes sure.
 *
 *     ['a', null, undefined]  →  'a' NUL  ␁ NUL  ␁␁     null and absent are markers that no value of the column equals
 */
import type { FieldValue } from '#model/field.ts';
import { StoreError } from '#ports/store.ts';
import { identifier, literal, PLACE } from './identifiers.ts';

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

/** Encodes `rowCount` rows, at least one. */
export function stage(columns: readonly StagedColumn[], rowCount: number): Staged {
  const encoded = columns.map((column) => encode(column.values));
  const absent = new Set(columns.filter((_, at) => encoded[at]?.absentMarker !== undefined).map(({ name }) => name));
  const raw = encoded.map((_, at) => `unnest(string_split($${at + 1}, chr(0))) as c${at}`);
  const typed = columns.flatMap((column, at) => typedColumns(column, `c${at}`, encoded[at] as EncodedColumn));
  const place = identifier(PLACE);
  return {
    // The split stands in a query of its own: in one select with the casts DuckDB would evaluate it again for each use.
    sql: `select ${[place, ...typed].join(', ')} from (select ${[`unnest(range(${rowCount})) as ${place}`, ...raw].join(', ')})`,
    parameters: encoded.map(({ text }) => text),
    absent,
    rowCount,
  };
}

/** Throws unless DuckDB saw as many rows as were staged: a text with NUL would have become two. */
export function assertStaged(staged: Staged, rowsSeen: number): void {
  if (rowsSeen === staged.rowCount) return;
  throw new StoreError('rejected', 'a text holds the character NUL, which no column can hold; send U+FFFD instead');
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

function encode(values: readonly (FieldValue | undefined)[]): EncodedColumn {
  const marker = '\u0001'.repeat(longestMarkerLike(values) + 1);
  const absentMarker = `${marker}\u0001`;
  let nulls = false;
  let absents = false;
  const texts = values.map((value) => {
    if (value === undefined) {
      absents = true;
      return absentMarker;
    }
    if (value === null) {
      nulls = true;
      return marker;
    }
    return String(value);
  });
  return {
    text: joinTexts(texts),
    nullMarker: nulls ? marker : undefined,
    absentMarker: absents ? absentMarker : undefined,
  };
}

/** Length of the longest value that is nothing but U+0001: markers are longer. */
function longestMarkerLike(values: readonly (FieldValue | undefined)[]): number {
  let longest = 0;
  for (const value of values) {
    if (typeof value !== 'string' || value.charCodeAt(0) !== 1) continue;
    if (value.length > longest && /^\u0001+$/.test(value)) longest = value.length;
  }
  return longest;
}

function joinTexts(texts: readonly string[]): string {
  try {
    return texts.join('\0');
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StoreError('memory', 'a column of this batch is longer than one text can be', { cause: error });
  }
}
