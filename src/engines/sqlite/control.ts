/**
 * The embedded control: definitions in SQLite, and an immutable picture of them in memory.
 * Owns: `control.sqlite` and `token.key` in the data directory. Never: decides what a change means; the model does.
 *
 * A change: take the write lock, catch up with other processes, let the model decide, write rows, commit, show.
 */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { must } from '#kit/assert.ts';
import type { CustomObjectDraft } from '#model/custom-object-draft.ts';
import type { Client, Definitions, WriteKey } from '#model/definitions.ts';
import {
  NO_DEFINITIONS,
  withAdminToken,
  withApprovedCustomObject,
  withClient,
  withCustomObject,
  withCustomObjectDraft,
  withoutClient,
  withoutCustomObjectDraft,
  withoutWebhook,
  withoutWriteKey,
  withPartition,
  withPersonField,
  withTokenIssue,
  withWebhook,
  withWorkspace,
  withWriteKey,
} from '#model/definition-changes.ts';
import type { Conflict } from '#model/definition-changes.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { Webhook } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';
import { ControlConflict } from '#ports/control.ts';
import type { Control } from '#ports/control.ts';
import { ControlRecords } from './control-records.ts';
import { ControlTables } from './control-tables.ts';
import { openTokenSecret } from './token-secret.ts';

const BUSY_WAIT_MS = 5_000;

/** Opens the control of a data directory that exists, creating its files at first. Several processes may. */
export async function openSqliteControl({ directory }: { readonly directory: string }): Promise<Control> {
  const tokenSecret = openTokenSecret(directory);
  const database = new DatabaseSync(join(directory, 'control.sqlite'), { timeout: BUSY_WAIT_MS });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  return new SqliteControl(database, tokenSecret);
}

interface Change {
  /** What the message of a conflict calls it. */
  readonly what: string;
  readonly decide: (definitions: Definitions) => Definitions | Conflict;
  readonly persist: (next: Definitions) => void;
}

class SqliteControl extends ControlRecords implements Control {
  readonly #tables: ControlTables;
  readonly #tokenSecret: Uint8Array;
  #definitions: Definitions = NO_DEFINITIONS;
  #seenVersion: number | undefined;

  constructor(database: DatabaseSync, tokenSecret: Uint8Array) {
    super(database);
    this.#tokenSecret = tokenSecret;
    this.#tables = new ControlTables(database);
    this.transaction(() => {
      this.#tables.create();
      this.createRecords();
    });
    this.transaction(() => this.#catchUp());
  }

  definitions(): Definitions {
    return this.#definitions;
  }

  async refresh(): Promise<void> {
    if (this.#version() !== this.#seenVersion) this.transaction(() => this.#catchUp());
  }

  tokenSecret(): Uint8Array {
    return this.#tokenSecret;
  }

  async createWorkspace(munchkinId: MunchkinId, createdAt: number): Promise<void> {
    this.#change({
      what: `The workspace ${munchkinId}`,
      decide: (definitions) => withWorkspace(definitions, munchkinId, createdAt),
      persist: (next) => this.#tables.insertWorkspace(must(next.workspaces.get(munchkinId), 'it was just made')),
    });
  }

