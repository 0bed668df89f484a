/**
 * The error catalogue of the Data Ingestion API, and its answers.
 * Owns: codes, statuses and texts; docs/reference/errors.md says the same. Never: decides which one applies.
 */
import type { Answer, ErrorEntry } from '#protocols/answer.ts';

export type IngestionErrorCode =
  | '401013'
  | '403010'
  | '404040'
  | '429001'
  | '4000801'
  | '4000802'
  | '4030801'
  | '4290801'
  | '5000801'
  | '5030801';

/** Codes and texts of the seed; `5030801` is Inlet's own. */
export const INGESTION_ERRORS: Readonly<Record<IngestionErrorCode, ErrorEntry>> = {
  '401013': { status: 401, message: 'Oauth token is invalid', retryable: false, logLevel: 'info' },
  '403010': { status: 403, message: 'Oauth token is missing', retryable: false, logLevel: 'info' },
  '404040': { status: 404, message: 'Resource not found', retryable: false, logLevel: 'info' },
  '429001': { status: 429, message: 'Service usage limit reached', retryable: true, logLevel: 'info' },
  '4000801': { status: 400, message: 'Bad request', retryable: false, logLevel: 'info' },
  '4000802': { status: 400, message: 'Invalid data', retryable: false, logLevel: 'info' },
  '4030801': { status: 403, message: 'Unauthorized', retryable: false, logLevel: 'info' },
  '4290801': { status: 429, message: 'Daily quota reached', retryable: true, logLevel: 'info' },
  '5000801': { status: 500, message: 'Internal Server Error', retryable: true, logLevel: 'error' },
  '5030801': { status: 503, message: 'Service unavailable', retryable: true, logLevel: 'warn' },
};

export interface RefusalDetail {
  /** What is wrong and how to mend it; follows the documented text after `: `. */
  readonly reason?: string;
  /** 405 shares the code of 404. */
  readonly status?: number;
  /** Name, value, name, value. */
  readonly headers?: readonly string[];
}

/** An error answer: exactly the members `error_code`, a string, and `message`. */
export function refuseIngestion(code: IngestionErrorCode, detail: RefusalDetail = {}): Answer {
  const entry = INGESTION_ERRORS[code];
  const message = detail.reason === undefined ? entry.message : `${entry.message}: ${detail.reason}`;
  return {
    status: detail.status ?? entry.status,
    headers: ['Content-Type', 'application/json', ...(detail.headers ?? [])],
    body: JSON.stringify({ error_code: code, message }),
    refusal: { code, reason: message },
  };
}
