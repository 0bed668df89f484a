/**
 * A place that a reader asks for → the page that begins there, or why there is none.
 * Owns: when a place has expired. Never: words an answer.
 */
import type { MunchkinId } from '#model/words.ts';
import type { JournalPage, JournalPageRequest } from '#ports/store-reader.ts';
import type { JournalQuery, JournalStart } from '#protocols/journaling/journal-query.ts';
import type { JournalParts } from './journal-parts.ts';

export interface JournalReading extends JournalQuery {
  readonly workspace: MunchkinId;
  readonly limit: number;
}

/** `expired`: events behind the ordinal are gone, or the journal has never come so far. */
export type JournalFound =
  | { readonly kind: 'page'; readonly page: JournalPage }
  | { readonly kind: 'expired'; readonly ordinal: number };

/** Of one page; a single event may have more. */
const PAGE_BYTES = 1024 * 1024;
/** A store may look at a part of its journal at a time; so often one call asks it to go on. */
const MAX_READINGS = 8;

/** Rejects as the feed does. */
export async function findPage({ feed }: Pick<JournalParts, 'feed'>, reading: JournalReading): Promise<JournalFound> {
  const { workspace, start } = reading;
  if (start.at === 'end') {
    const last = await feed.end(workspace);
    return { kind: 'page', page: { events: [], through: last, first: last, last } };
  }
  const request = { ...reading.filter, ...earliest(start, reading), limit: reading.limit, maxBytes: PAGE_BYTES };
  const page = await readToEvents(feed, workspace, request);
  const isGone = start.at === 'ordinal' && (page.first > start.ordinal + 1 || page.last < start.ordinal);
  return isGone ? { kind: 'expired', ordinal: start.ordinal } : { kind: 'page', page };
}

function earliest(start: JournalStart, { filter: { from } }: JournalQuery): Pick<JournalPageRequest, 'after' | 'from'> {
  if (start.at === 'ordinal') return { after: start.ordinal };
  if (start.at !== 'time') return { after: 0 };
  return { after: 0, from: from === undefined ? start.time : Math.max(from, start.time) };
}

async function readToEvents(
  feed: JournalParts['feed'],
  workspace: MunchkinId,
  request: JournalPageRequest,
): Promise<JournalPage> {
  let page = await feed.read(workspace, request);
  for (let readings = 1; readings < MAX_READINGS; readings += 1) {
    if (page.events.length > 0 || page.through >= page.last) break;
    page = { ...(await feed.read(workspace, { ...request, after: page.through })), first: page.first };
  }
  return page;
}
