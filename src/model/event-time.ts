/**
 * The time of an event's row, in UNIX seconds (docs/specs/events.md, E4).
 * Owns: which values a sender may set it with. Never: reads a clock.
 */
import type { JsonValue } from './json.ts';

const DAY_SECONDS = 86_400;
const MAX_AGE_SECONDS = 7 * DAY_SECONDS;
const MAX_LEAD_SECONDS = 3 * DAY_SECONDS;
/** Beyond this, in the year 2242, a number is more likely milliseconds than seconds. */
const MAX_TIME = 2 ** 33;

/** Seconds of a moment in milliseconds since 1970: when an event was received. */
export function receiptTime(acceptedAt: number): number {
  return Math.floor(acceptedAt / 1000);
}

/** The time that `td_record_time` asks for, when it is near enough to the receipt in UNIX seconds. */
export function recordTime(value: JsonValue, receipt: number): number | undefined {
  const time = bodyTime(value);
  if (time === undefined) return undefined;
  return time >= receipt - MAX_AGE_SECONDS && time <= receipt + MAX_LEAD_SECONDS ? time : undefined;
}

/** The time that a sender's `time` asks for: an integer, or a text of digits as queries and forms have it. */
export function bodyTime(value: JsonValue): number | undefined {
  if (typeof value === 'string') return /^\d{1,10}$/.test(value) ? inRange(Number(value)) : undefined;
  return typeof value === 'number' && Number.isInteger(value) ? inRange(value) : undefined;
}

function inRange(time: number): number | undefined {
  return time >= 0 && time <= MAX_TIME ? time + 0 : undefined;
}
