/**
 * How definitions change: each function takes a picture and gives the next one, sharing what stayed the same.
 * Owns: what counts as the same, as new, and as a conflict. Never: keeps anything.
 *
 * A change that alters nothing returns the picture that it was given, so that engines can tell by identity.
 */
import { isDeepStrictEqual } from 'node:util';
import { must } from '#kit/assert.ts';
import type { CustomObjectDraft } from '#model/custom-object-draft.ts';
import { DEFAULT_PARTITION } from '#model/definitions.ts';
import type { Client, Definitions, Workspace, WriteKey } from '#model/definitions.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import { STANDARD_PERSON_FIELDS } from '#model/standard-fields.ts';
import type { Webhook } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';

/** What should be made exists already, with other content. */
export type Conflict = 'conflict';

export const NO_DEFINITIONS: Definitions = {
  workspaces: new Map(),
  clients: new Map(),
  writeKeys: new Map(),
  adminTokens: new Map(),
  webhooks: new Map(),
};

const STANDARD_BY_NAME: ReadonlyMap<string, FieldDefinition> = new Map(
  STANDARD_PERSON_FIELDS.map((field) => [field.name.toLowerCase(), field]),
);

/** Standard fields and these, by lower-cased name. Workspaces without fields of their own share one map. */
export function personFieldsWith(fields: readonly FieldDefinition[]): ReadonlyMap<string, FieldDefinition> {
  if (fields.length === 0) return STANDARD_BY_NAME;
  return new Map([...STANDARD_BY_NAME, ...fields.map((field) => [field.name.toLowerCase(), field] as const)]);
}

/** A workspace of that name is a conflict, whenever it was made. */
export function withWorkspace(
  definitions: Definitions,
  munchkinId: MunchkinId,
  createdAt: number,
): Definitions | Conflict {
  if (definitions.workspaces.has(munchkinId)) return 'conflict';
  return replaceWorkspace(definitions, {
    munchkinId,
    createdAt,
    partitions: new Set([DEFAULT_PARTITION]),
    personFields: personFieldsWith([]),
    customObjects: new Map(),
    customObjectDrafts: new Map(),
  });
}

export function withAdminToken(
  definitions: Definitions,
  tokenHash: string,
  scope: MunchkinId | '*',
): Definitions | Conflict {
  const known = definitions.adminTokens.get(tokenHash);
  if (known !== undefined) return known === scope ? definitions : 'conflict';
  if (scope !== '*') workspaceOf(definitions, scope);
  return { ...definitions, adminTokens: new Map(definitions.adminTokens).set(tokenHash, scope) };
}

export function withClient(definitions: Definitions, client: Client): Definitions | Conflict {
  const known = definitions.clients.get(client.clientId);
  if (known !== undefined) return isDeepStrictEqual(known, client) ? definitions : 'conflict';
  workspaceOf(definitions, client.workspace);
  return { ...definitions, clients: new Map(definitions.clients).set(client.clientId, client) };
}

/** A client that was removed meanwhile stays removed. */
export function withTokenIssue(definitions: Definitions, clientId: string, tokenIssuedAt: number): Definitions {
  const client = definitions.clients.get(clientId);
  if (client === undefined || client.tokenIssuedAt === tokenIssuedAt) return definitions;
  return { ...definitions, clients: new Map(definitions.clients).set(clientId, { ...client, tokenIssuedAt }) };
}

export function withoutClient(definitions: Definitions, workspace: MunchkinId, clientId: string): Definitions {
  if (definitions.clients.get(clientId)?.workspace !== workspace) return definitions;
  const clients = new Map(definitions.clients);
  clients.delete(clientId);
  return { ...definitions, clients };
}

/** Neither the hash nor, within its workspace, the id may belong to another key. */
export function withWriteKey(definitions: Definitions, writeKey: WriteKey): Definitions | Conflict {
  const known =
    definitions.writeKeys.get(writeKey.keyHash) ?? findWriteKey(definitions, writeKey.workspace, writeKey.id);
  if (known !== undefined) return isDeepStrictEqual(known, writeKey) ? definitions : 'conflict';
  workspaceOf(definitions, writeKey.workspace);
  return { ...definitions, writeKeys: new Map(definitions.writeKeys).set(writeKey.keyHash, writeKey) };
}

