/**
 * Metrics of a journal against what the store says of its requests and failures (docs/specs/journal.md, Metrics).
 * Owns: the sums on both sides. Pure.
 */
import assert from 'node:assert/strict';
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import { addFates, noFates } from '#model/fates.ts';
import type { FateCounts, ObjectKind } from '#model/words.ts';

/** By kind and priority. */
type Sums = Record<string, FateCounts>;

export interface Metrics {
  received: number;
  processed: number;
  readonly records: Sums;
  readonly codes: Record<string, number>;
}

/** What a metrics event says; its text. */
export function readMetrics(event: string): Metrics {
  const { data: said } = JSON.parse(event) as {
    data: {
      requests: { received: number; processed: number };
      records: Record<string, Record<string, FateCounts & { failed: Record<string, number> }>>;
    };
  };
  const records: Sums = {};
  const codes: Record<string, number> = {};
  for (const [kind, lanes] of Object.entries(said.records)) {
    for (const [priority, { failed, ...counts }] of Object.entries(lanes)) {
      const sums = Object.values(failed).reduce((sum, each) => sum + each, 0);
      records[`${kind} ${priority}`] = { ...noFates(), ...counts, failed: sums };
      for (const [code, number] of Object.entries(failed)) codes[code] = (codes[code] ?? 0) + number;
    }
  }
  const { received, processed } = said.requests;
  return { received, processed, records, codes };
}

/** Adds to the first in place. */
export function addMetrics(a: Metrics, b: Metrics): Metrics {
  for (const [name, counts] of Object.entries(b.records)) addFates(a.records[name] ?? assert.fail(name), counts);
  for (const [code, number] of Object.entries(b.codes)) a.codes[code] = (a.codes[code] ?? 0) + number;
  return { ...a, received: a.received + b.received, processed: a.processed + b.processed };
}

/** When nothing was refused, and everything that is decided was decided in that time. */
export function expectedMetrics(requests: readonly RequestRecord[], failures: readonly FailureRecord[]): Metrics {
  const records: Sums = {};
  for (const kind of ['person', 'customObject', 'event'] satisfies ObjectKind[]) {
    for (const priority of ['high', 'normal']) records[`${kind} ${priority}`] = noFates();
  }
  const codes: Record<string, number> = {};
  for (const { requestId, kind, lane, counts } of requests) {
    const { received, pending, ...decided } = counts;
    const sum = records[`${kind} ${lane === 'high' ? 'high' : 'normal'}`] ?? assert.fail(kind);
    addFates(sum, { ...decided, received: received - pending, pending: 0 });
    for (const { code, index } of failures.filter((failure) => failure.requestId === requestId)) {
      codes[code] = (codes[code] ?? 0) + (index === -1 ? counts.failed : 1);
    }
  }
  const begun = requests.filter(({ counts }) => counts.received > counts.pending);
  const ended = begun.filter(({ counts }) => counts.pending === 0);
  return { received: begun.length, processed: ended.length, records, codes };
}
