/**
 * How far the lanes have been applied, as a time: what was accepted before it has been applied.
 *
 * Retries go by this time, and not by the clock. An applier that is behind by an hour would otherwise let an object
 * fail for want of a person that was accepted in time, and lies in the log.
 *
 * Owns: the arithmetic. Never: reads the log.
 */
import type { Entry } from '#model/entry.ts';
import type { Priority } from '#model/words.ts';

/** By lane, in milliseconds since 1970. No object waits for an event, so that their lane does not count. */
export type LogTime = Readonly<Record<Priority, number>>;

export const LOG_BEGIN: LogTime = { high: 0, normal: 0 };

export interface ReadEntries {
  readonly entries: readonly Pick<Entry, 'lane' | 'acceptedAt'>[];
  /** More may lie behind them. */
  readonly isFull: boolean;
  /** Each lane was looked at: one without entries had none. */
  readonly isEachLaneRead: boolean;
  /** When the read began, in milliseconds since 1970. */
  readonly readAt: number;
}

/** The time once these entries, the first of each lane, have been applied. */
export function logTimeAfter(before: LogTime, read: ReadEntries): LogTime {
  return { high: laneTime('high', before, read), normal: laneTime('normal', before, read) };
}

/** What was accepted before it has been applied, in whichever lane. */
export function appliedUntil({ high, normal }: LogTime): number {
  return Math.min(high, normal);
}

function laneTime(lane: Priority, before: LogTime, { entries, isFull, isEachLaneRead, readAt }: ReadEntries): number {
  if (!isFull) return readAt;
  const last = entries.findLast((entry) => entry.lane === lane);
  if (last !== undefined) return Math.min(last.acceptedAt, readAt);
  return isEachLaneRead ? readAt : before[lane];
}
