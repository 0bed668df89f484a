/**
 * The journal in memory.
 * Owns: the ordinals. Never: makes an event.
 */
import { Buffer } from 'node:buffer';
import type { JournalEvent, NewJournalEvent } from '#model/journal.ts';
import type { JournalPage, JournalPageRequest } from '#ports/store-reader.ts';
import type { StoredJournalEvent, WorkspaceTables } from './store-tables.ts';

export function appendJournal(tables: WorkspaceTables, events: readonly NewJournalEvent[]): number {
  for (const event of events) tables.journal.push({ ...event, ordinal: tables.nextOrdinal++ });
  return tables.nextOrdinal - 1;
}

export function journalTallies({ journal }: WorkspaceTables, from: number, to: number): readonly string[] {
  return journal.flatMap(({ time, tally }) => (time >= from && time < to ? (tally ?? []) : []));
}

export function journalPage({ journal }: WorkspaceTables, page: JournalPageRequest): JournalPage {
  const first = journal[0]?.ordinal ?? 0;
  const last = journal.at(-1)?.ordinal ?? 0;
  const events: JournalEvent[] = [];
  let bytes = 0;
  for (const stored of journal.filter(({ ordinal }) => ordinal > page.after)) {
    if (!isWanted(stored, page)) continue;
    const { id, type, time, event, ordinal } = stored;
    bytes += Buffer.byteLength(event);
    const isFull = events.length >= page.limit || (events.length > 0 && bytes > page.maxBytes);
    if (isFull) return { events, through: events.at(-1)?.ordinal ?? page.after, first, last };
    events.push({ id, type, time, event, ordinal });
  }
  return { events, through: Math.max(page.after, last), first, last };
}

function isWanted(
  event: StoredJournalEvent,
  { from = -Infinity, to = Infinity, ...page }: JournalPageRequest,
): boolean {
  const { types, requestId } = page;
  return (
    event.time >= from &&
    event.time < to &&
    (types === undefined || types.includes(event.type)) &&
    (requestId === undefined || event.requestIds.includes(requestId))
  );
}
