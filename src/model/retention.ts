/**
 * Retention: how much of what is finished is kept.
 * Owns: what each kept thing counts for. Never: deletes anything.
 *
 * A request has the age of its acceptance, a journal event that of its `time`. What is older than the horizon is
 * forgotten. The horizon is the limit's `before`, or later: the end of the last second with which, and with all that
 * is younger, the kept bytes would be more than `maxBytes`. Whole seconds make it the same in every store.
 *
 * The journal loses a stretch at its beginning and nothing else, so that its first ordinal says what is kept: all up to
 * the last event that is too old and has no young one before it.
 *
 *     ordinal  1    2      3    4      5      6    7
 *     time     old  ahead  old  ahead  young  old  young
 *              └──── goes ────┘ └─────── stays ────────┘
 *
 * A time that lies ahead of now was written while a clock was wrong, and says nothing of its event's age: the event
 * goes with those around it, and counts towards the bytes as one of now. The newest event stays, so that no ordinal is
 * given twice.
 *
 * A failure stays as long as its request, which counts for its bytes as well: of a request that is kept the fate of
 * every object can be told. Those whose requests are forgotten may take `maxBytes` for themselves. One that no replay
 * has tried goes when they take more, and for no other reason; one that a replay has tried goes before all those, and
 * when both requests, its own and the replay, were accepted before the horizon. The oldest go first, by the second in
 * which they failed: the last second with which there is too much goes whole.
 */
import { Buffer } from 'node:buffer';
import type { FailureRecord } from '#model/fates.ts';
import type { RequestId } from '#model/words.ts';

/** Estimates, in bytes on disk; events and failures count for the UTF-8 bytes of their texts besides. */
export const KEPT_BYTES = { request: 300, fate: 32, result: 60, event: 200, failure: 300 } as const;

export function failureBytes({ key, message, object }: Pick<FailureRecord, 'key' | 'message' | 'object'>): number {
  return KEPT_BYTES.failure + Buffer.byteLength(key) + Buffer.byteLength(message) + Buffer.byteLength(object);
}

/** Ids of requests that were accepted before then, in milliseconds since 1970, are less: they are UUIDs version 7. */
export function idsBefore(time: number): RequestId {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000` as RequestId;
}
