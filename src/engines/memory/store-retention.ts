/**
 * Retention in memory.
 * Owns: the horizon. Never: forgets what waits, or a total.
 */
import { Buffer } from 'node:buffer';
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import type { DueRetention } from '#model/journal.ts';
import { failureBytes, idsBefore, KEPT_BYTES } from '#model/retention.ts';
import type { StoredJournalEvent, WorkspaceTables } from './store-tables.ts';

export function retain(tables: WorkspaceTables, { before, maxBytes, now }: DueRetention): void {
  const newest = tables.journal.at(-1);
  const isFinished = ({ counts }: RequestRecord): boolean => counts.pending === 0;
  const aged = [
    ...tables.requests.filter(isFinished).map((request) => ({
      time: request.acceptedAt,
      bytes: requestBytes(tables, request),
    })),
    ...tables.journal
      .filter((each) => each !== newest)
      .map((each) => ({ time: Math.min(each.time, now), bytes: eventBytes(each) })),
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
  tables.journal = withoutBegin(tables.journal, { horizon, now });
  const requests = new Set(tables.requests.map(({ requestId }) => requestId));
  const isLeft = ({ requestId }: FailureRecord): boolean => !requests.has(requestId);
  const left = new Set(keptFailures(tables.failures.filter(isLeft), { horizon, maxBytes }));
  tables.failures = tables.failures.filter((failure) => !isLeft(failure) || left.has(failure));
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

/** All but the stretch that is forgotten (see model/retention.ts). */
function withoutBegin(
  journal: readonly StoredJournalEvent[],
  { horizon, now }: { readonly horizon: number; readonly now: number },
): StoredJournalEvent[] {
  const others = journal.slice(0, -1);
  const young = others.findIndex(({ time }) => time >= horizon && time <= now);
  const lastOld = others.slice(0, young < 0 ? undefined : young).findLastIndex(({ time }) => time < horizon);
  return journal.slice(lastOld + 1);
}

/** Of those whose requests are forgotten. */
function keptFailures(
  failures: readonly FailureRecord[],
  { horizon, maxBytes }: { readonly horizon: number; readonly maxBytes: number },
): FailureRecord[] {
  const kept = failures.filter(
    ({ replayedBy, acceptedAt }) =>
      replayedBy === undefined || replayedBy >= idsBefore(horizon) || acceptedAt >= horizon,
  );
  let bytes = 0;
  const tooMuch = kept.toSorted((a, b) => byWorth(b, a)).find((failure) => (bytes += failureBytes(failure)) > maxBytes);
  return tooMuch === undefined ? kept : kept.filter((failure) => byWorth(failure, tooMuch) > 0);
}

/** What a replay has tried comes first, then the oldest; failures of one second are equal. */
function byWorth(a: FailureRecord, b: FailureRecord): number {
  const [triedA, triedB] = [a, b].map(({ replayedBy }) => replayedBy !== undefined) as [boolean, boolean];
  if (triedA !== triedB) return triedA ? -1 : 1;
  return Math.floor(a.failedAt / 1000) - Math.floor(b.failedAt / 1000);
}

function requestBytes({ results, failures }: WorkspaceTables, { requestId, counts }: RequestRecord): number {
  const own = results.filter((result) => result.requestId === requestId).length;
  const failed = failures.filter((failure) => failure.requestId === requestId);
  const fates = counts.created + counts.updated + counts.deleted;
  const ofFailures = failed.reduce((sum, failure) => sum + failureBytes(failure), 0);
  return KEPT_BYTES.request + KEPT_BYTES.fate * fates + KEPT_BYTES.result * own + ofFailures;
}

function eventBytes({ event }: StoredJournalEvent): number {
  return KEPT_BYTES.event + Buffer.byteLength(event);
}
