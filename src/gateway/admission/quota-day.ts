/**
 * Days in a time zone.
 * Owns: when a day begins and ends, also where clocks are put forward or back. Never: reads a clock.
 */

export interface QuotaDay {
  /** Such as `2026-11-23`. */
  readonly day: string;
  /** Milliseconds since 1970: inclusive, exclusive. */
  readonly fromMs: number;
  readonly untilMs: number;
}

const HOUR_MS = 3_600_000;
// The longest day that a change of clocks makes has 25 hours, but zones have also moved over the date line.
const LONGEST_DAY_MS = 50 * HOUR_MS;

export type DayOf = (nowMs: number) => QuotaDay;

/** Throws a RangeError when the zone is unknown. A formatter is costly to make: keep what this returns. */
export function daysIn(timeZone: string): DayOf {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'iso8601',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  let current: QuotaDay | undefined;
  return (nowMs) => {
    if (current === undefined || nowMs < current.fromMs || nowMs >= current.untilMs) {
      current = dayAround(nowMs, (ms) => format.format(ms));
    }
    return current;
  };
}

function dayAround(nowMs: number, dateAt: (ms: number) => string): QuotaDay {
  const day = dateAt(nowMs);
  const isToday = (ms: number): boolean => dateAt(ms) === day;
  return {
    day,
    fromMs: boundary(nowMs - LONGEST_DAY_MS, nowMs, (ms) => !isToday(ms)),
    untilMs: boundary(nowMs, nowMs + LONGEST_DAY_MS, isToday),
  };
}

// The first millisecond of (low, high] at which `before` holds no more; it holds at `low` and not at `high`.
function boundary(low: number, high: number, before: (ms: number) => boolean): number {
  let [known, end] = [low, high];
  while (end - known > 1) {
    const middle = Math.floor((known + end) / 2);
    if (before(middle)) known = middle;
    else end = middle;
  }
  return end;
}
