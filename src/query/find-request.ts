/** Finds a request wherever it is: decided in the store, or still ahead of the applier in the log. */
import type { QueryParts } from './query-parts.ts';
import { Problem } from '#protocols/api/problems.ts';
import { isRequest } from '#protocols/entry-objects.ts';
import type { RequestEntry } from '#protocols/entry-objects.ts';
import type { RequestRecord } from '#model/fates.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';

export type FoundRequest =
  | { readonly at: 'store'; readonly record: RequestRecord }
  | { readonly at: 'log'; readonly entry: RequestEntry };

/**
 * Rejects with the problem `request-unknown` when the workspace has no such request.
 * The store is asked again at the end: between the first two looks the entry may have been applied, and the log may
 * have forgotten it.
 */
export async function findRequest(
  parts: Pick<QueryParts, 'reader' | 'intake'>,
  workspace: MunchkinId,
  requestId: string,
): Promise<FoundRequest> {
  const id = requestId.toLowerCase() as RequestId;
  const record = await parts.reader.request(workspace, id);
  if (record !== undefined) return { at: 'store', record };
  const entry = await parts.intake.find(workspace, id);
  if (entry !== undefined && isRequest(entry)) return { at: 'log', entry };
  const applied = await parts.reader.request(workspace, id);
  if (applied !== undefined) return { at: 'store', record: applied };
  throw new Problem(
    'request-unknown',
    'No accepted request of this workspace has this id; it is what X-Request-Id said.',
  );
}
