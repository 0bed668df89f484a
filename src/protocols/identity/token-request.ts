/**
 * The token request of RFC 6749, section 4.4, as Marketo's identity service speaks it.
 * Owns: its parameters, and the words of its answers. Never: knows which clients exist.
 */
import type { Answer, ErrorEntry } from '#protocols/answer.ts';

export interface TokenRequest {
  readonly clientId: string;
  readonly clientSecret: string;
}

export type IdentityErrorCode =
  | 'invalid_client'
  | 'unauthorized'
  | 'invalid_request'
  | 'unsupported_grant_type'
  | 'not_found'
  | 'method_not_allowed'
  | 'server_error'
  | 'temporarily_unavailable';

/** By the value of the answer's member `error`. Texts are those of Marketo's identity service. */
const IDENTITY_ERRORS: Readonly<Record<IdentityErrorCode, ErrorEntry>> = {
  invalid_client: { status: 401, message: 'Bad client credentials', retryable: false, logLevel: 'info' },
  unauthorized: { status: 401, message: 'No client with requested id', retryable: false, logLevel: 'info' },
  invalid_request: { status: 400, message: 'Bad request', retryable: false, logLevel: 'info' },
  unsupported_grant_type: { status: 400, message: 'Unsupported grant type', retryable: false, logLevel: 'info' },
  not_found: { status: 404, message: 'There is no such path', retryable: false, logLevel: 'info' },
  method_not_allowed: { status: 405, message: 'Use GET or POST', retryable: false, logLevel: 'info' },
  server_error: { status: 500, message: 'A mistake of the server', retryable: true, logLevel: 'error' },
  temporarily_unavailable: { status: 503, message: 'Service unavailable', retryable: true, logLevel: 'warn' },
};

const HEADERS = [
  'Content-Type',
  'application/json;charset=UTF-8',
  'Cache-Control',
  'no-store',
  'Pragma',
  'no-cache',
] as const;

// A client id of the sender's own making appears in the answer, so its length is bounded.
const MAX_QUOTED_CHARACTERS = 100;

/**
 * Reads the parameters of the query and of a form body; where both have one, the query's counts.
 * The answer is the refusal.
 */
export function readTokenRequest(query: string, form: string): TokenRequest | { readonly answer: Answer } {
  const parameters = [new URLSearchParams(query), new URLSearchParams(form)];
  const parameter = (name: string): string => parameters.find((source) => source.get(name))?.get(name) ?? '';
  const grantType = parameter('grant_type');
  const clientId = parameter('client_id');
  if (grantType === '') return { answer: refuseIdentity('invalid_request', 'grant_type is missing') };
  if (grantType !== 'client_credentials') {
    return { answer: refuseIdentity('unsupported_grant_type', 'grant_type must be client_credentials') };
  }
  if (clientId === '') return { answer: refuseIdentity('invalid_request', 'client_id is missing') };
  return { clientId, clientSecret: parameter('client_secret') };
}

export interface GrantedToken {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  /** The client's name. */
  readonly scope: string;
}

export function answerToken(token: GrantedToken): Answer {
  const body = {
    access_token: token.accessToken,
    token_type: 'bearer',
    expires_in: token.expiresInSeconds,
    scope: token.scope,
  };
  return { status: 200, headers: HEADERS, body: JSON.stringify(body) };
}

/** The same answer, whether the client does not exist or belongs to another workspace (law 7). */
export function refuseUnknownClient(clientId: string): Answer {
  return refuseIdentity('unauthorized', clientId.slice(0, MAX_QUOTED_CHARACTERS));
}

/** An error answer: `{"error","error_description"}`. */
export function refuseIdentity(code: IdentityErrorCode, detail?: string, headers: readonly string[] = []): Answer {
  const entry = IDENTITY_ERRORS[code];
  const description = detail === undefined ? entry.message : `${entry.message}: ${detail}`;
  return {
    status: entry.status,
    headers: [...HEADERS, ...headers],
    body: JSON.stringify({ error: code, error_description: description }),
    refusal: { code, reason: description },
  };
}
