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
  #hints = 0;

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
    if (this.#recent.covers(request.after)) return this.#recent.page(request, this.#ends);
    const isAtEnd = this.end(nowMs) === request.after;
    return isAtEnd ? { events: [], through: request.after, ...this.#ends } : undefined;
  }

  /** Whether what is known ends exactly here, so that the events behind belong to it. */
  endsAt(after: number): boolean {
    return this.#recent.last === after;
  }

  /** The journal has grown up to this ordinal at least. */
  hint(last: number): void {
    this.#hints += 1;
    if (this.#ends !== undefined && last > this.#ends.last) this.#ends = { first: this.#ends.first, last };
  }

  /** A hint may have been lost. */
  doubt(): void {
    this.#askedAt = -Infinity;
  }

  /** To be called before the store is asked; what it gives is to be called with the answer. */
  asking(nowMs: number): (request: JournalPageRequest, page: JournalPage) => void {
    const hints = this.#hints;
    return (request, page) => {
      const { first, last } = page;
      // A hint that came meanwhile may know of more than the answer does.
      const isNewest = hints === this.#hints;
      this.#ends = { first, last: isNewest ? last : Math.max(last, this.#ends?.last ?? 0) };
      this.#askedAt = nowMs;
      this.#learn(request, page);
    };
  }

  // Only what reaches the end, or continues what is known, is worth keeping: others read on from there.
  #learn(request: JournalPageRequest, { events, through, last }: JournalPage): void {
    if (isFiltered(request)) {
      if (through === last && !this.#knowsTheEnd(last)) this.#recent.follow(last, [], last);
    } else if (this.endsAt(request.after) || (through === last && !this.#knowsTheEnd(last))) {
      // Behind the end of the journal there is nothing to know.
      if (request.after <= last) this.#recent.follow(request.after, events, through);
    }
  }

  #knowsTheEnd(last: number): boolean {
    return this.#recent.last !== undefined && this.#recent.last >= last;
  }
}

export function isFiltered({ from, to, types, requestId }: JournalPageRequest): boolean {
  return from !== undefined || to !== undefined || types !== undefined || requestId !== undefined;
}
