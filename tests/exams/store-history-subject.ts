/** Fates and journal events as the clauses about history are made of, and plain ways to ask. */
import type { ObjectFate } from '#model/fates.ts';
import type { JournalEvent, NewJournalEvent } from '#model/journal.ts';
import type { RunObjects, UpsertRun } from '#model/upsert.ts';
import type { FateFilter, JournalPage, JournalPageRequest } from '#ports/store-reader.ts';
import { ALPHA, NOON, requestId, requestRecord, type StoreSubject } from './store-subject.ts';

/** An object as a run names it: its row, the number of its request, its index there. */
export type Folded = readonly [row: number, request: number, index: number];

export const DECIDED: number = NOON + 777;

/** The run with the objects that were folded into its rows. */
export function withObjects<Run extends UpsertRun>(run: Run, ...folded: readonly Folded[]): Run {
  const objects: RunObjects = {
    rows: folded.map(([row]) => row),
    requestIds: folded.map(([, request]) => requestId(request)),
    indexes: folded.map(([, , index]) => index),
    decidedAt: DECIDED,
  };
  return { ...run, objects };
}

/** One object of request `request` for each row, in their order. */
export function onePerRow<Run extends UpsertRun>(run: Run, request: number): Run {
  return withObjects(run, ...run.rows.map((_, at): Folded => [at, request, at]));
}

/** Records requests of persons, in a batch of their own. */
export async function record(subject: StoreSubject, ...numbers: readonly number[]): Promise<void> {
  await subject.store.transaction(ALPHA, (transaction) =>
    transaction.recordRequests(numbers.map((n) => requestRecord(n))),
  );
}

export async function fates(
  subject: StoreSubject,
  of: FateFilter['of'],
  page: Partial<FateFilter> = {},
): Promise<readonly ObjectFate[]> {
  return await subject.reader.fates(ALPHA, { of, limit: 100_000, ...page });
}

/** What became of the objects of a request, each in a line such as `3 created 7`. */
export async function fatesOf(subject: StoreSubject, request: number): Promise<string[]> {
  const found = await fates(subject, { requestId: requestId(request) });
  return found.map(({ index, outcome, identity }) => `${index} ${outcome} ${identity}`);
}

export function journalEvent(n: number, members: Partial<NewJournalEvent> = {}): NewJournalEvent {
  return {
    id: `019aae20-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
    type: 'results',
    time: NOON + n * 1000,
    event: JSON.stringify({ specversion: '1.0', n, text: `it's "日本"` }),
    requestIds: [requestId(n)],
    ...members,
  };
}

/** Appends to the journal in a batch of its own; the ordinal of the last. */
export async function journalize(subject: StoreSubject, ...events: readonly NewJournalEvent[]): Promise<number> {
  return await subject.store.transaction(ALPHA, (transaction) => transaction.appendJournal(events));
}

export async function journalPage(
  subject: StoreSubject,
  request: Partial<JournalPageRequest> = {},
): Promise<JournalPage> {
  return await subject.reader.journal(ALPHA, { after: 0, limit: 1_000, maxBytes: 1_000_000, ...request });
}

/** All events that a reader finds who goes on where each page ended. */
export async function journal(
  subject: StoreSubject,
  request: Partial<JournalPageRequest> = {},
): Promise<readonly JournalEvent[]> {
  const events: JournalEvent[] = [];
  let { after = 0 } = request;
  for (;;) {
    const page = await journalPage(subject, { ...request, after });
    events.push(...page.events);
    if (page.through >= page.last) return events;
    if (page.through <= after) throw new Error(`a page behind ${after} goes no further than ${page.through}`);
    after = page.through;
  }
}
