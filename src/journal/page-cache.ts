/**
 * Pages of journals that were read from stores, for others who come to the same place. Nothing is added to such a page
 * any more; but its events may be forgotten, so that it does not live long.
 * Owns: the bound on their bytes; those that were not asked for longest go first (law 6). Never: reads a store.
 */
import type { JournalPage } from '#ports/store-reader.ts';

/** How long a page outlives events that the store forgets. */
const LIFETIME_MS = 60_000;

interface KeptPage {
  readonly page: JournalPage;
  readonly bytes: number;
  /** Monotonic. */
  readonly until: number;
}

export class PageCache {
  readonly #maxBytes: number;
  readonly #pages = new Map<string, KeptPage>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string, nowMs: number): JournalPage | undefined {
    const kept = this.#pages.get(key);
    if (kept === undefined) return undefined;
    if (kept.until <= nowMs) {
      this.#remove(key);
      return undefined;
    }
    this.#pages.delete(key);
    this.#pages.set(key, kept);
    return kept.page;
  }

  put(key: string, page: JournalPage, nowMs: number): void {
    this.#remove(key);
    const bytes = page.events.reduce((sum, { event }) => sum + event.length, key.length);
    this.#pages.set(key, { page, bytes, until: nowMs + LIFETIME_MS });
    this.#bytes += bytes;
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#pages.get(key)?.bytes ?? 0;
    this.#pages.delete(key);
  }
}
