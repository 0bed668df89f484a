/**
 * The journal: the ordered stream of status events of a workspace (docs/specs/journal.md).
 * Owns: the shapes that applier, store and readers share. Never: builds an event's data (see protocols/journaling).
 */
import type { RequestId } from '#model/words.ts';

/**
 * `results`: what became of requests. `metrics`: the sums of an hour. `status`: quota, lag and backlog, each minute.
 */
export type JournalType = 'results' | 'metrics' | 'status';
export const JOURNAL_TYPES: readonly JournalType[] = ['results', 'metrics', 'status'];

/** An event on its way into the journal. */
export interface NewJournalEvent {
  /** UUID version 7: what consumers tell duplicates by. */
  readonly id: string;
  readonly type: JournalType;
  /** Milliseconds since 1970: when what it tells was completed. */
  readonly time: number;
  /** The whole CloudEvent as JSON text, the same for everybody who reads it. */
  readonly event: string;
  /** Of results: the requests that it speaks of, each once. Else empty. */
  readonly requestIds: readonly RequestId[];
  /** Of results: their sums, as JSON text, of which the metrics of the hour are made. Absent of others. */
  readonly tally?: string;
}

export interface JournalEvent extends Pick<NewJournalEvent, 'id' | 'type' | 'time' | 'event'> {
  /**
   * Its place in the journal of its workspace: 1, 2, 3 … as written, never given twice. Retention takes the oldest
   * places, up to one, whatever the `time` of each.
   */
  readonly ordinal: number;
}

/** What the gateway tells of a workspace, for the applier to write into the journal. */
export type JournalNote = StatusNote | MetricsNote;

export interface StatusNote {
  readonly type: 'status';
  /** Milliseconds since 1970: when the figures were taken. */
  readonly at: number;
  /** Objects that may still be sent today. */
  readonly quota: number;
  /** By priority; events count as normal. */
  readonly queue: Readonly<Record<'high' | 'normal', QueueStatus>>;
}

export interface QueueStatus {
  /** Age of the oldest accepted entry that is not yet applied; 0 when there is none. */
  readonly lagSeconds: number;
  readonly requestBacklog: number;
  readonly recordBacklog: number;
}

/** Ends an hour: the applier adds what its results events of that time say. */
export interface MetricsNote {
  readonly type: 'metrics';
  /** Milliseconds since 1970; `from` inclusive, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  /** Requests that were refused in this time, by error code, as far as this gateway has run. */
  readonly rejected: Readonly<Record<string, number>>;
}

/** How much of what is finished is kept; what waits and running totals are never cut. */
export interface RetentionLimit {
  /** Milliseconds since 1970: what is finished, and was accepted before then, is forgotten. */
  readonly before: number;
  /**
   * Of requests, fates and journal events together, and of the quarantine for itself: the oldest go first until they
   * take no more, as estimated.
   */
  readonly maxBytes: number;
}

/** A limit at the moment when a store carries it out. */
export interface DueRetention extends RetentionLimit {
  /** Milliseconds since 1970. What is stamped with a later time was written while a clock was wrong. */
  readonly now: number;
}
