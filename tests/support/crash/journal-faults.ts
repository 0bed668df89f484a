/** Judges what the journal says of the requests: all events of a request add up to its fates (laws 2 and 3). Pure. */
import { isDeepStrictEqual } from 'node:util';
import { noFates } from '#model/fates.ts';
import type { FateCounts } from '#model/words.ts';
import type { SeenJournalEvent, SeenRequest } from './observation.ts';

export function judgeJournal(
  requests: readonly SeenRequest[],
  journal: readonly SeenJournalEvent[],
): readonly string[] {
  const sums = new Map<string, FateCounts>();
  for (const { told } of journal) {
    for (const { requestId, records } of told) {
      const { failed, ...counts } = records;
      const sum = sums.get(requestId) ?? noFates();
      sums.set(requestId, sum);
      for (const [fate, objects] of Object.entries(counts)) sum[fate as keyof FateCounts] += objects;
      sum.failed += Object.values(failed).reduce((all, objects) => all + objects, 0);
    }
  }
  const ids = new Set(journal.map(({ id }) => id));
  const faults = ids.size === journal.length ? [] : [`the journal gives ${journal.length} events of ${ids.size} ids`];
  for (const { requestId, counts } of requests) {
    const sum = sums.get(requestId) ?? noFates();
    const wanted = { ...counts, received: counts.received - counts.pending, pending: 0 };
    if (isDeepStrictEqual(sum, wanted)) continue;
    faults.push(`request ${requestId} in the journal: ${JSON.stringify(sum)} instead of ${JSON.stringify(wanted)}`);
  }
  const known = new Set(requests.map(({ requestId }) => requestId));
  for (const requestId of sums.keys()) {
    if (!known.has(requestId)) faults.push(`the journal tells of request ${requestId}, which is not known`);
  }
  return faults;
}
