/**
 * Databases, tables and jobs as clients of Treasure Data's REST API read them.
 * Owns: the shapes and the way in which moments are written. Never: reads a store.
 */
import { createHash } from 'node:crypto';
import type { ColumnType, EventTable } from '#model/event-table.ts';
import type { QueryJob } from '#model/query-job.ts';
import { hiveTypeName } from './hive-types.ts';

export type TdValue = string | number | boolean | null | readonly TdValue[] | { readonly [member: string]: TdValue };

/** A database or table with what is known of it. */
export interface KnownTable {
  readonly database: string;
  readonly table: string;
  /** Absent while it holds no event. */
  readonly events?: EventTable;
  /** Milliseconds since 1970; absent when its first event made it. */
  readonly createdAt?: number;
}

export interface KnownDatabase {
  readonly database: string;
  /** Events in all its tables. */
  readonly events: number;
  readonly createdAt?: number;
}

/** Such as `2020-12-31 11:22:33 UTC`. */
function momentText(ms: number | undefined): string | null {
  return ms === undefined ? null : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function databaseAnswer({ database, events, createdAt }: KnownDatabase): TdValue {
  return {
    name: database,
    created_at: momentText(createdAt),
    updated_at: momentText(createdAt),
    count: events,
    organization: null,
    permission: 'administrator',
    delete_protected: false,
  };
}

export function tableAnswer({ database, table, events, createdAt }: KnownTable): TdValue {
  return {
    id: idOf(`${database}.${table}`),
    name: table,
    type: 'log',
    count: events?.rows ?? 0,
    created_at: momentText(createdAt),
    updated_at: momentText(createdAt),
    estimated_storage_size: 0,
    counter_updated_at: null,
    last_log_timestamp: null,
    expire_days: null,
    include_v: false,
    delete_protected: false,
    schema: schemaText(events),
  };
}

// Clients want a number that stays the same; the name is what tells tables apart.
function idOf(name: string): number {
  return createHash('sha256').update(name).digest().readUIntBE(0, 6);
}

const TYPES: Readonly<Record<ColumnType, string>> = {
  boolean: 'boolean',
  integer: 'long',
  bigInteger: 'string',
  decimal: 'double',
  text: 'string',
  json: 'string',
};

/** As JSON text: the key that was sent, its type, and the column by which queries name it. `time` is understood. */
function schemaText(events: EventTable | undefined): string {
  return JSON.stringify((events?.columns ?? []).map(({ key, column, type }) => [key, TYPES[type], column]));
}

export function jobStatusAnswer(job: QueryJob): { readonly [member: string]: TdValue } {
  return {
    job_id: String(job.jobId),
    status: job.state,
    created_at: momentText(job.createdAt),
    updated_at: momentText(job.endedAt ?? job.startedAt ?? job.createdAt),
    start_at: momentText(job.startedAt),
    end_at: momentText(job.endedAt),
    duration: durationOf(job),
    num_records: job.result?.rows ?? null,
    result_size: job.result?.bytes ?? null,
  };
}

export function jobAnswer(job: QueryJob): TdValue {
  const { result, fault } = job;
  return {
    ...jobStatusAnswer(job),
    type: job.type,
    database: job.database,
    query: job.query,
    priority: 0,
    retry_limit: 0,
    result: '',
    url: null,
    user_name: null,
    cpu_time: null,
    debug: fault === undefined ? null : { cmdout: '', stderr: fault },
    hive_result_schema:
      result === undefined ? null : JSON.stringify(result.columns.map(({ name, type }) => [name, hiveTypeName(type)])),
  };
}

function durationOf({ startedAt, endedAt }: QueryJob): number | null {
  return startedAt === undefined || endedAt === undefined ? null : Math.round((endedAt - startedAt) / 1000);
}
