/** The events of a table as chunks of NDJSON: the next page is read when the last chunk has been taken. */
import type { EventPage, EventPageRequest } from '#ports/store-reader.ts';

/** Reads one page; undefined when there is no such table. */
export type ReadPage = (place: Pick<EventPageRequest, 'start' | 'limit'>) => Promise<EventPage | undefined>;

const FIRST_PAGE_EVENTS = 32;
const MAX_PAGE_EVENTS = 10_000;
/** Pages grow or shrink towards this many characters, since an event may have ten of them or a million (law 6). */
const PAGE_CHARACTERS = 1_000_000;

/** Undefined when there is no such table; else its events, of which the first page has been read. */
export async function openEventPages(readPage: ReadPage): Promise<AsyncGenerator<string> | undefined> {
  const first = await readPage({ start: 0, limit: FIRST_PAGE_EVENTS });
  return first && chunks(first, readPage);
}

async function* chunks(first: EventPage, readPage: ReadPage): AsyncGenerator<string> {
  let page: EventPage | undefined = first;
  let limit = FIRST_PAGE_EVENTS;
  while (page !== undefined) {
    const text: string = page.events.map((event) => `${event}\n`).join('');
    if (text !== '') yield text;
    if (page.next === undefined) return;
    limit = nextLimit(limit, page.events.length, text.length);
    page = await readPage({ start: page.next, limit });
  }
}

// At most four times the last page: a few small events say little about those that follow.
function nextLimit(limit: number, events: number, characters: number): number {
  if (events === 0) return limit;
  const fitting = Math.floor(PAGE_CHARACTERS / (characters / events));
  return Math.max(1, Math.min(fitting, limit * 4, MAX_PAGE_EVENTS));
}
