/**
 * Clauses of the control's exam about what Treasure Data's REST API keeps there: places, jobs, marks of imports.
 * Owns: these clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import type { EventPlace } from '#model/event-place.ts';
import type { ImportMark } from '#model/import-mark.ts';
import type { QueryJob } from '#model/query-job.ts';
import type { Control } from '#ports/control.ts';
import { ALPHA, BETA, withWorkspaces } from './control-subject.ts';
import type { ControlClause } from './control-subject.ts';

const DATABASE: EventPlace = { database: 'web', createdAt: 1_795_000_000_000 };
const TABLE: EventPlace = { database: 'web', table: 'clicks', createdAt: 1_795_000_000_001 };

const JOB: QueryJob = {
  workspace: ALPHA,
  jobId: 1_795_000_000_000,
  type: 'presto',
  database: 'web',
  query: "select 'Ünïcode 🗝'",
  state: 'queued',
  createdAt: 1_795_000_000_000,
};
const KEEP_ALL = { jobs: 1000, createdFrom: 0 };
const ALL = { skip: 0, limit: 1000 };

const MARK: ImportMark = {
  workspace: ALPHA,
  database: 'web',
  table: 'clicks',
  uniqueId: 'ünïque/1',
  state: 'begun',
  markedAt: 1_795_000_000_000,
};

async function idsOf(control: Control, filter: Parameters<Control['queryJobs']>[1] = ALL): Promise<readonly number[]> {
  return (await control.queryJobs(ALPHA, filter)).map(({ jobId }) => jobId);
}

export const PLACE_CLAUSES: readonly ControlClause[] = [
  {
    name: 'databases and tables that were made by name are kept in order, once, each in its workspace',
    async check(subject) {
      const control = await withWorkspaces(subject);
      assert.equal(await control.addEventPlace(ALPHA, DATABASE), true);
      assert.equal(await control.addEventPlace(ALPHA, TABLE), true);
      assert.equal(await control.addEventPlace(ALPHA, { ...TABLE, createdAt: 5 }), false);
      assert.equal(await control.addEventPlace(ALPHA, { ...DATABASE, createdAt: 5 }), false);
      assert.deepEqual(await control.eventPlaces(ALPHA), [DATABASE, TABLE]);
      assert.deepEqual(await control.eventPlaces(BETA), [], 'law 7');
    },
  },
  {
    name: 'a table is forgotten alone, a database with its tables, and others stay',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const other = { ...TABLE, table: 'views' };
      const elsewhere = { ...TABLE, database: 'app' };
      for (const place of [DATABASE, TABLE, other, elsewhere]) await control.addEventPlace(ALPHA, place);
      await control.addEventPlace(BETA, TABLE);
      assert.equal(await control.removeEventPlaces(ALPHA, { database: 'web', table: 'clicks' }), true);
      assert.equal(await control.removeEventPlaces(ALPHA, { database: 'web', table: 'clicks' }), false);
      assert.deepEqual(await control.eventPlaces(ALPHA), [DATABASE, other, elsewhere]);
      assert.equal(await control.removeEventPlaces(ALPHA, { database: 'web' }), true);
      assert.deepEqual(await control.eventPlaces(ALPHA), [elsewhere]);
      assert.deepEqual(await control.eventPlaces(BETA), [TABLE], 'law 7');
    },
  },
];

export const JOB_CLAUSES: readonly ControlClause[] = [
  {
    name: 'a job is replaced by its id, found by it in its workspace, and listed newest first',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const second = { ...JOB, jobId: JOB.jobId + 1, query: 'select 2' };
      await control.putQueryJob(JOB, KEEP_ALL);
      await control.putQueryJob(second, KEEP_ALL);
      const result = { columns: [{ name: 'n', type: 'bigint' }], rows: 1, bytes: 30 };
      const done: QueryJob = { ...JOB, state: 'success', startedAt: 1, endedAt: 2, result };
      await control.putQueryJob(done, KEEP_ALL);
      assert.deepEqual(await control.queryJob(ALPHA, JOB.jobId), done);
      assert.equal(await control.queryJob(BETA, JOB.jobId), undefined, 'law 7');
      assert.deepEqual(await control.queryJobs(ALPHA, ALL), [second, done]);
      assert.deepEqual(await control.queryJobs(BETA, ALL), [], 'law 7');
      assert.deepEqual(await idsOf(control, { skip: 1, limit: 5 }), [JOB.jobId]);
      assert.deepEqual(await idsOf(control, { skip: 0, limit: 1 }), [second.jobId]);
      assert.deepEqual(await idsOf(control, { ...ALL, state: 'success' }), [JOB.jobId]);
    },
  },
  {
    name: 'jobs beyond a number or an age are forgotten, those of other workspaces are not (law 6)',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.putQueryJob({ ...JOB, workspace: BETA, jobId: 1, createdAt: 1 }, KEEP_ALL);
      for (const jobId of [1, 2, 3, 4]) await control.putQueryJob({ ...JOB, jobId, createdAt: jobId }, KEEP_ALL);
      await control.putQueryJob({ ...JOB, jobId: 5, createdAt: 5 }, { jobs: 3, createdFrom: 0 });
      assert.deepEqual(await idsOf(control), [5, 4, 3]);
      await control.putQueryJob({ ...JOB, jobId: 6, createdAt: 6 }, { jobs: 3, createdFrom: 5 });
      assert.deepEqual(await idsOf(control), [6, 5]);
      assert.equal((await control.queryJobs(BETA, ALL)).length, 1, 'law 7');
    },
  },
];

export const IMPORT_CLAUSES: readonly ControlClause[] = [
  {
    name: 'the mark of an import is found by workspace, database, table and id, and replaced',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.putImportMark(MARK, 0);
      assert.deepEqual(await control.importMark(MARK), MARK);
      await control.putImportMark({ ...MARK, state: 'done', markedAt: MARK.markedAt + 1 }, 0);
      assert.equal((await control.importMark(MARK))?.state, 'done');
      for (const other of [{ workspace: BETA }, { database: 'app' }, { table: 'views' }, { uniqueId: '2' }]) {
        assert.equal(await control.importMark({ ...MARK, ...other }), undefined);
      }
    },
  },
  {
    name: 'marks from before the given moment are forgotten (law 6)',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.putImportMark({ ...MARK, markedAt: 10 }, 0);
      await control.putImportMark({ ...MARK, uniqueId: 'b', markedAt: 11 }, 0);
      await control.putImportMark({ ...MARK, uniqueId: 'c', markedAt: 12 }, 11);
      assert.equal(await control.importMark(MARK), undefined);
      assert.equal((await control.importMark({ ...MARK, uniqueId: 'b' }))?.markedAt, 11);
    },
  },
  {
    name: 'places, jobs and marks are no definitions, and survive closing and opening',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const picture = control.definitions();
      await control.addEventPlace(ALPHA, TABLE);
      await control.putQueryJob(JOB, KEEP_ALL);
      await control.putImportMark(MARK, 0);
      assert.equal(control.definitions(), picture);
      if (subject.reopen === undefined) return;
      await using again = await subject.reopen();
      assert.deepEqual(await again.control.eventPlaces(ALPHA), [TABLE]);
      assert.deepEqual(await again.control.queryJobs(ALPHA, ALL), [JOB]);
      assert.deepEqual(await again.control.importMark(MARK), MARK);
    },
  },
];
