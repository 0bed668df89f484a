/** The fates of random batches, the journal, and what retention leaves of both. */
import type { RequestRecord } from '#model/fates.ts';
import type { UpsertRun } from '#model/upsert.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { type Folded, journalEvent, withObjects } from './store-history-subject.ts';
import type { Batch } from './store-oracle.ts';
import { ALPHA, NOON, type StoreSubject } from './store-subject.ts';

/** The run with up to three objects a row, all of the batch's request, the rows of some of them one behind the other. */
export function withSomeObjects<Run extends UpsertRun>(run: Run, n: number): Run {
  const rows = [...run.rows.keys()];
  const again = rows.filter((row) => row % 3 > 0);
  const third = rows.filter((row) => row % 3 === 2).toReversed();
  const folded = [...rows, ...again, ...third].map((row, at): Folded => [row, n + 1, at * 10]);
  return withObjects(run, ...folded);
}

/** Milliseconds after noon: what is stamped with a later time lies ahead. */
const NOW_MS = 60_000;

/** Out of order, and sometimes ahead. */
function stampMs(n: number): number {
  return n % 3 === 1 ? 90_000 : (n * 7) % 9;
}

/** At the end of a batch: an event of the journal, and retention where the batch has it. */
export async function keepHistory(
  transaction: StoreTransaction,
  { retains, seconds }: Batch,
  n: number,
): Promise<void> {
  await transaction.appendJournal([journalEvent(n, { time: NOON + stampMs(n), tally: String(seconds) })]);
  if (retains === null) return;
  const { after, maxBytes } = retains;
  await transaction.retain({ before: NOON + after, maxBytes, now: NOON + NOW_MS });
}

/** What of it is the same in every store; custom objects are told by their names. */
export async function historyOf(
  reader: StoreSubject['reader'],
  requests: readonly RequestRecord[],
  nameOf: (identity: number | string) => unknown,
): Promise<unknown> {
  const fates = requests.map(async ({ requestId }) => {
    const found = await reader.fates(ALPHA, { of: { requestId }, limit: 1_000 });
    // A request's objects are of one kind but here, so that stores may tell the kinds one after the other.
    return found
      .map(({ index, outcome, identity, decidedAt }) => JSON.stringify([index, outcome, nameOf(identity), decidedAt]))
      .sort((a, b) => (a < b ? -1 : 1));
  });
  return {
    fates: await Promise.all(fates),
    journal: await reader.journal(ALPHA, { after: 0, limit: 1_000, maxBytes: 1_000_000 }),
    retainedFrom: await reader.retainedFrom(ALPHA),
  };
}
