/**
 * Requests, failures and results in memory.
 * Owns: how a change is added to a record. Never: judges a count (law 2 is the applier's to keep).
 */
import type { FailureRecord, FailureRef, RequestChange, RequestRecord } from '#model/fates.ts';
import { addFates, byRequestAndIndex, withDuplicates } from '#model/fates.ts';
import type { RequestId } from '#model/words.ts';
import type { WorkspaceTables } from './store-tables.ts';

export function recordRequests(tables: WorkspaceTables, requests: readonly RequestRecord[]): void {
  tables.requests.push(...requests);
  for (const { lane, counts } of requests) addFates(tables.totals[lane], counts);
}

export function settleRequests(tables: WorkspaceTables, changes: readonly RequestChange[]): void {
  for (const { requestId, counts, at, duplicates = [] } of changes) {
    const place = tables.requests.findIndex((request) => request.requestId === requestId);
    const request = tables.requests[place];
    if (request === undefined) continue;
    addFates(tables.totals[request.lane], counts);
    const sum = { ...request.counts };
    addFates(sum, counts);
    const { duplicateOf: _, duplicates: __, ...rest } = request;
    const repeated = withDuplicates(request, duplicates);
    tables.requests[place] = { ...rest, ...repeated, counts: sum, ...(sum.pending === 0 && { finishedAt: at }) };
  }
}

export function failureOf(tables: WorkspaceTables, ref: FailureRef): FailureRecord | undefined {
  return tables.failures.find((failure) => byRequestAndIndex(failure, ref) === 0);
}

export function markReplayed(tables: WorkspaceTables, refs: readonly FailureRef[], replay: RequestId): void {
  tables.failures.forEach((failure, at) => {
    const isNamed = refs.some((ref) => byRequestAndIndex(failure, ref) === 0);
    if (isNamed) tables.failures[at] = { ...failure, replayedBy: replay };
  });
}
