/**
 * Which answers are a success, which are tried again, and when, as Adobe I/O Events documents it.
 * Owns: the documented schedule. Never: counts what has happened.
 */
import { backoffDelayMs } from '#kit/backoff.ts';

const MINUTE_MS = 60_000;

/** After the first try a delivery is tried again for so long, and then given up. */
const RETRY_WINDOW_MS = 24 * 60 * MINUTE_MS;

/** 1, 2, 4, 8, 15, 15 … minutes. */
const WAITS = { baseMs: MINUTE_MS, capMs: 15 * MINUTE_MS };

/** What an answer, or its absence, says of a try. */
export type Verdict = 'delivered' | 'retry' | 'drop';

/** `status` undefined: there was no answer in time. A redirect is neither followed nor tried again. */
export function verdictOn(status: number | undefined): Verdict {
  if (status === undefined || status === 429) return 'retry';
  if (status >= 200 && status <= 299) return 'delivered';
  return status >= 500 && status <= 599 && status !== 505 ? 'retry' : 'drop';
}

export interface FailedTry {
  /** Milliseconds since 1970. */
  readonly firstTriedAt: number;
  /** Tries that have failed, this one included. */
  readonly attempts: number;
  readonly now: number;
  /** What a 429 asked for: it may lengthen the wait, and never shortens it. */
  readonly retryAfterMs?: number;
}

/** Milliseconds since 1970 of the next try; undefined when the time for retries has run out. */
export function nextAttemptAt({ firstTriedAt, attempts, now, retryAfterMs = 0 }: FailedTry): number | undefined {
  const at = now + Math.max(backoffDelayMs(attempts, WAITS), retryAfterMs);
  return at <= firstTriedAt + RETRY_WINDOW_MS ? at : undefined;
}

/** What `Retry-After` asks for (RFC 9110, 10.2.3: seconds or a date); undefined when it says nothing that is known. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/u.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
