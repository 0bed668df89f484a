/**
 * Values for a statement's placeholders, from JSON.
 * Owns: which engine type a JSON value is bound as. Never: puts a value into SQL text.
 */
import type { DuckDBPreparedStatement } from '@duckdb/node-api';
import { QueryError } from '#ports/store-reader.ts';

/**
 * Binds `params` to `$1`, `$2` … or to each `?` in turn. Whole numbers are bound as BIGINT, others as DOUBLE, objects
 * and arrays as JSON text; the engine casts texts to what the statement compares them with.
 * Throws {@link QueryError} `failed` when their number is not that of the placeholders.
 */
export function bindParams(statement: DuckDBPreparedStatement, params: readonly unknown[]): void {
  const expected = statement.parameterCount;
  for (let index = 1; index <= expected; index += 1) {
    const name = statement.parameterName(index);
    if (!/^\d+$/.test(name)) fail(`The placeholder $${name} has a name; use $1, $2 … or ?.`);
  }
  if (expected !== params.length)
    fail(`The query has ${expected} placeholders, "params" holds ${params.length} values.`);
  params.forEach((value, position) => bindParam(statement, position + 1, value));
}

function bindParam(statement: DuckDBPreparedStatement, index: number, value: unknown): void {
  if (value === null || value === undefined) statement.bindNull(index);
  else if (typeof value === 'boolean') statement.bindBoolean(index, value);
  else if (typeof value === 'string') statement.bindVarchar(index, value);
  else if (typeof value === 'number' && !Number.isSafeInteger(value)) statement.bindDouble(index, value);
  else if (typeof value === 'number') statement.bindBigInt(index, BigInt(value));
  else statement.bindVarchar(index, JSON.stringify(value));
}

function fail(message: string): never {
  throw new QueryError('failed', message);
}
