/**
 * What operators define: workspaces, clients, write keys, partitions, fields, object types.
 * Owns: the shapes, and the immutable picture that the hot path reads. Never: stores them.
 */
import type { CustomObjectDraft } from '#model/custom-object-draft.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { Webhook } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';

/** Names as the documented service has them; permissions.ts knows their other names. */
export const PERMISSIONS = [
  'Read-Only Lead',
  'Read-Write Lead',
  'Read-Only Custom Object',
  'Read-Write Custom Object',
  'Read-Write Schema Custom Field',
  'Read-Only Custom Object Type',
  'Read-Write Custom Object Type',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** The partition that every workspace has. */
export const DEFAULT_PARTITION = 'Default';

export interface Client {
  readonly clientId: string;
  readonly workspace: MunchkinId;
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** SHA-256 of the secret, hex (law 8). */
  readonly secretHash: string;
  readonly createdAt: number;
  /** When its current access token was issued, in UNIX seconds; absent before the first. */
  readonly tokenIssuedAt?: number;
}

export interface WriteKey {
  readonly id: string;
  readonly workspace: MunchkinId;
  readonly name: string;
  /** Absent: every database of the workspace. */
  readonly databases?: readonly string[];
  readonly access: 'write-only' | 'full';
  /** SHA-256 of the key, hex (law 8). */
  readonly keyHash: string;
  readonly createdAt: number;
}

export interface Workspace {
  readonly munchkinId: MunchkinId;
  readonly createdAt: number;
  readonly partitions: ReadonlySet<string>;
  /** Standard and custom, by lower-cased name. */
  readonly personFields: ReadonlyMap<string, FieldDefinition>;
  /** By lower-cased API name. */
  readonly customObjects: ReadonlyMap<string, CustomObjectType>;
  /** Types in the making, and changes of types that are not approved yet. By lower-cased API name. */
  readonly customObjectDrafts: ReadonlyMap<string, CustomObjectDraft>;
}

/** Everything defined, at one moment. Never changes; a change makes a new one. */
export interface Definitions {
  readonly workspaces: ReadonlyMap<MunchkinId, Workspace>;
  readonly clients: ReadonlyMap<string, Client>;
  /** By hash. */
  readonly writeKeys: ReadonlyMap<string, WriteKey>;
  /** By hash: which workspace an admin token opens; `'*'` opens everything. */
  readonly adminTokens: ReadonlyMap<string, MunchkinId | '*'>;
  /** By id. */
  readonly webhooks: ReadonlyMap<string, Webhook>;
}
