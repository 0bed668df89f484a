/** Runs a user's query, first waiting for a request when asked to, both within one time limit. */
import { findRequest } from './find-request.ts';
import type { QueryParts } from './query-parts.ts';
import { abortable } from '#kit/abortable.ts';
import { Problem } from '#protocols/api/problems.ts';
import type { SqlAnswer } from '#ports/store-reader.ts';
import type { MunchkinId } from '#model/words.ts';

export interface WantedQuery {
  readonly query: string;
  readonly params?: readonly unknown[];
  /** Wait until each object of this request has been decided at least once. */
  readonly after?: string;
  /** For waiting and running together. */
  readonly timeoutMs: number;
}

/**
 * Rejects with a {@link Problem} when the request is unknown or time is up, with QueryError when the query fails.
 * `gone` aborts when nobody waits for the answer any more, and ends the query.
 */
export async function runQuery(
  parts: QueryParts,
  workspace: MunchkinId,
  { wanted, gone }: { readonly wanted: WantedQuery; readonly gone: AbortSignal },
): Promise<SqlAnswer> {
  const timeUp = AbortSignal.timeout(wanted.timeoutMs);
  const signal = AbortSignal.any([timeUp, gone]);
  const started = parts.clock.monotonic();
  try {
    if (wanted.after !== undefined) await waitUntilDecided(parts, workspace, { requestId: wanted.after, signal });
    const remainingMs = Math.max(1, wanted.timeoutMs - (parts.clock.monotonic() - started));
    const { query, params } = wanted;
    const timeoutMs = Math.ceil(Math.min(remainingMs, parts.queryTimeoutMs));
    return await parts.reader.sql(workspace, { query, timeoutMs, ...(params && { params }) }, signal);
  } catch (error) {
    if (!timeUp.aborted || error instanceof Problem) throw error;
    throw new Problem('query-timeout', `The answer was not there within ${wanted.timeoutMs} ms. ${REMEDY}`);
  }
}

const REMEDY = 'Narrow the query or raise timeoutMs; with `after`, the request may still be waiting to be applied.';

async function waitUntilDecided(
  parts: QueryParts,
  workspace: MunchkinId,
  { requestId, signal }: { readonly requestId: string; readonly signal: AbortSignal },
): Promise<void> {
  const found = await abortable(findRequest(parts, workspace, requestId), signal);
  if (found.at === 'store') return;
  await parts.applying.decided(workspace, found.entry.lane, found.entry.position, signal);
}
