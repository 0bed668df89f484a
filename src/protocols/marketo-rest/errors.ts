/**
 * The error catalogue of the REST API.
 * Owns: codes and texts; docs/reference/errors.md says the same. Never: decides which one applies.
 *
 * Codes from 1000 on that name the fault of a single record come from the applier (docs/specs/persons.md and
 * docs/specs/custom-objects.md) and stand in `reasons` beside the record; those below are of the whole call.
 */
import type { ErrorEntry } from '#protocols/answer.ts';

export type RestErrorCode =
  | '413'
  | '414'
  | '600'
  | '601'
  | '602'
  | '603'
  | '604'
  | '605'
  | '608'
  | '609'
  | '610'
  | '611'
  | '612'
  | '615'
  | '701'
  | '709'
  | '1001'
  | '1003'
  | '1004'
  | '1006'
  | '1008'
  | '1011'
  | '1013'
  | '1017'
  | '1048';

const refused = { status: 200, retryable: false, logLevel: 'info' } as const;
const later = { status: 200, retryable: true, logLevel: 'warn' } as const;

/** By code. Every answer has status 200, but for bodies and targets that are too large. */
export const REST_ERRORS: Readonly<Record<RestErrorCode, ErrorEntry>> = {
  '413': { ...refused, status: 413, message: 'Request Entity Too Large' },
  '414': { ...refused, status: 414, message: 'Request-URI Too Long' },
  '600': { ...refused, message: 'Access token is empty' },
  '601': { ...refused, message: 'Access token invalid' },
  '602': { ...refused, message: 'Access token expired' },
  '603': { ...refused, message: 'Access denied' },
  '604': { ...later, message: 'Request time-out' },
  '605': { ...refused, message: "Request method 'x' not supported" },
  '608': { ...later, message: 'API Temporarily Unavailable' },
  '609': { ...refused, message: 'Invalid JSON' },
  '610': { ...refused, message: 'Requested resource not found' },
  '611': { ...later, logLevel: 'error', message: 'System error' },
  '612': { ...refused, message: 'Invalid Content Type' },
  '615': { ...later, message: "Concurrent access limit 'x' reached" },
  '701': { ...refused, message: 'x cannot be blank' },
  '709': { ...refused, message: 'Business Rule Violation' },
  '1001': { ...refused, message: "Invalid value 'x'. Required of type 'y'" },
  '1003': { ...refused, message: 'Invalid data' },
  '1004': { ...refused, message: "Lead 'x' not found" },
  '1006': { ...refused, message: "Field 'x' not found" },
  '1008': { ...refused, message: "Access denied to partition 'x'" },
  '1011': { ...refused, message: "Field 'x' not supported" },
  '1013': { ...refused, message: 'Object not found' },
  '1017': { ...refused, message: 'Object already exists' },
  '1048': { ...refused, message: 'Custom Object Discard Draft Failed' },
};

/** The whole call fails. The message reaches the caller and holds no secret (law 8). */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly code: RestErrorCode;
  /** For `Retry-After`, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: RestErrorCode, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return REST_ERRORS[this.code].status;
  }
}

/** Codes whose text in the catalogue names nothing particular. */
type PlainCode = Exclude<RestErrorCode, '605' | '615' | '701' | '1001' | '1004' | '1006' | '1008' | '1011'>;

/** The documented text; then what is wrong here and how to mend it, where a reason helps. */
export function restError(code: PlainCode, reason?: string, retryAfterSeconds?: number): RestError {
  const { message } = REST_ERRORS[code];
  return new RestError(code, reason === undefined ? message : `${message}: ${reason}`, retryAfterSeconds);
}

export function methodNotSupported(method: string, known: readonly string[]): RestError {
  return new RestError('605', `Request method '${method}' not supported; this path knows ${known.join(', ')}`);
}

export function tooManyCalls(limit: number): RestError {
  return new RestError('615', `Concurrent access limit '${limit}' reached`, 1);
}

export function blank(name: string): RestError {
  return new RestError('701', `${name} cannot be blank`);
}

/** `wanted` is a type, or says in words what is allowed. */
export function invalidValue(value: string, wanted: string): RestError {
  return new RestError('1001', `Invalid value '${shown(value)}'. Required of type '${wanted}'`);
}

export function leadNotFound(id: string): RestError {
  return new RestError('1004', `Lead '${shown(id)}' not found`);
}

export function fieldNotFound(name: string): RestError {
  return new RestError('1006', `Field '${shown(name)}' not found`);
}

export function fieldNotSupported(name: string, reason: string): RestError {
  return new RestError('1011', `Field '${shown(name)}' not supported: ${reason}`);
}

export function partitionDenied(name: string): RestError {
  const remedy = 'GET /rest/v1/leads/partitions.json lists those that exist';
  return new RestError('1008', `Access denied to partition '${shown(name)}': ${remedy}`);
}

// A text of the sender's own making appears in the answer, so its length is bounded.
const MAX_SHOWN_CHARACTERS = 100;

/** As much of a sender's text as an answer repeats. */
export function shown(text: string): string {
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed()}…` : text;
}
