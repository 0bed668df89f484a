import type { CustomObjectDraft } from '#model/custom-object-draft.ts';
import type { Client, Definitions, WriteKey } from '#model/definitions.ts';
import type { EventPlace } from '#model/event-place.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { ImportMark, ImportName } from '#model/import-mark.ts';
import type { QueryJob, QueryJobState } from '#model/query-job.ts';
import type { UsageCount } from '#model/rest-usage.ts';
import type { Webhook } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';

/**
 * Where definitions live. Every method that changes something resolves once the change is durable and
 * {@link definitions} shows it, here at once, in other processes after their next {@link refresh}.
 * Any of them may reject with {@link ControlUnavailable}.
 */
export interface Control extends AsyncDisposable {
  /** The current picture, from memory. */
  definitions(): Definitions;
  /** Takes over what other processes changed. Cheap when nothing did. */
  refresh(): Promise<void>;

  /** 32 random bytes, made at the first start and kept: what access tokens are derived from (law 8). */
  tokenSecret(): Uint8Array;

  /** Makes a workspace with its partition `Default`. Rejects with {@link ControlConflict} when it exists. */
  createWorkspace(munchkinId: MunchkinId, createdAt: number): Promise<void>;
  addAdminToken(tokenHash: string, scope: MunchkinId | '*'): Promise<void>;

  addClient(client: Client): Promise<void>;
  /** Remembers when the client's current access token was issued, so that a restart gives out the same one. */
  recordTokenIssue(clientId: string, issuedAt: number): Promise<void>;
  /** False when there is none. */
  removeClient(workspace: MunchkinId, clientId: string): Promise<boolean>;
  addWriteKey(writeKey: WriteKey): Promise<void>;
  removeWriteKey(workspace: MunchkinId, id: string): Promise<boolean>;
  /** Makes a webhook, or puts another in its place. */
  putWebhook(webhook: Webhook): Promise<void>;
  removeWebhook(workspace: MunchkinId, id: string): Promise<boolean>;

  /** False when it was there already. */
  addPartition(workspace: MunchkinId, name: string): Promise<boolean>;
  /** Adds a custom field, or changes display name or (growing) length. Callers have checked that it may. */
  putPersonField(workspace: MunchkinId, field: FieldDefinition): Promise<void>;
  /** Adds a type, or fields to it. Callers have checked that it may. */
  putCustomObject(workspace: MunchkinId, type: CustomObjectType): Promise<void>;

  /** Makes a draft, or puts another in its place. */
  putCustomObjectDraft(workspace: MunchkinId, draft: CustomObjectDraft): Promise<void>;
  /** False when there is none of this name, in any case. */
  removeCustomObjectDraft(workspace: MunchkinId, apiName: string): Promise<boolean>;
  /** {@link putCustomObject}, and the draft of that name is gone, both in one change. */
  approveCustomObject(workspace: MunchkinId, type: CustomObjectType): Promise<void>;

  /** Adds to the counts of REST calls, all or none, and forgets the days before `forgetBefore` (`2026-11-23`). */
  addUsage(counts: readonly UsageCount[], forgetBefore: string): Promise<void>;
  /** The counts of a workspace from a day on, in no order. They are no definitions, and not of the picture. */
  usage(workspace: MunchkinId, fromDay: string): Promise<readonly UsageCount[]>;

  /** Remembers a database or table that was made by name. False when it was there already. */
  addEventPlace(workspace: MunchkinId, place: EventPlace): Promise<boolean>;
  /** Forgets a table, or a database and all its tables. False when there was nothing to forget. */
  removeEventPlaces(workspace: MunchkinId, place: Pick<EventPlace, 'database' | 'table'>): Promise<boolean>;
  /** In the order in which they were made. No definitions, and not of the picture; nor is what follows. */
  eventPlaces(workspace: MunchkinId): Promise<readonly EventPlace[]>;

  /** Adds a job or replaces it, and forgets the workspace's jobs beyond what is to be kept. */
  putQueryJob(job: QueryJob, keep: JobsKept): Promise<void>;
  queryJob(workspace: MunchkinId, jobId: number): Promise<QueryJob | undefined>;
  /** Newest first. */
  queryJobs(workspace: MunchkinId, filter: JobFilter): Promise<readonly QueryJob[]>;

  /** Adds the mark of an import or replaces it, and forgets every mark from before `forgetBefore` (milliseconds). */
  putImportMark(mark: ImportMark, forgetBefore: number): Promise<void>;
  importMark(name: ImportName): Promise<ImportMark | undefined>;
}

export interface JobsKept {
  /** The newest of a workspace. */
  readonly jobs: number;
  /** Milliseconds since 1970: jobs that were made before then are forgotten. */
  readonly createdFrom: number;
}

export interface JobFilter {
  readonly state?: QueryJobState;
  /** How many of the newest to pass over. */
  readonly skip: number;
  readonly limit: number;
}

/** What should be made exists already, with other content. */
export class ControlConflict extends Error {
  override readonly name = 'ControlConflict';
}

/** There is no room for a change, or another process holds the files: nothing was written, a later try may succeed. */
export class ControlUnavailable extends Error {
  override readonly name = 'ControlUnavailable';
}
