/**
 * Whatever goes wrong in a call → one error of the catalogue.
 * Owns: that no answer holds a stack trace or an internal text. Never: writes to a socket.
 */
import { ControlUnavailable } from '#ports/control.ts';
import { StoreError } from '#ports/store.ts';
import { QueryError } from '#ports/store-reader.ts';
import { Problem } from '#protocols/api/problems.ts';
import { tdError, TdError } from '#protocols/td-rest/errors.ts';

/** Seconds after which a store or control that does not answer is worth another try. */
const AGAIN_AFTER_SECONDS = 1;

/** The error to answer with; undefined when it is a mistake of our own. */
export function tdErrorOf(error: unknown): TdError | undefined {
  if (error instanceof TdError) return error;
  // Of the door that all calls of the HTTP API share: a body for which there is no room at the moment.
  if (error instanceof Problem && error.status === 503) {
    return tdError('td-503', error.message, error.retryAfterSeconds);
  }
  if (error instanceof ControlUnavailable) return tdError('td-503', error.message, AGAIN_AFTER_SECONDS);
  // What a store says may name the server's files.
  if (error instanceof StoreError || error instanceof QueryError) {
    return tdError('td-503', 'the store of the workspace cannot be read now', AGAIN_AFTER_SECONDS);
  }
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return tdError('td-503', 'there is no room on disk', AGAIN_AFTER_SECONDS);
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return tdError('td-400', 'the body ended too early');
    default:
      return undefined;
  }
}
