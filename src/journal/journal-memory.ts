/**
 * What is known of one workspace's journal without asking its store.
 * Owns: how far it has grown, and whether that is still true. Never: reads the store, or calls a listener.
 */
import type { JournalPage, JournalPageRequest } from '#ports/store-reader.ts';
import { RecentEvents } from './recent-events.ts';
import type { Ends } from './recent-events.ts';

/** A hint may have been lost: after so long without one the store is asked. */
const TRUE_FOR_MS = 30_000;

export class JournalMemory {
  readonly #recent: RecentEvents;
  #ends: Ends | undefined;
  /** Monotonic: when the store last said where the journal ends. */
  #askedAt = -Infinity;
  /** The furthest that a hint has told of since the store was asked; 0 when none has come. */
  #hinted = 0;

  constructor(maxBytes: number) {
    this.#recent = new RecentEvents(maxBytes);
  }

  get bytes(): number {
    return this.#recent.bytes;
  }

  /** Ordinal of the last event; undefined when the store must be asked. */
  end(nowMs: number): number | undefined {
    return nowMs - this.#askedAt < TRUE_FOR_MS ? this.#ends?.last : undefined;
  }

  /** A page without asking the store; undefined when it must be asked. */
  peek(request: JournalPageRequest, nowMs: number): JournalPage | undefined {
    if (this.#ends === undefined) return undefined;
    if (this.#recent.covers(request.after)) {
      // What lies here can be read, whether or not the store keeps it still.
      const first = Math.min(this.#ends.first, request.after + 1);
      return this.#recent.page(request, { first, last: this.#ends.last });
    }
    const isAtEnd = this.end(nowMs) === request.after;
    return isAtEnd ? { events: [], through: request.after, ...this.#ends } : undefined;
  }

  /** Whether what is known ends exactly here, so that the events behind belong to it. */
  endsAt(after: number): boolean {
    return this.#recent.last === after;
  }

  /** The ordinal of the last event as far as is known, which a hint may have told; 0 while nothing is. */
  get last(): number {
    return this.#ends?.last ?? 0;
  }

  /** Somebody follows from the end on. */
  beginAt(last: number): void {
    if (!this.#knowsTheEnd(last)) this.#recent.follow(last, [], last);
  }

  /** The journal has grown up to this ordinal at least. */
  hint(last: number): void {
    this.#hinted = Math.max(this.#hinted, last);
    if (this.#ends !== undefined && last > this.#ends.last) this.#ends = { first: this.#ends.first, last };
  }

  /** A hint may have been lost. */
  doubt(): void {
    this.#askedAt = -Infinity;
  }

  /** To be called before the store is asked, once at a time; what it gives is to be called with the answer. */
  asking(nowMs: number): (request: JournalPageRequest, page: JournalPage) => void {
    // What was hinted at before then, the answer knows.
    this.#hinted = 0;
    return (request, page) => {
      const { first, last } = page;
      // A hint that came meanwhile may know of more than the answer does.
      this.#ends = { first, last: Math.max(last, this.#hinted) };
      this.#askedAt = nowMs;
      this.#learn(request, page);
    };
  }

  // Only what reaches the end, or continues what is known, is worth keeping: others read on from there.
  #learn(request: JournalPageRequest, { events, through, first, last }: JournalPage): void {
    if (request.after > last) return;
    const isNews = this.endsAt(request.after) || (through === last && !this.#knowsTheEnd(last));
    if (!isNews) return;
    if (isFiltered(request)) this.#recent.follow(through, [], through);
    // Events may be gone that stood between the place and the first one that is kept.
    else this.#recent.follow(Math.max(request.after, first - 1), events, through);
  }

  #knowsTheEnd(last: number): boolean {
    return this.#recent.last !== undefined && this.#recent.last >= last;
  }
}

function isFiltered({ from, to, types, requestId }: JournalPageRequest): boolean {
  return from !== undefined || to !== undefined || types !== undefined || requestId !== undefined;
}
