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
 * Rejects with the problem `request-unknown` when the workspace has no such request, or `request-expired` when it may
 * have been forgotten (docs/specs/retention.md).
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
  const isOld = await isBeyondRetention(parts, workspace, id);
  if (entry !== undefined && isRequest(entry)) {
    // The store may have forgotten it before the log does.
    const isApplied = isOld && entry.position <= (await parts.reader.checkpoint(workspace))[entry.lane];
    if (!isApplied) return { at: 'log', entry };
  }
  const applied = await parts.reader.request(workspace, id);
  if (applied !== undefined) return { at: 'store', record: applied };
  if (isOld) throw new Problem('request-expired', EXPIRED);
  throw new Problem(
    'request-unknown',
    'No accepted request of this workspace has this id; it is what X-Request-Id said.',
  );
}

const EXPIRED =
  'Requests of that time have been forgotten, as --retention and --retention-bytes demand; failed objects that no replay has tried are in the quarantine as long as there is room.';

/** Whether finished requests of the time in this id have been forgotten. */
async function isBeyondRetention(
  { reader }: Pick<QueryParts, 'reader'>,
  workspace: MunchkinId,
  requestId: RequestId,
): Promise<boolean> {
  const time = timeOf(requestId);
  return time !== undefined && time < (await reader.retainedFrom(workspace));
}

/** Milliseconds since 1970 out of a UUID version 7 (RFC 9562); undefined of anything else. */
function timeOf(requestId: RequestId): number | undefined {
  const hex = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.exec(requestId);
  return hex === null ? undefined : Number.parseInt(`${hex[1]}${hex[2]}`, 16);
}
