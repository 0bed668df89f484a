/**
 * Who may call what: bearer token and route → leave, for as long as it lasts, or a problem.
 * Owns: laws 7 and 8 at the door of the HTTP API. Never: reads a body.
 */
import { hashSecret } from './secrets.ts';
import type { Access, Leave } from '#protocols/api/access.ts';
import { Problem } from '#protocols/api/problems.ts';
import type { Client, Definitions } from '#model/definitions.ts';
import type { MunchkinId } from '#model/words.ts';

export interface Call {
  readonly access: Access;
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** The `{munchkinId}` of the path, whatever the caller wrote there. */
  readonly munchkinId: string | undefined;
}

export interface Credentials {
  readonly definitions: Definitions;
  /** The client whose access token this is, while the token lives. */
  readonly accessTokenClient: (token: string) => Client | undefined;
}

/**
 * Returns when the call may go on, with the client when an access token opened it, else throws a {@link Problem}.
 * A caller that does not open everything learns nothing of other workspaces, not even whether they exist (law 7).
 */
export function authorize(call: Call, credentials: Credentials): Client | undefined {
  if (call.access === 'public' || call.access === 'client' || call.access === 'write-key') return undefined;
  if (call.access === 'token-or-ticket' && call.authorization === undefined) return undefined;
  const token = bearerToken(call.authorization);
  const { opens, client } = scopeOf(token, call.access, credentials);
  if (opens !== '*') refuseForeign(call, opens);
  const isKnown = credentials.definitions.workspaces.has(call.munchkinId as MunchkinId);
  if (call.munchkinId === undefined || isKnown) return client;
  throw new Problem(
    'workspace-unknown',
    'No workspace has this Munchkin id. GET /v1/workspaces lists those that exist.',
  );
}

/** Leave is looked at again when definitions have changed, and as often as this: tokens run out by whole seconds. */
const LEAVE_LASTS_MS = 1_000;

/**
 * Leave of a call that {@link authorize} has let in: whether it would be let in still. Cheap enough to be asked before
 * each write. `now` in milliseconds since 1970.
 */
export function leaveOf(call: Call, credentials: () => Credentials, now: () => number): Leave {
  let { definitions } = credentials();
  let lookedAt = now();
  let lasts = true;
  return () => {
    const current = credentials();
    const age = now() - lookedAt;
    if (!lasts || (current.definitions === definitions && age >= 0 && age < LEAVE_LASTS_MS)) return lasts;
    ({ definitions } = current);
    lookedAt = now();
    lasts = isLetIn(call, current);
    return lasts;
  };
}

function isLetIn(call: Call, credentials: Credentials): boolean {
  try {
    authorize(call, credentials);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

function bearerToken(authorization: string | undefined): string {
  const token = /^bearer +(?<token>\S+) *$/iu.exec(authorization ?? '')?.groups?.['token'];
  if (token !== undefined) return token;
  throw new Problem('token-missing', 'Send the header Authorization: Bearer <admin token>.');
}

interface Scope {
  readonly opens: MunchkinId | '*';
  readonly client?: Client;
}

// Tokens are found by their hash: the time of the look-up could tell of the hash alone, and no token follows from it.
function scopeOf(token: string, access: Access, credentials: Credentials): Scope {
  const scope = credentials.definitions.adminTokens.get(hashSecret(token));
  if (scope !== undefined) return { opens: scope };
  const client = credentials.accessTokenClient(token);
  if (client === undefined)
    throw new Problem('token-invalid', 'No admin token or access token is valid by this value.');
  if (access === 'workspace-or-client' || access === 'token-or-ticket') return { opens: client.workspace, client };
  throw new Problem('token-insufficient', 'An access token of a client does not open this call; send an admin token.');
}

function refuseForeign(call: Call, opens: MunchkinId): void {
  if (call.access === 'server') {
    throw new Problem('token-insufficient', 'This call needs the admin token that opens every workspace.');
  }
  if (call.munchkinId === opens) return;
  throw new Problem('workspace-forbidden', 'The token opens another workspace than the one in the path.');
}
