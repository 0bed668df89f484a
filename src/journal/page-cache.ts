/**
 * Pages of journals that were read from stores and cannot change any more, for others who come to the same place.
 * Owns: the bound on their bytes; those that were not asked for longest go first (law 6). Never: reads a store.
 */
import type { JournalPage } from '#ports/store-reader.ts';

export class PageCache {
  readonly #maxBytes: number;
  readonly #pages = new Map<string, { readonly page: JournalPage; readonly bytes: number }>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): JournalPage | undefined {
    const kept = this.#pages.get(key);
    if (kept === undefined) return undefined;
    this.#pages.delete(key);
    this.#pages.set(key, kept);
    return kept.page;
  }

  put(key: string, page: JournalPage): void {
    this.#remove(key);
    const bytes = page.events.reduce((sum, { event }) => sum + event.length, key.length);
    this.#pages.set(key, { page, bytes });
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
