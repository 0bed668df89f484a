/** Hands an entry to the log for an operator; a log that does not take it is a problem of the HTTP API. */
import type { NotSubmitted, Submission, Submitted, Submitting } from '#ports/submitting.ts';
import { Problem } from '#protocols/api/problems.ts';

/** Stands for the sender in entries that an admin token has made. No client and no write key has this id. */
export const OPERATOR_ID = 'operator';

/** Rejects with the problem `log-unavailable` when the log does not take it. */
export async function submitEntry(submitting: Submitting, submission: Submission): Promise<Submitted> {
  const submitted = await submitting.submit(submission);
  if ('requestId' in submitted) return submitted;
  throw new LogRefusal(submitted);
}

/** Knows better than the catalogue when the log is worth another try. */
export class LogRefusal extends Problem {
  readonly #retryAfterSeconds: number;

  constructor({ refused, retryAfterSeconds }: NotSubmitted) {
    super('log-unavailable', `Nothing was taken: ${refused}. Call again later.`);
    this.#retryAfterSeconds = retryAfterSeconds;
  }

  override get retryAfterSeconds(): number {
    return this.#retryAfterSeconds;
  }
}
