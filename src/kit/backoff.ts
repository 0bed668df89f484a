/** Exponential backoff: how long to wait before the next try. */
import { assert } from './assert.ts';

export interface BackoffOptions {
  /** The longest wait before the first repetition. */
  readonly baseMs: number;
  /** No wait is longer than this. */
  readonly capMs: number;
  /** Random number from 0 (inclusive) to 1 (exclusive). Without it the wait is the longest one. */
  readonly random?: () => number;
}

/**
 * Milliseconds to wait after the `attempt`-th failure, counted from 1: `baseMs` doubled with each failure, at most
 * `capMs`. Chance takes away up to half, so that those who failed together do not come back together.
 */
export function backoffDelayMs(attempt: number, { baseMs, capMs, random }: BackoffOptions): number {
  assert(Number.isInteger(attempt) && attempt >= 1, 'attempts are counted from 1');
  assert(baseMs > 0 && capMs >= baseMs, 'a backoff has 0 < baseMs <= capMs');
  const longestMs = Math.min(capMs, baseMs * 2 ** (attempt - 1));
  return random === undefined ? longestMs : Math.round(longestMs * (1 - random() / 2));
}
