/**
 * Writes what a transaction has decided into the journal, within that transaction (docs/specs/journal.md, Results).
 * Owns: which failures belong to which request. Never: words an event (see protocols/journaling).
 */
import { randomUUIDv7 } from 'node:crypto';
import type { FailureRecord, RequestChange, RequestRecord } from '#model/fates.ts';
import type { NewJournalEvent } from '#model/journal.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { FailureSample } from '#protocols/journaling/failure-sample.ts';
import { ResultsWriter } from '#protocols/journaling/results-event.ts';
import { decidedTotal } from '#protocols/journaling/results-tally.ts';
import { WHOLE_ENTRY } from './planned.ts';

/** What has become of requests in one transaction. */
export interface DecidedNow {
  readonly workspace: MunchkinId;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Requests that were recorded now. */
  readonly requests: readonly RequestRecord[];
  /** Of these, in the order of the requests. */
  readonly failures: readonly FailureRecord[];
  /** What became of pending objects. */
  readonly settled: readonly SettledRequest[];
}

/** Each request once. */
export interface SettledRequest extends Pick<RequestChange, 'requestId' | 'counts'> {
  /** Absent: none of them has failed. */
  readonly failures?: FailureSample;
}

/** Answers with the ordinal of the last event; undefined when nothing was decided, and so nothing was written. */
export async function journalResults(
  transaction: Pick<StoreTransaction, 'requestsOf' | 'appendJournal'>,
  decided: DecidedNow,
): Promise<number | undefined> {
  const events = [...recordedEvents(decided), ...(await settledEvents(transaction, decided))];
  return events.length === 0 ? undefined : await transaction.appendJournal(events);
}

function recordedEvents({ workspace, now, requests, failures }: DecidedNow): readonly NewJournalEvent[] {
  const writer = newWriter(workspace, now);
  let next = 0;
  for (const request of requests) {
    const { requestId, counts } = request;
    let sample: FailureSample | undefined;
    for (let failure = failures[next]; failure?.requestId === requestId; failure = failures[next]) {
      sample ??= new FailureSample();
      sample.add(failure, failure.index === WHOLE_ENTRY ? counts.failed : 1);
      next += 1;
    }
    const isLast = counts.pending === 0;
    if (sample === undefined) writer.add({ request, counts, isFirst: true, isLast });
    else writer.add({ request, counts, failures: sample, isFirst: true, isLast });
  }
  return writer.finish();
}

async function settledEvents(
  transaction: Pick<StoreTransaction, 'requestsOf'>,
  { workspace, now, settled }: DecidedNow,
): Promise<readonly NewJournalEvent[]> {
  if (settled.length === 0) return [];
  const recorded = await transaction.requestsOf(settled.map(({ requestId }) => requestId));
  const requests = new Map(recorded.map((request) => [request.requestId, request]));
  const writer = newWriter(workspace, now);
  for (const { requestId, counts, failures } of settled) {
    const request = requests.get(requestId);
    // Requests of which something is pending are never forgotten; one that is not there has no counts to add up to.
    if (request === undefined) continue;
    const isFirst = decidedTotal(request.counts) === decidedTotal(counts);
    const isLast = request.counts.pending === 0;
    writer.add({ request, counts, isFirst, isLast, ...(failures && { failures }) });
  }
  return writer.finish();
}

/** What became of requests whose objects were tried again, with their failures. */
export function settledRequests(
  changes: readonly RequestChange[],
  failures: readonly FailureRecord[],
): readonly SettledRequest[] {
  const samples = new Map<RequestId, FailureSample>();
  for (const failure of failures) {
    const known = samples.get(failure.requestId);
    const sample = known ?? new FailureSample();
    if (known === undefined) samples.set(failure.requestId, sample);
    sample.add(failure);
  }
  return changes.map(({ requestId, counts }) => {
    const sample = samples.get(requestId);
    return { requestId, counts, ...(sample && { failures: sample }) };
  });
}

function newWriter(workspace: MunchkinId, time: number): ResultsWriter {
  return new ResultsWriter({ workspace, time, newId: randomUUIDv7 });
}
