/**
 * Secrets that an operator brings along instead of having them made at the first start, for containers.
 * Owns: the `bootstrap` section of the config file and `INLET_ADMIN_TOKEN`.
 * Never: puts a value of theirs into a message (law 8).
 */
import { BOOTSTRAP_KEY } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { bearerToken, filledList, inside, list, mustBe, object, optional, text, token, word } from './json-members.ts';
import type { Place } from './json-members.ts';
import { eventNameProblem, foldEventName } from '#model/event-names.ts';
import type { Permission } from '#model/definitions.ts';
import { DEFAULT_PERMISSIONS, PERMISSION_NAMES, permissionOf } from '#model/permissions.ts';
import type { MunchkinId } from '#model/words.ts';

/** To be handed on and hashed; never logged, never part of {@link Config}. */
export interface Secrets {
  /** Opens everything. */
  readonly adminToken?: string;
  readonly workspaces: readonly BootstrapWorkspace[];
}

export interface BootstrapWorkspace {
  readonly munchkinId: MunchkinId;
  readonly clients: readonly BootstrapClient[];
  readonly writeKeys: readonly BootstrapWriteKey[];
}

export interface BootstrapClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly name?: string;
  /** The usual ones unless given. */
  readonly permissions: readonly Permission[];
}

export interface BootstrapWriteKey {
  readonly writeKey: string;
  readonly name?: string;
  /** Absent: every database of the workspace. */
  readonly databases?: readonly string[];
  readonly access: 'write-only' | 'full';
}

const WITHOUT_TOKEN = 'nobody could administer these workspaces; give an adminToken beside them, or INLET_ADMIN_TOKEN.';

/** The token from the environment counts before the one in the file. Problems name places, never values. */
export function readSecrets(environmentToken: string | undefined, file: ConfigFile, problems: string[]): Secrets {
  const fromEnvironment = environmentToken
    ? bearerToken(environmentToken, { where: 'INLET_ADMIN_TOKEN', problems })
    : undefined;
  const section = readBootstrap(file, problems);
  const adminToken = fromEnvironment ?? section.adminToken;
  // A start makes a token only together with a workspace of its own.
  if (section.workspaces.length > 0 && adminToken === undefined) {
    problems.push(`${file.path}: ${BOOTSTRAP_KEY}: ${WITHOUT_TOKEN}`);
  }
  return { ...(adminToken === undefined ? {} : { adminToken }), workspaces: section.workspaces };
}

function readBootstrap(file: ConfigFile, problems: string[]): Secrets {
  if (!file.members.has(BOOTSTRAP_KEY)) return { workspaces: [] };
  const place: Place = { where: `${file.path}: ${BOOTSTRAP_KEY}`, problems };
  const members = object(file.members.get(BOOTSTRAP_KEY), ['adminToken', 'workspaces'], place);
  const adminToken = optional(members['adminToken'], inside(place, 'adminToken'), bearerToken);
  const workspaces = list(members['workspaces'], inside(place, 'workspaces'), readWorkspace);
  refuseDoubles(workspaces, place);
  return { ...(adminToken === undefined ? {} : { adminToken }), workspaces };
}

function readWorkspace(value: unknown, place: Place): BootstrapWorkspace {
  const members = object(value, ['munchkinId', 'clients', 'writeKeys'], place);
  return {
    munchkinId: munchkinId(members['munchkinId'], inside(place, 'munchkinId')),
    clients: list(members['clients'], inside(place, 'clients'), readClient),
    writeKeys: list(members['writeKeys'], inside(place, 'writeKeys'), readWriteKey),
  };
}

function readClient(value: unknown, place: Place): BootstrapClient {
  const members = object(value, ['clientId', 'clientSecret', 'name', 'permissions'], place);
  const name = optional(members['name'], inside(place, 'name'), text);
  const permissions = optional(members['permissions'], inside(place, 'permissions'), (given, where) =>
    filledList(given, where, permission),
  );
  return {
    clientId: token(members['clientId'], inside(place, 'clientId')),
    clientSecret: token(members['clientSecret'], inside(place, 'clientSecret')),
    ...(name === undefined ? {} : { name }),
    permissions: permissions === undefined ? DEFAULT_PERMISSIONS : [...new Set(permissions)],
  };
}

function readWriteKey(value: unknown, place: Place): BootstrapWriteKey {
  const members = object(value, ['writeKey', 'name', 'databases', 'access'], place);
  const name = optional(members['name'], inside(place, 'name'), text);
  const databases = optional(members['databases'], inside(place, 'databases'), (given, where) =>
    filledList(given, where, database),
  );
  return {
    writeKey: token(members['writeKey'], inside(place, 'writeKey')),
    ...(name === undefined ? {} : { name }),
    ...(databases === undefined ? {} : { databases }),
    access: optional(members['access'], inside(place, 'access'), access) ?? 'write-only',
  };
}

// Folded as the names in the paths of events are, so that the key opens what the operator means.
function database(value: unknown, place: Place): string {
  const name = text(value, place);
  const problem = name === '' ? undefined : eventNameProblem('database', name);
  if (problem !== undefined) place.problems.push(`${place.where}: ${problem}.`);
  return foldEventName(name);
}

const access = word(
  new Map([
    ['write-only', 'write-only' as const],
    ['full', 'full' as const],
  ]),
  'write-only',
);

const permission = word<Permission>(
  new Map(PERMISSION_NAMES.map((name) => [name, permissionOf(name)])),
  'Read-Write Lead',
);

function munchkinId(value: unknown, place: Place): MunchkinId {
  if (typeof value === 'string' && /^\d{3}-[A-Z]{3}-\d{3}$/u.test(value)) return value as MunchkinId;
  mustBe(place, value, 'a Munchkin id such as 123-ABC-456');
  return '' as MunchkinId;
}

// An id names its workspace, so it must name one only (law 7).
function refuseDoubles(workspaces: readonly BootstrapWorkspace[], { where, problems }: Place): void {
  const names = {
    munchkinId: workspaces.map(({ munchkinId: id }) => id),
    clientId: workspaces.flatMap(({ clients }) => clients.map(({ clientId }) => clientId)),
    writeKey: workspaces.flatMap(({ writeKeys }) => writeKeys.map(({ writeKey }) => writeKey)),
  };
  for (const [member, values] of Object.entries(names)) {
    const given = values.filter((value) => value !== '');
    if (new Set(given).size < given.length) problems.push(`${where}: the same ${member} is given twice.`);
  }
}
