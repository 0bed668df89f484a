/**
 * Control in memory: the pure changes of the model and nothing else. The oracle of the exam.
 * Owns: the current picture. Never: survives its process.
 */
import { randomBytes } from 'node:crypto';
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
import type { EventPlace } from '#model/event-place.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { ImportMark, ImportName } from '#model/import-mark.ts';
import type { QueryJob } from '#model/query-job.ts';
import type { UsageCount } from '#model/rest-usage.ts';
import type { Webhook } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';
import { ControlConflict } from '#ports/control.ts';
import type { Control, JobFilter, JobsKept } from '#ports/control.ts';
import { MemoryTdRecords } from './control-td.ts';
import { MemoryUsage } from './control-usage.ts';

const TOKEN_SECRET_BYTES = 32;

/** A control with nothing defined. */
export function createMemoryControl(): Control {
  return new MemoryControl();
}

class MemoryControl implements Control {
  readonly #tokenSecret: Uint8Array = new Uint8Array(randomBytes(TOKEN_SECRET_BYTES));
  readonly #usage = new MemoryUsage();
  readonly #td = new MemoryTdRecords();
  #definitions: Definitions = NO_DEFINITIONS;

  definitions(): Definitions {
    return this.#definitions;
  }

  async refresh(): Promise<void> {}

  tokenSecret(): Uint8Array {
    return this.#tokenSecret;
  }

  async createWorkspace(munchkinId: MunchkinId, createdAt: number): Promise<void> {
    this.#become(withWorkspace(this.#definitions, munchkinId, createdAt), `The workspace ${munchkinId}`);
  }

  async addAdminToken(tokenHash: string, scope: MunchkinId | '*'): Promise<void> {
    this.#become(withAdminToken(this.#definitions, tokenHash, scope), 'The admin token');
  }

  async addClient(client: Client): Promise<void> {
    this.#become(withClient(this.#definitions, client), `The client ${client.clientId}`);
  }

  async recordTokenIssue(clientId: string, issuedAt: number): Promise<void> {
    this.#become(withTokenIssue(this.#definitions, clientId, issuedAt));
  }

  async removeClient(workspace: MunchkinId, clientId: string): Promise<boolean> {
    return this.#become(withoutClient(this.#definitions, workspace, clientId));
  }

  async addWriteKey(writeKey: WriteKey): Promise<void> {
    this.#become(withWriteKey(this.#definitions, writeKey), `The write key ${writeKey.id}`);
  }

  async removeWriteKey(workspace: MunchkinId, id: string): Promise<boolean> {
    return this.#become(withoutWriteKey(this.#definitions, workspace, id));
  }

  async putWebhook(webhook: Webhook): Promise<void> {
    this.#become(withWebhook(this.#definitions, webhook), `The webhook ${webhook.id}`);
  }

  async removeWebhook(workspace: MunchkinId, id: string): Promise<boolean> {
    return this.#become(withoutWebhook(this.#definitions, workspace, id));
  }

  async addPartition(workspace: MunchkinId, name: string): Promise<boolean> {
    return this.#become(withPartition(this.#definitions, workspace, name));
  }

  async putPersonField(workspace: MunchkinId, field: FieldDefinition): Promise<void> {
    this.#become(withPersonField(this.#definitions, workspace, field));
  }

  async putCustomObject(workspace: MunchkinId, type: CustomObjectType): Promise<void> {
    this.#become(withCustomObject(this.#definitions, workspace, type));
  }

  async putCustomObjectDraft(workspace: MunchkinId, draft: CustomObjectDraft): Promise<void> {
    this.#become(withCustomObjectDraft(this.#definitions, workspace, draft));
  }

  async removeCustomObjectDraft(workspace: MunchkinId, apiName: string): Promise<boolean> {
    return this.#become(withoutCustomObjectDraft(this.#definitions, workspace, apiName));
  }

  async approveCustomObject(workspace: MunchkinId, type: CustomObjectType): Promise<void> {
    this.#become(withApprovedCustomObject(this.#definitions, workspace, type));
  }

  async addUsage(counts: readonly UsageCount[], forgetBefore: string): Promise<void> {
    this.#usage.add(counts, forgetBefore);
  }

  async usage(workspace: MunchkinId, fromDay: string): Promise<readonly UsageCount[]> {
    return this.#usage.from(workspace, fromDay);
  }

  async addEventPlace(workspace: MunchkinId, place: EventPlace): Promise<boolean> {
    return this.#td.addPlace(workspace, place);
  }

  async removeEventPlaces(workspace: MunchkinId, place: Pick<EventPlace, 'database' | 'table'>): Promise<boolean> {
    return this.#td.removePlaces(workspace, place);
  }

  async eventPlaces(workspace: MunchkinId): Promise<readonly EventPlace[]> {
    return this.#td.places(workspace);
  }

  async putQueryJob(job: QueryJob, keep: JobsKept): Promise<void> {
    this.#td.putJob(job, keep);
  }

  async queryJob(workspace: MunchkinId, jobId: number): Promise<QueryJob | undefined> {
    return this.#td.jobs(workspace).find((job) => job.jobId === jobId);
  }

  async queryJobs(workspace: MunchkinId, { state, skip, limit }: JobFilter): Promise<readonly QueryJob[]> {
    const jobs = this.#td.jobs(workspace).filter((job) => state === undefined || job.state === state);
    return jobs.slice(skip, skip + limit);
  }

  async putImportMark(mark: ImportMark, forgetBefore: number): Promise<void> {
    this.#td.putImportMark(mark, forgetBefore);
  }

  async importMark(name: ImportName): Promise<ImportMark | undefined> {
    return this.#td.importMark(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** True when something changed. */
  #become(next: Definitions | Conflict, what = ''): boolean {
    if (next === 'conflict')
      throw new ControlConflict(`${what} exists already. Choose another name, or remove it first.`);
    const isChanged = next !== this.#definitions;
    this.#definitions = next;
    return isChanged;
  }
}
