/**
 * Says what a committed batch did.
 * Owns: the sums by kind and code. Never: holds the batch up.
 */
import { addFates, noFates } from '#model/fates.ts';
import type { FailureRecord } from '#model/fates.ts';
import type { FateCounts, MunchkinId, ObjectKind } from '#model/words.ts';
import type { ApplierEvents } from '#telemetry/events.ts';
import type { Applied } from './apply.ts';
import { WHOLE_ENTRY } from './planned.ts';
import type { PreparedBatch } from './prepare.ts';
import type { Retried } from './retry-batch.ts';

export interface BatchTimes {
  readonly seconds: number;
  readonly commitSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface BatchReport {
  readonly workspace: MunchkinId;
  readonly prepared: PreparedBatch;
  readonly applied: Applied;
  readonly times: BatchTimes;
}

export function reportApplied(events: ApplierEvents, report: BatchReport): void {
  const { workspace, prepared, applied, times } = report;
  const oldest = prepared.entries.reduce((least, entry) => Math.min(least, entry.acceptedAt), times.now);
  events.batchApplied({
    workspace,
    ...prepared.size,
    seconds: times.seconds,
    commitSeconds: times.commitSeconds,
    counts: countsByKind(applied),
    lagSeconds: Math.max(0, times.now - oldest) / 1000,
  });
  const { cancelled, duplicates } = applied;
  if (duplicates > 0) events.eventsRepeated({ workspace, events: duplicates });
  reportFailed(events, workspace, [...applied.failures, ...cancelled.flatMap(({ failures }) => failures)]);
  for (const { requestId, failures } of cancelled) {
    if (failures.length > 0) events.waitsCancelled({ workspace, requestId, counts: cancelledCounts(failures) });
  }
  for (const { requestId, index, message } of applied.failures) {
    if (index !== WHOLE_ENTRY) continue;
    const objects = applied.requests.find((request) => request.requestId === requestId)?.counts.received ?? 0;
    events.entryQuarantined({ workspace, requestId, objects, reason: message });
  }
}

function countsByKind(applied: Applied): Map<ObjectKind, FateCounts> {
  const byKind = new Map<ObjectKind, FateCounts>();
  for (const { kind, counts } of applied.requests) {
    const sum = byKind.get(kind) ?? noFates();
    addFates(sum, counts);
    byKind.set(kind, sum);
  }
  return byKind;
}

export interface RetryReport {
  readonly workspace: MunchkinId;
  readonly retried: Retried;
  readonly seconds: number;
}

export function reportRetried(events: ApplierEvents, { workspace, retried, seconds }: RetryReport): void {
  const { objects, postponed, counts, failures, duplicates } = retried;
  events.objectsRetried({ workspace, objects, postponed, counts, seconds });
  if (duplicates > 0) events.eventsRepeated({ workspace, events: duplicates });
  reportFailed(events, workspace, failures);
}

/** What failed, as far as it is reported. */
type ReportedFailure = Pick<FailureRecord, 'kind' | 'code'>;

function reportFailed(events: ApplierEvents, workspace: MunchkinId, failures: readonly ReportedFailure[]): void {
  const byKindAndCode = Map.groupBy(failures, ({ kind, code }) => `${kind} ${code}`);
  for (const [name, { length: objects }] of byKindAndCode) {
    const [kind = '', code = ''] = name.split(' ');
    events.objectsFailed({ workspace, kind: kind as ObjectKind, code, objects });
  }
}

function cancelledCounts(failures: readonly ReportedFailure[]): Map<ObjectKind, FateCounts> {
  const byKind = Map.groupBy(failures, ({ kind }) => kind);
  return new Map(Array.from(byKind, ([kind, { length: failed }]) => [kind, { ...noFates(), failed }]));
}
