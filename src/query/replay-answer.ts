/** What became of a call for a replay, as its answer shows it. Pure. */
import type { SubmittedReplay, SubmittedReplays } from './replay.ts';
import type { NotReplayable, Selection } from './replay-selection.ts';
import type { RehearsedObject } from '#ports/applying.ts';

export interface ReplayAnswer {
  readonly requests: readonly SubmittedReplay[];
  readonly notReplayable: readonly NotReplayable[];
  /** Whether another call has something to do. */
  readonly more: boolean;
  /** To be given in that call. */
  readonly after?: string;
  /** Why the log took no more. */
  readonly refused?: string;
}

/** A log that takes no more ends the call: what is left is selected by the same call again. */
export function replayAnswer(
  given: string | undefined,
  { notReplayable, after }: Selection,
  { requests, refusal }: SubmittedReplays,
): ReplayAnswer {
  const start = refusal === undefined ? after : given;
  return {
    requests,
    notReplayable,
    more: after !== undefined || refusal !== undefined,
    ...(start !== undefined && { after: start }),
    ...(refusal !== undefined && { refused: refusal.message }),
  };
}

export interface RehearsalAnswer extends ReplayAnswer {
  /** In the order in which they would be tried. */
  readonly objects: readonly RehearsedObject[];
  readonly sums: RehearsalSums;
}

export interface RehearsalSums extends Record<RehearsedObject['outcome'], number> {
  /** Objects that would overwrite something. */
  overwriting: number;
}

export function rehearsalAnswer(
  { notReplayable, after }: Selection,
  objects: readonly RehearsedObject[],
): RehearsalAnswer {
  const sums: RehearsalSums = { created: 0, updated: 0, deleted: 0, stored: 0, waiting: 0, failed: 0, overwriting: 0 };
  for (const { outcome, overwrites } of objects) {
    sums[outcome] += 1;
    if (overwrites.length > 0) sums.overwriting += 1;
  }
  const next = after === undefined ? {} : { after };
  return { requests: [], objects, sums, notReplayable, more: after !== undefined, ...next };
}
