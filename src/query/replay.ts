/** Tries failed objects again: as new requests, or as a rehearsal that changes nothing. */
import type { QueryParts } from './query-parts.ts';
import { replayBody } from './replay-body.ts';
import { batchesOf, replayGroups, replayLane } from './replay-groups.ts';
import type { ReplayGroup } from './replay-groups.ts';
import type { SelectedObject } from './replay-selection.ts';
import type { NoteSubmitted } from './replay-turns.ts';
import { LogRefusal, OPERATOR_ID, submitEntry } from './submit-entry.ts';
import type { RehearsedObject } from '#ports/applying.ts';
import type { MunchkinId, ObjectKind, RequestId } from '#model/words.ts';
import { Problem } from '#protocols/api/problems.ts';

/** One replay, which lies in the log. */
export interface SubmittedReplay {
  readonly requestId: RequestId;
  readonly kind: ObjectKind;
  readonly type: string;
  /** How many it holds. */
  readonly objects: number;
}

export interface SubmittedReplays {
  readonly requests: readonly SubmittedReplay[];
  /** Why the log took no more of them. */
  readonly refusal?: LogRefusal;
}

/** Rejects when the log takes none of them. When it takes some, these are under way and cannot be taken back. */
export async function submitReplays(
  parts: Pick<QueryParts, 'submitting'>,
  workspace: MunchkinId,
  { selected, note }: { readonly selected: readonly SelectedObject[]; readonly note: NoteSubmitted },
): Promise<SubmittedReplays> {
  const requests: SubmittedReplay[] = [];
  for (const group of replayGroups(selected)) {
    try {
      requests.push(await submitReplay(parts, workspace, { group, note }));
    } catch (error) {
      if (!(error instanceof LogRefusal) || requests.length === 0) throw error;
      return { requests, refusal: error };
    }
  }
  return { requests };
}

async function submitReplay(
  { submitting }: Pick<QueryParts, 'submitting'>,
  workspace: MunchkinId,
  { group, note }: { readonly group: ReplayGroup; readonly note: NoteSubmitted },
): Promise<SubmittedReplay> {
  const { kind, type } = group;
  const lane = replayLane(kind);
  const objects = group.objects.length;
  const envelope = { kind: 'replay', clientId: OPERATOR_ID, objectKind: kind, type } as const;
  const body = replayBody(group.objects);
  const { requestId, position } = await submitEntry(submitting, { workspace, lane, objects, envelope, body });
  note(lane, position);
  return { requestId, kind, type, objects };
}

/**
 * What would become of the objects, in the order in which they would be tried. Each batch of them is rehearsed apart:
 * what one changes, the next does not see. Rejects with the problem `unavailable` when the signal aborts.
 */
export async function rehearseReplays(
  { applying }: Pick<QueryParts, 'applying'>,
  workspace: MunchkinId,
  { selected, signal }: { readonly selected: readonly SelectedObject[]; readonly signal: AbortSignal },
): Promise<readonly RehearsedObject[]> {
  const inOrder = replayGroups(selected).flatMap(({ objects }) => objects);
  const rehearsed: RehearsedObject[] = [];
  try {
    for (const batch of batchesOf(inOrder)) {
      const refs = batch.map(({ requestId, index }) => ({ requestId, index }));
      rehearsed.push(...(await applying.rehearseReplay(workspace, refs, signal)));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Problem('unavailable', 'The applier did not come to the rehearsal in time. Call again, or for fewer.');
  }
  return rehearsed;
}
