/**
 * Reading a result: chunk by chunk, as JSON values, up to the limits of an answer.
 * Owns: where an answer is cut. Never: holds more than one chunk beyond the answer.
 */
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import { portableTypeName } from './query-types.ts';
import { jsonConverter } from './query-values.ts';
import type { JsonConverter } from './query-values.ts';
import type { SqlAnswer } from '#ports/store-reader.ts';

export interface AnswerLimits {
  readonly rows: number;
  /** Of the rows' JSON text. */
  readonly bytes: number;
}

/** What an answer holds, but for the time that it took. */
export type Rows = Omit<SqlAnswer, 'elapsedMs'>;

type Columns = SqlAnswer['columns'];

/**
 * Takes rows until the result or a limit is reached; then the rest is never made.
 * `onChunk` runs before each chunk and throws to stop.
 */
export async function readRows(result: DuckDBResult, limits: AnswerLimits, onChunk: () => void): Promise<Rows> {
  const columns = columnsOf(result);
  const converters = result.columnTypes().map(jsonConverter);
  const answer = new AnswerRows(limits);
  while (!answer.full) {
    onChunk();
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return { columns, rows: answer.rows };
    answer.addChunk(chunk, converters);
  }
  return { columns, rows: answer.rows, truncated: true };
}

/** Names in their declared spelling and portable types. */
function columnsOf(result: DuckDBResult): Columns {
  const types = result.columnTypes();
  return result.columnNames().map((name, i) => ({ name, type: types[i] ? portableTypeName(types[i]) : 'unknown' }));
}

class AnswerRows {
  readonly rows: unknown[][] = [];
  /** True once a row did not fit. */
  full = false;
  readonly #limits: AnswerLimits;
  #bytes = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  addChunk(chunk: DuckDBDataChunk, converters: readonly JsonConverter[]): void {
    const columns = converters.map((_, column) => chunk.getColumnVector(column));
    for (let index = 0; index < chunk.rowCount && !this.full; index += 1) {
      this.#add(converters.map((convert, column) => convert(columns[column]?.getItem(index) ?? null)));
    }
  }

  #add(row: unknown[]): void {
    this.#bytes += Buffer.byteLength(JSON.stringify(row));
    this.full = this.rows.length >= this.#limits.rows || this.#bytes > this.#limits.bytes;
    if (!this.full) this.rows.push(row);
  }
}
