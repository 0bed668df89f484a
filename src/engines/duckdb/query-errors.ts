/**
 * What the engine says when a query fails, as a user may read it.
 * Owns: which of the engine's messages are about the query.
 * Never: passes on a text that could name a path or a setting.
 */
import { QueryError } from '#ports/store-reader.ts';

// These say what is wrong with the statement or with a value in it. All others can be about the machine.
const ABOUT_THE_QUERY = new Set([
  'Parser',
  'Syntax',
  'Binder',
  'Catalog',
  'Conversion',
  'Invalid Input',
  'Invalid Type',
  'Mismatch Type',
  'Out of Range',
  'Divide by Zero',
  'Decimal',
  'Expression',
  'Not implemented',
  'Sequence',
]);

/** The error for whatever the engine threw; a {@link QueryError} stays itself. */
export function toQueryError(error: unknown, memoryBytes: number): QueryError {
  if (error instanceof QueryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const kind = /^(?:Failed to [a-z ]+: )?([A-Za-z][A-Za-z ]*) Error: /.exec(message)?.[1] ?? '';
  if (ABOUT_THE_QUERY.has(kind)) return new QueryError('failed', message, { cause: error });
  // A query that spills meets the end of its temporary space as an IO error.
  if (kind === 'Out of Memory' || /failed to (allocate|offload)/i.test(message)) return memoryError(memoryBytes);
  return new QueryError('unavailable', 'The engine could not run this query. Try again later.', { cause: error });
}

/** The query held more than its share. */
export function memoryError(memoryBytes: number): QueryError {
  const limit = `${Math.floor(memoryBytes / 1_000_000)} MB`;
  return new QueryError(
    'memory',
    `The query needed more than the ${limit} that queries may hold (--query-memory). ` +
      'Select fewer columns, filter earlier, or group by fewer keys.',
  );
}

/** The query's time, waiting included, is over. */
export function timeoutError(timeoutMs: number): QueryError {
  return new QueryError('timeout', `The query was not done within ${timeoutMs} ms and was ended.`);
}

/** Too many queries run and wait already. */
export function busyError(): QueryError {
  return new QueryError('unavailable', 'Too many queries are running and waiting. Try again later.');
}

/** Whoever asked has gone, or the store is closing. */
export function abortedError(): QueryError {
  return new QueryError('unavailable', 'The query was ended before it was done: it was cancelled.');
}
