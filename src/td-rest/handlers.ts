/** Which function serves which call. A call of the table without one does not compile. */
import type { TdCallName } from '#protocols/td-rest/calls.ts';
import { createDatabase, deleteDatabase, listDatabases } from './databases.ts';
import { importRecords } from './import-calls.ts';
import { issueJob, jobResult, jobStatus, killJob, listJobs, showJob } from './job-calls.ts';
import { createTable, deleteTable, listTables, showTable, tailTable } from './tables.ts';
import type { TdHandler } from './td-parts.ts';

/** `serverStatus` needs no key, and is answered at the door. */
export const TD_HANDLERS: Readonly<Record<Exclude<TdCallName, 'serverStatus'>, TdHandler>> = {
  listDatabases,
  createDatabase,
  deleteDatabase,
  listTables,
  createTable,
  deleteTable,
  showTable,
  tailTable,
  importRecords,
  importRecordsOnce: importRecords,
  issueJob,
  jobStatus,
  showJob,
  jobResult,
  killJob,
  listJobs,
};
