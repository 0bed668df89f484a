/**
 * What DuckDB's errors mean to the applier.
 * Owns: the reading of DuckDB's messages. Never: shows them to a sender.
 */
import { StoreError } from '#ports/store.ts';

// A commit wraps the message of what stopped it, so that the kind at the beginning does not tell all.
const NO_MEMORY = /Out of Memory Error|failed to (pin|allocate|offload)|could not allocate/i;
const BROKEN = /^(FATAL|INTERNAL|IO|Connection) Error|database has been invalidated/;
const NO_DISK = /No space left on device|Could not (write|read|sync|fsync|truncate|open) |Input\/output error/i;

/** True when the instance can do nothing more and has to be opened anew. */
export function isBroken(error: unknown): boolean {
  const message = messageOf(error);
  return BROKEN.test(message) || NO_DISK.test(message);
}

/**
 * The store's error for whatever DuckDB threw; a {@link StoreError} stays itself.
 * An internal error of DuckDB is `rejected` although the instance is reopened: it comes from this very batch, and as
 * `unavailable` it would hold the lane for ever (law 5).
 */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(reasonOf(messageOf(error)), messageOf(error), { cause: error });
}

/** True for errors that came from DuckDB and not from the caller's own code. */
export function isDuckDbError(error: unknown): boolean {
  return error instanceof StoreError || /^[A-Z]\w*( [A-Za-z]\w*)* Error: /.test(messageOf(error));
}

function reasonOf(message: string): StoreError['reason'] {
  if (NO_MEMORY.test(message)) return 'memory';
  if (message.startsWith('INTERNAL Error')) return 'rejected';
  return BROKEN.test(message) || NO_DISK.test(message) ? 'unavailable' : 'rejected';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