  async addAdminToken(tokenHash: string, scope: MunchkinId | '*'): Promise<void> {
    this.#change({
      what: 'The admin token',
      decide: (definitions) => withAdminToken(definitions, tokenHash, scope),
      persist: () => this.#tables.insertAdminToken(tokenHash, scope),
    });
  }

  async addClient(client: Client): Promise<void> {
    this.#change({
      what: `The client ${client.clientId}`,
      decide: (definitions) => withClient(definitions, client),
      persist: () => this.#tables.insertClient(client),
    });
  }

  async recordTokenIssue(clientId: string, issuedAt: number): Promise<void> {
    this.#change({
      what: `The client ${clientId}`,
      decide: (definitions) => withTokenIssue(definitions, clientId, issuedAt),
      persist: () => this.#tables.updateTokenIssue(clientId, issuedAt),
    });
  }

  async removeClient(workspace: MunchkinId, clientId: string): Promise<boolean> {
    return this.#change({
      what: `The client ${clientId}`,
      decide: (definitions) => withoutClient(definitions, workspace, clientId),
      persist: () => this.#tables.deleteClient(workspace, clientId),
    });
  }

  async addWriteKey(writeKey: WriteKey): Promise<void> {
    this.#change({
      what: `The write key ${writeKey.id}`,
      decide: (definitions) => withWriteKey(definitions, writeKey),
      persist: () => this.#tables.insertWriteKey(writeKey),
    });
  }

  async removeWriteKey(workspace: MunchkinId, id: string): Promise<boolean> {
    return this.#change({
      what: `The write key ${id}`,
      decide: (definitions) => withoutWriteKey(definitions, workspace, id),
      persist: () => this.#tables.deleteWriteKey(workspace, id),
    });
  }

  async putWebhook(webhook: Webhook): Promise<void> {
    this.#change({
      what: `The webhook ${webhook.id}`,
      decide: (definitions) => withWebhook(definitions, webhook),
      persist: () => this.#tables.putWebhook(webhook),
    });
  }

  async removeWebhook(workspace: MunchkinId, id: string): Promise<boolean> {
    return this.#change({
      what: `The webhook ${id}`,
      decide: (definitions) => withoutWebhook(definitions, workspace, id),
      persist: () => this.#tables.deleteWebhook(workspace, id),
    });
  }

  async addPartition(workspace: MunchkinId, name: string): Promise<boolean> {
    return this.#change({
      what: `The partition ${name}`,
      decide: (definitions) => withPartition(definitions, workspace, name),
      persist: () => this.#tables.insertPartition(workspace, name),
    });
  }

  async putPersonField(workspace: MunchkinId, field: FieldDefinition): Promise<void> {
    this.#change({
      what: `The field ${field.name}`,
      decide: (definitions) => withPersonField(definitions, workspace, field),
      persist: () => this.#tables.putPersonField(workspace, field),
    });
  }

  async putCustomObject(workspace: MunchkinId, type: CustomObjectType): Promise<void> {
    this.#change({
      what: `The custom object type ${type.apiName}`,
      decide: (definitions) => withCustomObject(definitions, workspace, type),
      persist: () => this.#tables.putCustomObject(workspace, type),
    });
  }

  async putCustomObjectDraft(workspace: MunchkinId, draft: CustomObjectDraft): Promise<void> {
    this.#change({
      what: `The draft of ${draft.apiName}`,
      decide: (definitions) => withCustomObjectDraft(definitions, workspace, draft),
      persist: () => this.#tables.putCustomObjectDraft(workspace, draft),
    });
  }

  async removeCustomObjectDraft(workspace: MunchkinId, apiName: string): Promise<boolean> {
    return this.#change({
      what: `The draft of ${apiName}`,
      decide: (definitions) => withoutCustomObjectDraft(definitions, workspace, apiName),
      persist: () => this.#tables.deleteCustomObjectDraft(workspace, apiName),
    });
  }

  async approveCustomObject(workspace: MunchkinId, type: CustomObjectType): Promise<void> {
    this.#change({
      what: `The custom object type ${type.apiName}`,
      decide: (definitions) => withApprovedCustomObject(definitions, workspace, type),
      persist: () => {
        this.#tables.putCustomObject(workspace, type);
        this.#tables.deleteCustomObjectDraft(workspace, type.apiName);
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.database.close();
  }

  /** True when something changed. The new picture is shown only once it is durable. */
  #change({ what, decide, persist }: Change): boolean {
    const next = this.transaction(() => {
      this.#catchUp();
      const decided = decide(this.#definitions);
      if (decided === 'conflict') {
        throw new ControlConflict(`${what} exists already. Choose another name, or remove it first.`);
      }
      if (decided !== this.#definitions) persist(decided);
      return decided;
    });
    const isChanged = next !== this.#definitions;
    this.#definitions = next;
    return isChanged;
  }

  // Inside a transaction, so that the version and the rows are of one moment.
  #catchUp(): void {
    const version = this.#version();
    if (version === this.#seenVersion) return;
    this.#definitions = this.#tables.load();
    this.#seenVersion = version;
  }

  /** Changes when another connection has committed, and never by this one's own commits. */
  #version(): number {
    const row = must(this.database.prepare('PRAGMA data_version').get(), 'SQLite tells its data version');
    return Number(row['data_version']);
  }
}
