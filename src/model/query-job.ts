/**
 * A query that runs as a job.
 * Owns: the shape, which is a disk format. Never: holds a result; that is kept for a while by the room that ran it.
 */
import type { MunchkinId } from './words.ts';

export type QueryJobState = 'queued' | 'running' | 'success' | 'error' | 'killed';

export interface QueryJob {
  readonly workspace: MunchkinId;
  /** Rises; within a workspace none is given twice. */
  readonly jobId: number;
  /** As asked for, such as `presto`. */
  readonly type: string;
  readonly database: string;
  readonly query: string;
  readonly state: QueryJobState;
  /** Milliseconds since 1970, as those that follow. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Why it has no result: fit for whoever asked. */
  readonly fault?: string;
  /** Of a success. */
  readonly result?: {
    readonly columns: readonly { readonly name: string; readonly type: string }[];
    readonly rows: number;
    /** As `msgpack.gz`. */
    readonly bytes: number;
  };
}

/** Whether anything can still become of it. */
export function isOpenJob({ state }: Pick<QueryJob, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}
