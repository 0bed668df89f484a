/**
 * Workspaces with all that is needed to use them: a client, a write key, an admin token.
 * Owns: what a new workspace gets, at the first start, through the API, and from a bootstrap section.
 * Never: stores a secret.
 */
import {
  hashSecret,
  newAdminToken,
  newClientId,
  newClientSecret,
  newMunchkinId,
  newWriteKey,
  newWriteKeyId,
} from './secrets.ts';
import type { Permission } from '#model/definitions.ts';
import { DEFAULT_PERMISSIONS } from '#model/permissions.ts';
import type { Control } from '#ports/control.ts';
import type { MunchkinId } from '#model/words.ts';

/** Secrets in clear, to be shown once. With the server's URL this is the shape of `credentials.json`. */
export interface WorkspaceCredentials {
  readonly munchkinId: MunchkinId;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly writeKey: string;
  readonly adminToken: string;
}

export interface NewWorkspace {
  /** Random unless given. */
  readonly munchkinId?: MunchkinId;
  /** What the admin token opens. The one of the first start opens everything. */
  readonly tokenOpens: 'everything' | 'workspace';
  /** Made unless given. */
  readonly adminToken?: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Given the secrets before their hashes are stored, so that no crash leaves a workspace whose secrets nobody has. */
  readonly keep?: (credentials: WorkspaceCredentials) => Promise<void>;
}

/**
 * Makes a workspace with a client of the usual permissions, a write key for every database, and an admin token.
 * Rejects with ControlConflict when the given id is taken.
 */
export async function createWorkspaceWithCredentials(
  control: Control,
  wanted: NewWorkspace,
): Promise<WorkspaceCredentials> {
  const credentials: WorkspaceCredentials = {
    munchkinId: wanted.munchkinId ?? freeMunchkinId(control),
    clientId: newClientId(),
    clientSecret: newClientSecret(),
    writeKey: newWriteKey(),
    adminToken: wanted.adminToken ?? newAdminToken(),
  };
  await wanted.keep?.(credentials);
  await storeWorkspace(control, credentials, wanted);
  return credentials;
}

async function storeWorkspace(control: Control, made: WorkspaceCredentials, wanted: NewWorkspace): Promise<void> {
  const { munchkinId: workspace, clientId, clientSecret, writeKey, adminToken } = made;
  const { now, tokenOpens } = wanted;
  await control.createWorkspace(workspace, now);
  const client = { clientId, clientSecret, permissions: DEFAULT_PERMISSIONS };
  await addClient(control, { ...client, workspace, name: 'default', now });
  await addWriteKey(control, { writeKey, workspace, name: 'default', access: 'write-only', now });
  await control.addAdminToken(hashSecret(adminToken), tokenOpens === 'everything' ? '*' : workspace);
}

// A billion and more ids: the loop ends at its first turn unless a server holds very many workspaces.
function freeMunchkinId(control: Control): MunchkinId {
  const taken = control.definitions().workspaces;
  let munchkinId = newMunchkinId();
  while (taken.has(munchkinId)) munchkinId = newMunchkinId();
  return munchkinId;
}

export interface NewClient {
  readonly workspace: MunchkinId;
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly now: number;
  /** Made unless given. */
  readonly clientId?: string;
  readonly clientSecret?: string;
}

export async function addClient(
  control: Control,
  wanted: NewClient,
): Promise<{ clientId: string; clientSecret: string }> {
  const { workspace, name, permissions, now } = wanted;
  const { clientId = newClientId(), clientSecret = newClientSecret() } = wanted;
  const secretHash = hashSecret(clientSecret);
  await control.addClient({ clientId, workspace, name, permissions, secretHash, createdAt: now });
  return { clientId, clientSecret };
}

export interface NewWriteKey {
  readonly workspace: MunchkinId;
  /** The key's id unless given. */
  readonly name?: string;
  /** Absent: every database of the workspace. */
  readonly databases?: readonly string[];
  readonly access: 'write-only' | 'full';
  readonly now: number;
  /** Made unless given. */
  readonly writeKey?: string;
}

export async function addWriteKey(control: Control, wanted: NewWriteKey): Promise<{ id: string; writeKey: string }> {
  const id = newWriteKeyId();
  const { workspace, access, now, name = id, databases, writeKey = newWriteKey() } = wanted;
  const keyHash = hashSecret(writeKey);
  const limits = databases === undefined ? {} : { databases };
  await control.addWriteKey({ id, workspace, name, access, keyHash, createdAt: now, ...limits });
  return { id, writeKey };
}

/** What an operator brings along in a `bootstrap` section or the environment. */
export interface GivenSecrets {
  readonly adminToken?: string;
  readonly workspaces: readonly GivenWorkspace[];
}

export interface GivenWorkspace {
  readonly munchkinId: MunchkinId;
  readonly clients: readonly Omit<Given<NewClient, 'clientId' | 'clientSecret'>, 'workspace' | 'now'>[];
  readonly writeKeys: readonly Omit<Given<NewWriteKey, 'writeKey'>, 'workspace' | 'now'>[];
}

type Given<Wanted, Secret extends keyof Wanted> = Omit<Wanted, 'name'> &
  Required<Pick<Wanted, Secret>> & { readonly name?: string };

/**
 * Adds whatever of `given` is not there yet. The same section may be given at every start: what exists stays as it is,
 * and nothing is ever removed.
 */
export async function addGivenSecrets(control: Control, given: GivenSecrets, now: number): Promise<void> {
  if (given.adminToken !== undefined) await addGivenToken(control, given.adminToken);
  for (const workspace of given.workspaces) await addGivenWorkspace(control, workspace, now);
}

async function addGivenToken(control: Control, adminToken: string): Promise<void> {
  const tokenHash = hashSecret(adminToken);
  if (control.definitions().adminTokens.has(tokenHash)) return;
  await control.addAdminToken(tokenHash, '*');
}

async function addGivenWorkspace(control: Control, given: GivenWorkspace, now: number): Promise<void> {
  const { workspaces, clients, writeKeys } = control.definitions();
  const workspace = given.munchkinId;
  if (!workspaces.has(workspace)) await control.createWorkspace(workspace, now);
  for (const client of given.clients) {
    if (clients.has(client.clientId)) continue;
    await addClient(control, { ...client, name: client.name ?? client.clientId, workspace, now });
  }
  for (const writeKey of given.writeKeys) {
    if (writeKeys.has(hashSecret(writeKey.writeKey))) continue;
    await addWriteKey(control, { ...writeKey, workspace, now });
  }
}
