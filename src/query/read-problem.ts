/** Why a reading gave nothing → the problem that the caller sees. */
import { Problem } from '#protocols/api/problems.ts';
import type { ProblemCode } from '#protocols/api/problems.ts';
import { StoreError } from '#ports/store.ts';
import { QueryError } from '#ports/store-reader.ts';

const CODES: Readonly<Record<QueryError['reason'], ProblemCode>> = {
  refused: 'query-refused',
  failed: 'query-failed',
  timeout: 'query-timeout',
  memory: 'query-memory',
  unavailable: 'unavailable',
};

/** Errors of the reader become problems, others stay as they are. What a store says may name the server's files. */
export function readProblem(error: unknown): unknown {
  if (error instanceof StoreError) return new Problem('unavailable', 'The store of the workspace cannot be read now.');
  return error instanceof QueryError ? new Problem(CODES[error.reason], error.message) : error;
}
