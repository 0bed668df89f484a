/** What became of single objects, as answers show it. Pure. */
import type { FailureRecord, ObjectFate } from '#model/fates.ts';
import { parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';
import type { WaitingObject, WaitReason } from '#model/waiting.ts';
import type { RequestId } from '#model/words.ts';

/** The fate of one object of a request: exactly one `outcome` at every moment (law 2). */
export interface ShownFate {
  /** Place in the request, from 0. */
  readonly index: number;
  readonly outcome: 'created' | 'updated' | 'stored' | 'deleted' | 'failed' | 'pending';
  /** `id` or `marketoGUID` of what was created, updated or deleted. */
  readonly identity?: number | string;
  readonly decidedAt?: string;
  /** Of an event that was stored: the request that had brought it already. */
  readonly duplicateOf?: RequestId;
  /** Of one that failed or waits: what it calls itself. */
  readonly key?: JsonValue;
  /** Why it failed, or with what it fails unless a later try succeeds. */
  readonly code?: string;
  readonly message?: string;
  readonly attempts?: number;
  /** Of one that failed: the request that tried it again. */
  readonly replayedBy?: RequestId;
  /** Why it is pending; `not-applied`: the applier has not come to its request. */
  readonly reason?: WaitReason | 'not-applied';
  readonly nextAttemptAt?: string;
}

export function decidedFate({ index, outcome, identity, decidedAt }: ObjectFate): ShownFate {
  return { index, outcome, identity, decidedAt: isoTime(decidedAt) };
}

export function failedFate({ index, key, code, message, attempts, failedAt, replayedBy }: FailureRecord): ShownFate {
  const replayed = replayedBy === undefined ? {} : { replayedBy };
  const decidedAt = isoTime(failedAt);
  return { index, outcome: 'failed', decidedAt, key: parseJson(key), code, message, attempts, ...replayed };
}

/** What has become due since it was written down is tried as soon as possible: `now`, in milliseconds since 1970. */
export function waitingFate(waiting: WaitingObject, now: number): ShownFate {
  const { index, keyText, reason, code, message, attempts, nextAttemptAt } = waiting;
  const due = nextAttemptAt === undefined ? {} : { nextAttemptAt: isoTime(Math.max(nextAttemptAt, now)) };
  return { index, outcome: 'pending', key: parseJson(keyText), reason, code, message, attempts, ...due };
}

export function unappliedFate(index: number): ShownFate {
  return { index, outcome: 'pending', reason: 'not-applied', attempts: 0 };
}

export function storedFate(index: number, duplicateOf: RequestId | undefined): ShownFate {
  return { index, outcome: 'stored', ...(duplicateOf !== undefined && { duplicateOf }) };
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
