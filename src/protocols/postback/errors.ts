/**
 * The error catalogue of the Postback API, and its answers.
 * Owns: names, statuses and texts; docs/reference/errors.md says the same. Never: decides which one applies.
 */
import type { Answer, ErrorEntry } from '#protocols/answer.ts';

export type PostbackErrorCode =
  | 'BadRequest'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'PayloadTooLarge'
  | 'InternalServerError'
  | 'ServiceUnavailable';

/** By the value of the answer's member `error`. */
export const POSTBACK_ERRORS: Readonly<Record<PostbackErrorCode, ErrorEntry>> = {
  BadRequest: { status: 400, message: 'The request cannot be read', retryable: false, logLevel: 'info' },
  Forbidden: { status: 403, message: 'The write key opens nothing here', retryable: false, logLevel: 'info' },
  NotFound: { status: 404, message: 'There is no such path', retryable: false, logLevel: 'info' },
  MethodNotAllowed: { status: 405, message: 'This method is not taken here', retryable: false, logLevel: 'info' },
  PayloadTooLarge: { status: 413, message: 'The body is too large', retryable: false, logLevel: 'info' },
  InternalServerError: { status: 500, message: 'A mistake of the server', retryable: true, logLevel: 'error' },
  ServiceUnavailable: { status: 503, message: 'The event cannot be taken', retryable: true, logLevel: 'warn' },
};

/** The answer of a durable event (law 1), and in compat mode of a rejected one. */
export const POSTBACK_SUCCESS: Answer = {
  status: 200,
  headers: ['Content-Type', 'application/json'],
  body: '{}',
};

/** An error answer: `{"error","message"}`, where the message ends with what is wrong and how to mend it. */
export function refusePostback(code: PostbackErrorCode, reason?: string, headers: readonly string[] = []): Answer {
  const entry = POSTBACK_ERRORS[code];
  const message = reason === undefined ? entry.message : `${entry.message}: ${reason}`;
  return {
    status: entry.status,
    headers: ['Content-Type', 'application/json', ...headers],
    body: JSON.stringify({ error: code, message }),
    refusal: { code, reason: message },
  };
}
