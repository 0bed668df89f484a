/**
 * What answers say of the limits: the fields RateLimit-Policy and RateLimit of the IETF's draft
 * draft-ietf-httpapi-ratelimit-headers-11, which are lists of strings with parameters (RFC 9651).
 *
 *   RateLimit-Policy: "second";q=5000;w=1, "day";q=10000000;qu="objects";w=86400
 *   RateLimit: "second";r=4999;t=1, "day";r=9999000;t=43200
 *
 * Owns: both fields. Never: counts. `objects` is a quota unit that the draft does not list; without it the day's
 * quota would seem to be one of requests.
 */

export interface LimitPolicy {
  /** Of one client. */
  readonly requestsPerSecond: number;
  /** Of one workspace. */
  readonly dailyObjects: number;
}

export interface LimitState {
  /** What the client has left of the present second. */
  readonly requestsLeft: number;
  /** What the workspace has left of the present day; absent while that is not known. */
  readonly day?: { readonly objects: number; readonly seconds: number };
}

/** The greatest integer that a structured field holds. */
const MAX_FIELD_INTEGER = 999_999_999_999_999;

// Its days have 23 or 25 hours now and then; a policy is to stay the same from answer to answer.
const DAY_SECONDS = 86_400;

/** The same for every answer: to be made once. */
export function policyField({ requestsPerSecond, dailyObjects }: LimitPolicy): string {
  return `"second";q=${integer(requestsPerSecond)};w=1, "day";q=${integer(dailyObjects)};qu="objects";w=${DAY_SECONDS}`;
}

export function stateField({ requestsLeft, day }: LimitState): string {
  const second = `"second";r=${integer(requestsLeft)};t=1`;
  return day === undefined ? second : `${second}, "day";r=${integer(day.objects)};t=${day.seconds}`;
}

function integer(value: number): number {
  return Math.min(value, MAX_FIELD_INTEGER);
}
