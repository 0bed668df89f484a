/**
 * Says what a committed batch did.
 * Owns: the sums by kind and code. Never: holds the batch up.
 */
import { addFates, noFates } from '#model/fates.ts';
import type { FateCounts, MunchkinId, ObjectKind } from '#model/words.ts';
import type { ApplierEvents } from '#telemetry/events.ts';
import type { Applied } from './apply.ts';
import { WHOLE_ENTRY } from './plan.ts';
import type { PreparedBatch } from './prepare.ts';

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
  for (const [name, objects] of failuresByCode(applied)) {
    const [kind = '', code = ''] = name.split(' ');
    events.objectsFailed({ workspace, kind: kind as ObjectKind, code, objects });
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

function failuresByCode(applied: Applied): Map<string, number> {
  const byCode = new Map<string, number>();
  for (const { kind, code } of applied.failures) {
    const name = `${kind} ${code}`;
    byCode.set(name, (byCode.get(name) ?? 0) + 1);
  }
  return byCode;
}
