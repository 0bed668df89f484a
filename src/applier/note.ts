/**
 * Writes a note of the gateway into the journal, between two batches.
 * Owns: the sums of an hour, from what its results events say. Never: measures quota or backlog.
 */
import { randomUUIDv7 } from 'node:crypto';
import type { JournalNote, MetricsNote, NewJournalEvent } from '#model/journal.ts';
import { StoreError } from '#ports/store.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { metricsEvent, statusEvent } from '#protocols/journaling/note-events.ts';
import { ResultsTally } from '#protocols/journaling/results-tally.ts';
import type { Surroundings } from './surroundings.ts';

/** Resolves once it is committed. Rejects with {@link StoreError}; also when the workspace is not defined. */
export function writeNote(around: Surroundings, note: JournalNote): Promise<void> {
  return around.turns.take(async () => {
    const { workspace, parts, store, stopping } = around;
    if (stopping.aborted) throw new StoreError('unavailable', 'the applier is stopping; the next one takes the note');
    await parts.control.refresh();
    if (!parts.control.definitions().workspaces.has(workspace)) {
      throw new StoreError('unavailable', `the workspace ${workspace} is not defined: there is no journal to write to`);
    }
    const last = await store.transaction(workspace, async (transaction) => {
      const head = { id: randomUUIDv7(), workspace };
      const event: NewJournalEvent =
        note.type === 'status' ? statusEvent(head, note) : metricsEvent(head, note, await tallyOf(transaction, note));
      return await transaction.appendJournal([event]);
    });
    parts.onJournal(workspace, last);
  });
}

/** Under a heavy load the events of an hour are many: their sums are read in parts (law 6). */
const PART_MS = 5 * 60_000;

async function tallyOf(
  transaction: Pick<StoreTransaction, 'journalTallies'>,
  { from, to }: Pick<MetricsNote, 'from' | 'to'>,
): Promise<ResultsTally> {
  const tally = new ResultsTally();
  for (let begin = from; begin < to; begin += PART_MS) {
    for (const text of await transaction.journalTallies(begin, Math.min(begin + PART_MS, to))) tally.addText(text);
  }
  return tally;
}