export function withoutWriteKey(definitions: Definitions, workspace: MunchkinId, id: string): Definitions {
  const known = findWriteKey(definitions, workspace, id);
  if (known === undefined) return definitions;
  const writeKeys = new Map(definitions.writeKeys);
  writeKeys.delete(known.keyHash);
  return { ...definitions, writeKeys };
}

export function withPartition(definitions: Definitions, munchkinId: MunchkinId, name: string): Definitions {
  const workspace = workspaceOf(definitions, munchkinId);
  if (workspace.partitions.has(name)) return definitions;
  return replaceWorkspace(definitions, { ...workspace, partitions: new Set([...workspace.partitions, name]) });
}

export function withPersonField(definitions: Definitions, munchkinId: MunchkinId, field: FieldDefinition): Definitions {
  const workspace = workspaceOf(definitions, munchkinId);
  const name = field.name.toLowerCase();
  if (isDeepStrictEqual(workspace.personFields.get(name), field)) return definitions;
  return replaceWorkspace(definitions, {
    ...workspace,
    personFields: new Map(workspace.personFields).set(name, field),
  });
}

export function withCustomObject(
  definitions: Definitions,
  munchkinId: MunchkinId,
  type: CustomObjectType,
): Definitions {
  const workspace = workspaceOf(definitions, munchkinId);
  const name = type.apiName.toLowerCase();
  if (isDeepStrictEqual(workspace.customObjects.get(name), type)) return definitions;
  return replaceWorkspace(definitions, {
    ...workspace,
    customObjects: new Map(workspace.customObjects).set(name, type),
  });
}

export function withCustomObjectDraft(
  definitions: Definitions,
  munchkinId: MunchkinId,
  draft: CustomObjectDraft,
): Definitions {
  const workspace = workspaceOf(definitions, munchkinId);
  const name = draft.apiName.toLowerCase();
  if (isDeepStrictEqual(workspace.customObjectDrafts.get(name), draft)) return definitions;
  return replaceWorkspace(definitions, {
    ...workspace,
    customObjectDrafts: new Map(workspace.customObjectDrafts).set(name, draft),
  });
}

export function withoutCustomObjectDraft(
  definitions: Definitions,
  munchkinId: MunchkinId,
  apiName: string,
): Definitions {
  const workspace = workspaceOf(definitions, munchkinId);
  const name = apiName.toLowerCase();
  if (!workspace.customObjectDrafts.has(name)) return definitions;
  const customObjectDrafts = new Map(workspace.customObjectDrafts);
  customObjectDrafts.delete(name);
  return replaceWorkspace(definitions, { ...workspace, customObjectDrafts });
}

/** The type takes the place of its draft, both in one change. */
export function withApprovedCustomObject(
  definitions: Definitions,
  munchkinId: MunchkinId,
  type: CustomObjectType,
): Definitions {
  return withoutCustomObjectDraft(withCustomObject(definitions, munchkinId, type), munchkinId, type.apiName);
}

/** Makes a webhook, or puts another in its place; its id may not belong to another workspace. */
export function withWebhook(definitions: Definitions, webhook: Webhook): Definitions | Conflict {
  const known = definitions.webhooks.get(webhook.id);
  if (isDeepStrictEqual(known, webhook)) return definitions;
  if (known !== undefined && known.workspace !== webhook.workspace) return 'conflict';
  workspaceOf(definitions, webhook.workspace);
  return { ...definitions, webhooks: new Map(definitions.webhooks).set(webhook.id, webhook) };
}

export function withoutWebhook(definitions: Definitions, workspace: MunchkinId, id: string): Definitions {
  if (definitions.webhooks.get(id)?.workspace !== workspace) return definitions;
  const webhooks = new Map(definitions.webhooks);
  webhooks.delete(id);
  return { ...definitions, webhooks };
}

function findWriteKey(definitions: Definitions, workspace: MunchkinId, id: string): WriteKey | undefined {
  return definitions.writeKeys.values().find((key) => key.workspace === workspace && key.id === id);
}

function workspaceOf(definitions: Definitions, munchkinId: MunchkinId): Workspace {
  return must(definitions.workspaces.get(munchkinId), `the workspace ${munchkinId} exists before anything in it`);
}

function replaceWorkspace(definitions: Definitions, workspace: Workspace): Definitions {
  return { ...definitions, workspaces: new Map(definitions.workspaces).set(workspace.munchkinId, workspace) };
}
