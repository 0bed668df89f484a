/**
 * Retention in memory.
 * Owns: the horizon. Never: forgets what waits, a failure, or a total.
 */
import { Buffer } from 'node:buffer';
import type { RequestRecord } from '#model/fates.ts';
import type { RetentionLimit } from '#model/journal.ts';
import { KEPT_BYTES } from '#model/retention.ts';
import type { StoredJournalEvent, WorkspaceTables } from './store-tables.ts';

export function retain(tables: WorkspaceTables, { before, maxBytes }: RetentionLimit): void {
  const newest = tables.journal.at(-1);
  const isFinished = ({ counts }: RequestRecord): boolean => counts.pending === 0;
  const aged = [
    ...tables.requests.filter(isFinished).map((request) => ({
      time: request.acceptedAt,
      bytes: requestBytes(tables, request),
    })),
    ...tables.journal.filter((each) => each !== newest).map((each) => ({ time: each.time, bytes: eventBytes(each) })),
  ];
  const floor = Math.max(tables.retainedFrom, before);
  const horizon =
    horizonOf(
      aged.filter(({ time }) => time >= floor),
      maxBytes,
    ) ?? floor;
  const forgotten = new Set(
    tables.requests
      .filter((request) => isFinished(request) && request.acceptedAt < horizon)
      .map(({ requestId }) => requestId),
  );
  const isKept = ({ requestId }: Pick<RequestRecord, 'requestId'>): boolean => !forgotten.has(requestId);
  tables.requests = tables.requests.filter(isKept);
  tables.fates = tables.fates.filter(isKept);
  tables.results = tables.results.filter(isKept);
  tables.journal = tables.journal.filter((each) => each === newest || each.time >= horizon);
  tables.retainedFrom = horizon;
}

interface Aged {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly bytes: number;
}

/** The end of the last second with which there is too much; undefined when all of it may stay. */
function horizonOf(aged: readonly Aged[], maxBytes: number): number | undefined {
  let bytes = 0;
  for (const each of aged.toSorted((a, b) => b.time - a.time)) {
    bytes += each.bytes;
    if (bytes > maxBytes) return (Math.floor(each.time / 1000) + 1) * 1000;
  }
  return undefined;
}

function requestBytes({ results }: WorkspaceTables, { requestId, counts }: RequestRecord): number {
  const own = results.filter((result) => result.requestId === requestId).length;
  const fates = counts.created + counts.updated + counts.deleted;
  return KEPT_BYTES.request + KEPT_BYTES.fate * fates + KEPT_BYTES.result * own;
}

function eventBytes({ event }: StoredJournalEvent): number {
  return KEPT_BYTES.event + Buffer.byteLength(event);
}
