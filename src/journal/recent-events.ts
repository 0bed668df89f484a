/**
 * What was written to one journal lately, in memory: all events that the journal kept between two ordinals. These need
 * not follow each other: an event of an older time is forgotten before its neighbours.
 * Owns: their bound (law 6). Never: reads the store.
 */
import type { JournalEvent } from '#model/journal.ts';
import type { JournalPage, JournalPageRequest } from '#ports/store-reader.ts';

/** First and last ordinal that the store keeps. */
export type Ends = Pick<JournalPage, 'first' | 'last'>;

export class RecentEvents {
  readonly #maxBytes: number;
  /** Those behind `#after` up to `#last`, rising. */
  #events: JournalEvent[] = [];
  #after = 0;
  #last: number | undefined;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Characters of the events: close to their bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Up to where it knows all events; undefined before it has begun. */
  get last(): number | undefined {
    return this.#last;
  }

  /** Takes all events behind `after` up to `through`: behind those that it has, or in their place. */
  follow(after: number, events: readonly JournalEvent[], through: number): void {
    if (after !== this.#last) this.#begin(after);
    this.#events.push(...events);
    for (const { event } of events) this.#bytes += event.length;
    this.#last = through;
    this.#shrink();
  }

  /** Whether what comes next behind `after` is known here. */
  covers(after: number): boolean {
    return this.#last !== undefined && after >= this.#after && after < this.#last;
  }

  /** A page out of memory; only where it {@link covers} the place. */
  page(request: JournalPageRequest, ends: Ends): JournalPage {
    const events: JournalEvent[] = [];
    let bytes = 0;
    let through = request.after;
    for (let at = placeBehind(this.#events, request.after); at < this.#events.length; at += 1) {
      const event = this.#events[at] as JournalEvent;
      if (isWanted(event, request)) {
        bytes += event.event.length;
        if (events.length > 0 && (events.length >= request.limit || bytes > request.maxBytes)) {
          return { events, through, ...ends };
        }
        events.push(event);
      }
      through = event.ordinal;
    }
    // Events may be gone that stood behind the last one here.
    return { events, through: Math.max(through, this.#last ?? 0), ...ends };
  }

  #begin(after: number): void {
    this.#events = [];
    this.#bytes = 0;
    this.#after = after;
    this.#last = after;
  }

  // The newest stays, whatever it takes: those who follow are about to read it.
  #shrink(): void {
    let gone = 0;
    while (this.#bytes > this.#maxBytes && gone < this.#events.length - 1) {
      this.#bytes -= this.#events[gone]?.event.length ?? 0;
      gone += 1;
    }
    const newestGone = this.#events.splice(0, gone).at(-1);
    if (newestGone !== undefined) this.#after = newestGone.ordinal;
  }
}

/** Index of the first event behind `after`. */
function placeBehind(events: readonly JournalEvent[], after: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.ordinal ?? 0) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isWanted(event: JournalEvent, { from, to, types, requestId }: JournalPageRequest): boolean {
  return (
    (from === undefined || event.time >= from) &&
    (to === undefined || event.time < to) &&
    (types === undefined || types.includes(event.type)) &&
    (requestId === undefined || speaksOf(event, requestId))
  );
}

/** Parsed only when the id stands in it somewhere: it might be a value of a failed object, too. */
function speaksOf({ type, event }: JournalEvent, requestId: string): boolean {
  if (type !== 'results' || !event.includes(requestId)) return false;
  const { requests = [] } = (JSON.parse(event) as ResultsEvent).data;
  return requests.some((each) => each.requestId === requestId);
}

interface ResultsEvent {
  readonly data: { readonly requests?: readonly { readonly requestId: string }[] };
}
