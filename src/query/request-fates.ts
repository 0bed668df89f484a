/** A request with its failures and its retries, of both a page. */
import type { FoundRequest } from './find-request.ts';
import type { QueryParts } from './query-parts.ts';
import { shownFailure, shownRequest, shownRetry } from './request-answer.ts';
import type { ShownFailure, ShownRequest, ShownRetry } from './request-answer.ts';
import { DEFAULT_PAGE_LIMIT, nextPath } from '#protocols/api/paging.ts';
import type { MunchkinId } from '#model/words.ts';

/** Each of the two lists begins after its own cursor, an index. */
export interface FatesPage {
  /** Of each list. */
  readonly limit?: number | undefined;
  readonly after?: number | undefined;
  readonly retriesAfter?: number | undefined;
}

export interface RequestWithFates extends ShownRequest {
  readonly failures: readonly ShownFailure[];
  readonly retries: readonly ShownRetry[];
  /** Path of the next page; absent when neither list goes on. */
  readonly next?: string;
}

type Parts = Pick<QueryParts, 'reader' | 'clock' | 'durability'>;

export async function requestWithFates(
  parts: Parts,
  workspace: MunchkinId,
  { found, page }: { readonly found: FoundRequest; readonly page: FatesPage },
): Promise<RequestWithFates> {
  const shown = shownRequest(found, parts.durability);
  const { requestId, objects } = shown;
  const { limit = DEFAULT_PAGE_LIMIT } = page;
  const from = (index: number | undefined) => ({
    requestId,
    limit: limit + 1,
    ...(index !== undefined && { after: { requestId, index } }),
  });
  const hasWaiting = found.at === 'store' && objects.pending > 0;
  const failures = objects.failed > 0 ? await parts.reader.failures(workspace, from(page.after)) : [];
  const retries = hasWaiting ? await parts.reader.waiting(workspace, from(page.retriesAfter)) : [];
  const shownFailures = failures.slice(0, limit).map(shownFailure);
  const now = parts.clock.now();
  const shownRetries = retries.slice(0, limit).map((waiting) => shownRetry(waiting, now));
  const fates = { ...shown, failures: shownFailures, retries: shownRetries };
  if (failures.length <= limit && retries.length <= limit) return fates;
  return {
    ...fates,
    next: nextPath(`/v1/workspaces/${workspace}/requests/${requestId}`, {
      limit: page.limit,
      // A list that has come to its end keeps its cursor, and shows nothing twice.
      after: shownFailures.at(-1)?.index ?? page.after,
      retriesAfter: shownRetries.at(-1)?.index ?? page.retriesAfter,
    }),
  };
}
