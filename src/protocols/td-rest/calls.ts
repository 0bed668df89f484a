/**
 * The calls of Treasure Data's REST API, version 3: one table for routing, access and the OpenAPI document.
 * Owns: which method on which path is which call, and what its key must be. Never: what a call does.
 */

export type TdMethod = 'GET' | 'POST' | 'PUT';

export type TdCallName =
  | 'serverStatus'
  | 'listDatabases'
  | 'createDatabase'
  | 'deleteDatabase'
  | 'listTables'
  | 'createTable'
  | 'deleteTable'
  | 'showTable'
  | 'tailTable'
  | 'importRecords'
  | 'importRecordsOnce'
  | 'issueJob'
  | 'jobStatus'
  | 'showJob'
  | 'jobResult'
  | 'killJob'
  | 'listJobs';

export interface TdCallEntry {
  readonly method: TdMethod;
  /** Below `/v3/`, with parameters in braces. */
  readonly path: string;
  /** `public`: no key. `write`: any key of the workspace. `full`: one with full access. */
  readonly access: 'public' | 'write' | 'full';
  readonly summary: string;
}

const full = { access: 'full' } as const;
const write = { access: 'write' } as const;

export const TD_CALLS: Readonly<Record<TdCallName, TdCallEntry>> = {
  serverStatus: { method: 'GET', path: 'system/server_status', access: 'public', summary: 'Whether the server is up' },
  listDatabases: { method: 'GET', path: 'database/list', ...full, summary: 'The databases that the key may see' },
  createDatabase: { method: 'POST', path: 'database/create/{database}', ...full, summary: 'Make a database' },
  deleteDatabase: { method: 'POST', path: 'database/delete/{database}', ...full, summary: 'Delete a database' },
  listTables: { method: 'GET', path: 'table/list/{database}', ...full, summary: 'The tables of a database' },
  createTable: { method: 'POST', path: 'table/create/{database}/{table}/{type}', ...full, summary: 'Make a table' },
  deleteTable: { method: 'POST', path: 'table/delete/{database}/{table}', ...full, summary: 'Delete a table' },
  showTable: { method: 'GET', path: 'table/show/{database}/{table}', ...full, summary: 'One table' },
  tailTable: { method: 'GET', path: 'table/tail/{database}/{table}', ...full, summary: 'The latest events of a table' },
  importRecords: {
    method: 'PUT',
    path: 'table/import/{database}/{table}/{format}',
    ...write,
    summary: 'Import records: a gzip of MessagePack maps, one after the other',
  },
  importRecordsOnce: {
    method: 'PUT',
    path: 'table/import_with_id/{database}/{table}/{uniqueId}/{format}',
    ...write,
    summary: 'Import records once, however often the same id is sent',
  },
  issueJob: { method: 'POST', path: 'job/issue/{type}/{database}', ...full, summary: 'Run a query as a job' },
  jobStatus: { method: 'GET', path: 'job/status/{jobId}', ...full, summary: 'How far a job is' },
  showJob: {
    method: 'GET',
    path: 'job/show/{jobId}',
    ...full,
    summary: 'A job with its query, and its result in short',
  },
  jobResult: {
    method: 'GET',
    path: 'job/result/{jobId}',
    ...full,
    summary: 'The rows of a job, in one of six formats',
  },
  killJob: { method: 'POST', path: 'job/kill/{jobId}', ...full, summary: 'End a job' },
  listJobs: { method: 'GET', path: 'job/list', ...full, summary: 'The jobs of the workspace, newest first' },
};
