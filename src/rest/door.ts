/**
 * Who may make a REST call: bearer token and path → client and workspace, or a refusal.
 * Owns: the order of these checks (law 7). Never: reads a body.
 */
import { must } from '#kit/assert.ts';
import type { Client, Permission, Workspace } from '#model/definitions.ts';
import { restError } from '#protocols/marketo-rest/errors.ts';
import type { RestTarget } from '#protocols/marketo-rest/target.ts';
import type { RestParts } from './rest-parts.ts';

const TOKEN_REMEDY =
  'send the header Authorization: Bearer <token>, with a token of /identity/oauth/token; a query parameter is not read';

/**
 * The client whose token this is. Throws a {@link RestError}: 600 without a token, 601 for one that nobody has,
 * 602 for one that has expired, 603 when the path names another workspace, whether it exists or not.
 */
export function clientAtDoor(
  parts: Pick<RestParts, 'tokenStanding'>,
  authorization: string | undefined,
  target: RestTarget | undefined,
): Client {
  const token = /^bearer +(?<token>\S+) *$/iu.exec(authorization ?? '')?.groups?.['token'];
  if (token === undefined) throw restError('600', TOKEN_REMEDY);
  const standing = parts.tokenStanding(token);
  if (standing === 'expired') throw restError('602');
  if (standing === 'unknown') throw restError('601');
  const { client } = standing;
  if (target?.munchkinId === undefined || target.munchkinId === client.workspace) return client;
  throw restError('603', 'the token is not of this subscription');
}

/** Throws a {@link RestError} (603) when the client has none of the permissions. */
export function refuseWithoutPermission(client: Client, permissions: readonly Permission[]): void {
  if (permissions.length === 0 || permissions.some((each) => client.permissions.includes(each))) return;
  throw restError('603', `the client needs the permission ${permissions.join(' or ')}`);
}

/** As the definitions are now: a call that changes them looks again once it is its turn. */
export function workspaceOf({ control }: Pick<RestParts, 'control'>, { workspace }: Client): Workspace {
  return must(control.definitions().workspaces.get(workspace), 'a client has a workspace');
}
