/**
 * The errors of the HTTP API under /v1: one catalogue, and the document that answers carry (RFC 9457).
 * Owns: codes, status and titles; docs/specs/admin.md lists the same. Never: writes to a socket.
 */

interface ProblemKind {
  readonly status: number;
  /** The same for every occurrence; what is particular stands in `detail`. */
  readonly title: string;
  /** Seconds after which the same call may succeed; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** Codes are stable: programs may compare them, and a published one keeps its meaning. */
export const PROBLEMS = {
  'invalid-json': { status: 400, title: 'The body is not JSON' },
  'invalid-input': { status: 400, title: 'A member or parameter is missing, unknown or not allowed' },
  'query-refused': { status: 400, title: 'The query is not allowed' },
  'query-failed': { status: 400, title: 'The query failed' },
  'token-missing': { status: 401, title: 'A bearer token is needed' },
  'token-invalid': { status: 401, title: 'The bearer token is unknown, expired or revoked' },
  'workspace-forbidden': { status: 403, title: 'The token does not open this workspace' },
  'token-insufficient': { status: 403, title: 'The token does not open this call' },
  'not-found': { status: 404, title: 'No such path' },
  'workspace-unknown': { status: 404, title: 'No such workspace' },
  'client-unknown': { status: 404, title: 'No such client' },
  'write-key-unknown': { status: 404, title: 'No such write key' },
  'custom-object-unknown': { status: 404, title: 'No such custom object type' },
  'database-unknown': { status: 404, title: 'No such database' },
  'table-unknown': { status: 404, title: 'No such table' },
  'object-unknown': { status: 404, title: 'No such object' },
  'webhook-unknown': { status: 404, title: 'No such webhook' },
  'request-unknown': { status: 404, title: 'No such request' },
  'method-not-allowed': { status: 405, title: 'The path does not know this method' },
  'query-timeout': { status: 408, title: 'The query took too long' },
  'workspace-exists': { status: 409, title: 'The workspace exists already' },
  'name-taken': { status: 409, title: 'The name is taken' },
  'name-reserved': { status: 409, title: 'The name belongs to the system' },
  'definition-conflict': { status: 409, title: 'The change does not fit what is defined' },
  'limit-reached': { status: 409, title: 'The workspace has as many of these as it may' },
  'replay-under-way': { status: 409, title: 'Another replay of the workspace is under way' },
  'request-expired': { status: 410, title: 'The request is older than what is kept' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'media-type-unsupported': { status: 415, title: 'The body is not plain application/json' },
  internal: { status: 500, title: 'Internal error' },
  'body-memory': { status: 503, title: 'Other bodies fill the memory for bodies', retryAfterSeconds: 1 },
  'query-memory': { status: 503, title: 'The query needs more memory than queries have', retryAfterSeconds: 1 },
  'log-unavailable': { status: 503, title: 'The intake log takes nothing now', retryAfterSeconds: 5 },
  'streams-full': { status: 503, title: 'As many live streams are open as are served at once', retryAfterSeconds: 5 },
  unavailable: { status: 503, title: 'The store cannot answer now', retryAfterSeconds: 1 },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** What is wrong with one member of a body, or one parameter. */
export interface InputFault {
  /** Such as `fields[2].dataType`, or `?limit`; empty for the body as a whole. */
  readonly member: string;
  /** What is allowed there. */
  readonly message: string;
}

/** An answer other than success. Thrown by handlers; `detail` reaches the caller, so it holds no secret (law 8). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: readonly InputFault[];

  constructor(code: ProblemCode, detail: string, errors: readonly InputFault[] = []) {
    super(detail);
    this.code = code;
    this.errors = errors;
  }

  /** The answer's status. */
  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** Seconds, for `Retry-After`; undefined when trying again as it is would not help. */
  get retryAfterSeconds(): number | undefined {
    const kind: ProblemKind = PROBLEMS[this.code];
    return kind.retryAfterSeconds;
  }
}

/** The body of an error answer, `application/problem+json`. */
export interface ProblemDocument {
  /** `urn:inlet:problem:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly InputFault[];
}

export function problemDocument(problem: Problem, requestId: string): ProblemDocument {
  return {
    type: `urn:inlet:problem:${problem.code}`,
    title: PROBLEMS[problem.code].title,
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    requestId,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
  };
}

/** A problem about one member, whose message is also the detail. */
export function invalidInput(member: string, message: string): Problem {
  return new Problem('invalid-input', member === '' ? message : `${member}: ${message}`, [{ member, message }]);
}
