/** Why a journal could not be read → what its reader is told. */
import { Problem } from '#protocols/api/problems.ts';
import { StoreError } from '#ports/store.ts';
import { QueryError } from '#ports/store-reader.ts';

/** The store does not answer for the moment; a mistake of our own does not pass. */
export function isPassing(error: unknown): boolean {
  return error instanceof StoreError || error instanceof QueryError;
}

/** Errors of the reader become problems, others stay as they are. What a store says may name the server's files. */
export function readingProblem(error: unknown): unknown {
  return isPassing(error) ? new Problem('unavailable', 'The journal cannot be read now; try again.') : error;
}
