/** Times in parameters of the HTTP API. */
import { invalidInput } from './problems.ts';

// Without a zone a time would mean something else on every machine.
const ZONED_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/u;

/** Milliseconds since 1970. Throws a `Problem` that names `member`, where the text was given. */
export function zonedTimeMs(text: string, member: string): number {
  const value = ZONED_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw invalidInput(member, 'must be an ISO 8601 time with its zone, such as 2026-11-23T10:00:00Z');
}
