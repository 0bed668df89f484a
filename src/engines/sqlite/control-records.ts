/**
 * What control keeps beside the definitions, on the connection that they share.
 * Owns: counts of REST calls, places, jobs and marks of imports; how a transaction of control ends.
 * Never: shows any of it in the picture of definitions.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { EventPlace } from '#model/event-place.ts';
import type { ImportMark, ImportName } from '#model/import-mark.ts';
import type { QueryJob } from '#model/query-job.ts';
import type { UsageCount } from '#model/rest-usage.ts';
import type { MunchkinId } from '#model/words.ts';
import { ControlUnavailable } from '#ports/control.ts';
import type { JobFilter, JobsKept } from '#ports/control.ts';
import { EventPlaceTable } from './control-places.ts';
import { TdTables } from './control-td.ts';
import { UsageTable } from './control-usage.ts';
import { verdictOn } from './sqlite-error.ts';

export abstract class ControlRecords {
  protected readonly database: DatabaseSync;
  readonly #usage: UsageTable;
  readonly #places: EventPlaceTable;
  readonly #td: TdTables;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.#usage = new UsageTable(database);
    this.#places = new EventPlaceTable(database);
    this.#td = new TdTables(database);
  }

  async addUsage(counts: readonly UsageCount[], forgetBefore: string): Promise<void> {
    this.transaction(() => this.#usage.add(counts, forgetBefore));
  }

  async usage(workspace: MunchkinId, fromDay: string): Promise<readonly UsageCount[]> {
    return this.#usage.from(workspace, fromDay);
  }

  async addEventPlace(workspace: MunchkinId, place: EventPlace): Promise<boolean> {
    return this.transaction(() => this.#places.add(workspace, place));
  }

  async removeEventPlaces(workspace: MunchkinId, place: Pick<EventPlace, 'database' | 'table'>): Promise<boolean> {
    return this.transaction(() => this.#places.remove(workspace, place));
  }

  async eventPlaces(workspace: MunchkinId): Promise<readonly EventPlace[]> {
    return this.#places.of(workspace);
  }

  async putQueryJob(job: QueryJob, keep: JobsKept): Promise<void> {
    this.transaction(() => this.#td.putJob(job, keep));
  }

  async queryJob(workspace: MunchkinId, jobId: number): Promise<QueryJob | undefined> {
    return this.#td.job(workspace, jobId);
  }

  async queryJobs(workspace: MunchkinId, filter: JobFilter): Promise<readonly QueryJob[]> {
    return this.#td.jobs(workspace, filter);
  }

  async putImportMark(mark: ImportMark, forgetBefore: number): Promise<void> {
    this.transaction(() => this.#td.putImportMark(mark, forgetBefore));
  }

  async importMark(name: ImportName): Promise<ImportMark | undefined> {
    return this.#td.importMark(name);
  }

  /** Inside a transaction. */
  protected createRecords(): void {
    this.#usage.create();
    this.#places.create();
    this.#td.create();
  }

  protected transaction<Result>(work: () => Result): Result {
    try {
      this.database.exec('BEGIN IMMEDIATE');
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw verdictOn(error) === 'full' ? unavailable(error) : error;
    }
  }
}

function unavailable(cause: unknown): ControlUnavailable {
  return new ControlUnavailable('The change cannot be stored now. Is the disk full? Try again when it has room.', {
    cause,
  });
}
