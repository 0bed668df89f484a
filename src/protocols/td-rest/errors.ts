/**
 * The error catalogue of Treasure Data's REST API.
 * Owns: codes and texts; docs/reference/errors.md says the same. Never: decides which one applies.
 *
 * Clients tell errors apart by the status alone and show `error` or the whole body, so that each is a sentence.
 */
import type { ErrorEntry } from '#protocols/answer.ts';

export type TdErrorCode =
  | 'td-400'
  | 'td-401'
  | 'td-403'
  | 'td-404'
  | 'td-405'
  | 'td-409'
  | 'td-413'
  | 'td-416'
  | 'td-422'
  | 'td-429'
  | 'td-500'
  | 'td-503';

const refused = { retryable: false, logLevel: 'info' } as const;
const later = { retryable: true, logLevel: 'warn' } as const;

export const TD_ERRORS: Readonly<Record<TdErrorCode, ErrorEntry>> = {
  'td-400': { ...refused, status: 400, message: 'The request cannot be read' },
  'td-401': { ...refused, status: 401, message: 'The API key is missing or unknown' },
  'td-403': { ...refused, status: 403, message: 'The API key may not do this' },
  'td-404': { ...refused, status: 404, message: 'Not found' },
  'td-405': { ...refused, status: 405, message: 'The path knows other methods' },
  'td-409': { ...refused, status: 409, message: 'It exists already' },
  'td-413': { ...refused, status: 413, message: 'The body is too large' },
  'td-416': { ...refused, status: 416, message: 'The result does not reach that far' },
  'td-422': { ...refused, status: 422, message: 'The request cannot be carried out' },
  'td-429': { ...later, status: 429, message: 'Too many jobs or imports at once' },
  'td-500': { ...later, logLevel: 'error', status: 500, message: 'A mistake of the server' },
  'td-503': { ...later, status: 503, message: 'The server cannot do this now' },
};

/** The call fails. The message reaches the caller and holds no secret (law 8). */
export class TdError extends Error {
  override readonly name = 'TdError';
  readonly code: TdErrorCode;
  /** For `Retry-After`, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: TdErrorCode, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return TD_ERRORS[this.code].status;
  }
}

/** The text of the catalogue, and what is wrong here. */
export function tdError(code: TdErrorCode, reason?: string, retryAfterSeconds?: number): TdError {
  const { message } = TD_ERRORS[code];
  return new TdError(code, reason === undefined ? message : `${message}: ${reason}`, retryAfterSeconds);
}

/** The body of an answer that refuses, in every spelling that clients read. */
export function tdErrorText({ message }: Pick<TdError, 'message'>): string {
  return JSON.stringify({ error: message, message, text: message, severity: 'error' });
}
