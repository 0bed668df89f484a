/**
 * The tables of control: one per kind of definition, and the statements that write and load them.
 * Owns: the disk format (docs/specs/control.md). Never: decides whether a change may happen.
 */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { must } from '#kit/assert.ts';
import type { CustomObjectDraft } from '#model/custom-object-draft.ts';
import type { Client, Definitions, Permission, Workspace, WriteKey } from '#model/definitions.ts';
import { personFieldsWith } from '#model/definition-changes.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { Webhook } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS workspaces (munchkin_id TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS partitions (
    workspace TEXT NOT NULL REFERENCES workspaces, name TEXT NOT NULL, PRIMARY KEY (workspace, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS person_fields (
    workspace TEXT NOT NULL REFERENCES workspaces, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (workspace, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS custom_objects (
    workspace TEXT NOT NULL REFERENCES workspaces, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (workspace, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS custom_object_drafts (
    workspace TEXT NOT NULL REFERENCES workspaces, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (workspace, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS clients (
    client_id TEXT PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspaces, name TEXT NOT NULL,
    permissions TEXT NOT NULL, secret_hash TEXT NOT NULL, created_at INTEGER NOT NULL, token_issued_at REAL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS write_keys (
    key_hash TEXT PRIMARY KEY, id TEXT NOT NULL, workspace TEXT NOT NULL REFERENCES workspaces, name TEXT NOT NULL,
    databases TEXT, access TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (workspace, id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspaces, definition TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS admin_tokens (token_hash TEXT PRIMARY KEY, scope TEXT NOT NULL) STRICT;`;

type Row = Record<string, SQLOutputValue>;
type Kind = 'partitions' | 'person_fields' | 'custom_objects' | 'custom_object_drafts';

/** Reads and writes rows on one connection. Its methods run inside the caller's transaction. */
export class ControlTables {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  create(): void {
    this.#database.exec(SCHEMA);
  }

  insertWorkspace({ munchkinId, createdAt, partitions }: Workspace): void {
    this.#run('INSERT INTO workspaces VALUES (?, ?)', munchkinId, createdAt);
    for (const name of partitions) this.insertPartition(munchkinId, name);
  }

  insertPartition(workspace: MunchkinId, name: string): void {
    this.#run('INSERT INTO partitions VALUES (?, ?)', workspace, name);
  }

  insertAdminToken(tokenHash: string, scope: MunchkinId | '*'): void {
    this.#run('INSERT INTO admin_tokens VALUES (?, ?)', tokenHash, scope);
  }

  insertClient(client: Client): void {
    const { clientId, workspace, name, permissions, secretHash, createdAt, tokenIssuedAt = null } = client;
    const values = [clientId, workspace, name, JSON.stringify(permissions), secretHash, createdAt, tokenIssuedAt];
    this.#run('INSERT INTO clients VALUES (?, ?, ?, ?, ?, ?, ?)', ...values);
  }

  updateTokenIssue(clientId: string, issuedAt: number): void {
    this.#run('UPDATE clients SET token_issued_at = ? WHERE client_id = ?', issuedAt, clientId);
  }

  deleteClient(workspace: MunchkinId, clientId: string): void {
    this.#run('DELETE FROM clients WHERE workspace = ? AND client_id = ?', workspace, clientId);
  }

  insertWriteKey({ keyHash, id, workspace, name, databases, access, createdAt }: WriteKey): void {
    const allowed = databases === undefined ? null : JSON.stringify(databases);
    this.#run(
      'INSERT INTO write_keys VALUES (?, ?, ?, ?, ?, ?, ?)',
      keyHash,
      id,
      workspace,
      name,
      allowed,
      access,
      createdAt,
    );
  }

  deleteWriteKey(workspace: MunchkinId, id: string): void {
    this.#run('DELETE FROM write_keys WHERE workspace = ? AND id = ?', workspace, id);
  }

  putWebhook(webhook: Webhook): void {
    const sql = 'INSERT INTO webhooks VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET definition = excluded.definition';
    this.#run(sql, webhook.id, webhook.workspace, JSON.stringify(webhook));
  }

  deleteWebhook(workspace: MunchkinId, id: string): void {
    this.#run('DELETE FROM webhooks WHERE workspace = ? AND id = ?', workspace, id);
  }

  putPersonField(workspace: MunchkinId, field: FieldDefinition): void {
    this.#putDefinition('person_fields', workspace, [field.name, field]);
  }

  putCustomObject(workspace: MunchkinId, type: CustomObjectType): void {
    this.#putDefinition('custom_objects', workspace, [type.apiName, type]);
  }

  putCustomObjectDraft(workspace: MunchkinId, draft: CustomObjectDraft): void {
    this.#putDefinition('custom_object_drafts', workspace, [draft.apiName, draft]);
  }

  deleteCustomObjectDraft(workspace: MunchkinId, apiName: string): void {
    const sql = 'DELETE FROM custom_object_drafts WHERE workspace = ? AND name = ?';
    this.#run(sql, workspace, apiName.toLowerCase());
  }

  /** Everything, in the order in which it was made. */
  load(): Definitions {
    return {
      workspaces: this.#loadWorkspaces(),
      clients: new Map(
        this.#all('clients')
          .map(toClient)
          .map((client) => [client.clientId, client]),
      ),
      writeKeys: new Map(
        this.#all('write_keys')
          .map(toWriteKey)
          .map((key) => [key.keyHash, key]),
      ),
      adminTokens: new Map(
        this.#all('admin_tokens').map((row) => [String(row['token_hash']), row['scope'] as MunchkinId | '*']),
      ),
      webhooks: new Map(
        this.#all('webhooks')
          .map(toDefinition<Webhook>)
          .map((webhook) => [webhook.id, webhook]),
      ),
    };
  }

  #putDefinition(
    kind: Kind,
    workspace: MunchkinId,
    [name, definition]: readonly [string, FieldDefinition | CustomObjectType | CustomObjectDraft],
  ): void {
    const sql = `INSERT INTO ${kind} VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET definition = excluded.definition`;
    this.#run(sql, workspace, name.toLowerCase(), JSON.stringify(definition));
  }

  #loadWorkspaces(): ReadonlyMap<MunchkinId, Workspace> {
    const partitions = this.#byWorkspace('partitions');
    const personFields = this.#byWorkspace('person_fields');
    const customObjects = this.#byWorkspace('custom_objects');
    const drafts = this.#byWorkspace('custom_object_drafts');
    const workspaces = this.#all('workspaces').map((row): Workspace => {
      const munchkinId = row['munchkin_id'] as MunchkinId;
      return {
        munchkinId,
        createdAt: Number(row['created_at']),
        partitions: new Set(partitions.get(munchkinId)?.map((partition) => String(partition['name']))),
        personFields: personFieldsWith(personFields.get(munchkinId)?.map(toDefinition<FieldDefinition>) ?? []),
        customObjects: definitionsByName<CustomObjectType>(customObjects.get(munchkinId)),
        customObjectDrafts: definitionsByName<CustomObjectDraft>(drafts.get(munchkinId)),
      };
    });
    return new Map(workspaces.map((workspace) => [workspace.munchkinId, workspace]));
  }

  #byWorkspace(kind: Kind): ReadonlyMap<string, readonly Row[]> {
    return Map.groupBy(this.#all(kind), (row) => String(row['workspace']));
  }

  #all(table: Kind | 'workspaces' | 'clients' | 'write_keys' | 'admin_tokens' | 'webhooks'): readonly Row[] {
    return this.#database.prepare(`SELECT * FROM ${table} ORDER BY rowid`).all();
  }

  // Definitions change rarely: a statement is prepared for each use, and none is kept.
  #run(sql: string, ...values: readonly (string | number | null)[]): void {
    this.#database.prepare(sql).run(...values);
  }
}

function definitionsByName<Definition>(rows: readonly Row[] = []): ReadonlyMap<string, Definition> {
  return new Map(rows.map((row) => [String(row['name']), toDefinition<Definition>(row)]));
}

function toDefinition<Definition>(row: Row): Definition {
  return JSON.parse(String(row['definition'])) as Definition;
}

function toClient(row: Row): Client {
  const client: Client = {
    clientId: String(row['client_id']),
    workspace: row['workspace'] as MunchkinId,
    name: String(row['name']),
    permissions: JSON.parse(String(row['permissions'])) as Permission[],
    secretHash: String(row['secret_hash']),
    createdAt: Number(row['created_at']),
  };
  return row['token_issued_at'] === null ? client : { ...client, tokenIssuedAt: Number(row['token_issued_at']) };
}

function toWriteKey(row: Row): WriteKey {
  const writeKey: WriteKey = {
    id: String(row['id']),
    workspace: row['workspace'] as MunchkinId,
    name: String(row['name']),
    access: must(row['access'], 'a write key says its access') as WriteKey['access'],
    keyHash: String(row['key_hash']),
    createdAt: Number(row['created_at']),
  };
  const databases = row['databases'];
  return typeof databases === 'string' ? { ...writeKey, databases: JSON.parse(databases) as string[] } : writeKey;
}
