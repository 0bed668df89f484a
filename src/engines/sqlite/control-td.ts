/**
 * The tables of query jobs and of named imports, beside the tables of definitions.
 * Owns: their disk format. Never: opens a transaction; its methods run inside the caller's.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { ImportMark, ImportName } from '#model/import-mark.ts';
import type { QueryJob } from '#model/query-job.ts';
import type { MunchkinId } from '#model/words.ts';
import type { JobFilter, JobsKept } from '#ports/control.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS query_jobs (
    workspace TEXT NOT NULL REFERENCES workspaces, job_id INTEGER NOT NULL, created_at INTEGER NOT NULL,
    state TEXT NOT NULL, job TEXT NOT NULL, PRIMARY KEY (workspace, job_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS import_marks (
    workspace TEXT NOT NULL REFERENCES workspaces, database TEXT NOT NULL, event_table TEXT NOT NULL,
    unique_id TEXT NOT NULL, state TEXT NOT NULL, marked_at INTEGER NOT NULL,
    PRIMARY KEY (workspace, database, event_table, unique_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS import_marks_by_time ON import_marks (marked_at);`;

export class TdTables {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  create(): void {
    this.#database.exec(SCHEMA);
  }

  putJob(job: QueryJob, { jobs, createdFrom }: JobsKept): void {
    const { workspace, jobId, createdAt, state } = job;
    this.#database
      .prepare('INSERT OR REPLACE INTO query_jobs VALUES (?, ?, ?, ?, ?)')
      .run(workspace, jobId, createdAt, state, JSON.stringify(job));
    this.#database
      .prepare(
        `DELETE FROM query_jobs WHERE workspace = ?1 AND (created_at < ?2 OR job_id <= (
           SELECT job_id FROM query_jobs WHERE workspace = ?1 ORDER BY job_id DESC LIMIT 1 OFFSET ?3))`,
      )
      .run(workspace, createdFrom, jobs);
  }

  job(workspace: MunchkinId, jobId: number): QueryJob | undefined {
    const row = this.#database
      .prepare('SELECT job FROM query_jobs WHERE workspace = ? AND job_id = ?')
      .get(workspace, jobId);
    return row && (JSON.parse(String(row['job'])) as QueryJob);
  }

  jobs(workspace: MunchkinId, { state = null, skip, limit }: { readonly state?: string | null } & Page): QueryJob[] {
    const rows = this.#database
      .prepare(
        `SELECT job FROM query_jobs WHERE workspace = ?1 AND (?2 IS NULL OR state = ?2)
         ORDER BY job_id DESC LIMIT ?3 OFFSET ?4`,
      )
      .all(workspace, state, limit, skip);
    return rows.map((row) => JSON.parse(String(row['job'])) as QueryJob);
  }

  putImportMark({ workspace, database, table, uniqueId, state, markedAt }: ImportMark, forgetBefore: number): void {
    this.#database.prepare('DELETE FROM import_marks WHERE marked_at < ?').run(forgetBefore);
    this.#database
      .prepare('INSERT OR REPLACE INTO import_marks VALUES (?, ?, ?, ?, ?, ?)')
      .run(workspace, database, table, uniqueId, state, markedAt);
  }

  importMark({ workspace, database, table, uniqueId }: ImportName): ImportMark | undefined {
    const row = this.#database
      .prepare(
        `SELECT state, marked_at FROM import_marks
         WHERE workspace = ? AND database = ? AND event_table = ? AND unique_id = ?`,
      )
      .get(workspace, database, table, uniqueId);
    if (row === undefined) return undefined;
    const state = row['state'] as ImportMark['state'];
    return { workspace, database, table, uniqueId, state, markedAt: Number(row['marked_at']) };
  }
}

type Page = Omit<JobFilter, 'state'>;
