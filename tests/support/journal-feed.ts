/**
 * A journal feed over an array, for tests of those who follow a journal.
 * Owns: the events of one workspace, and those who listen. Never: reads a store.
 */
import { randomUUIDv7 } from 'node:crypto';
import type { JournalEvent, JournalType } from '#model/journal.ts';
import type { JournalFeed } from '#ports/journal-feed.ts';
import type { JournalPage, JournalPageRequest } from '#ports/store-reader.ts';
import type { MunchkinId } from '#model/words.ts';

export class ArrayFeed implements JournalFeed {
  readonly #listeners = new Set<() => void>();
  #events: readonly JournalEvent[] = [];
  #last = 0;
  /** Readings fail while it is set. */
  failure: Error | undefined;

  async read(_workspace: MunchkinId, page: JournalPageRequest): Promise<JournalPage> {
    if (this.failure !== undefined) throw this.failure;
    const { after, types, limit, maxBytes } = page;
    const found: JournalEvent[] = [];
    let bytes = 0;
    let through = Math.max(after, this.#last);
    for (const event of this.#events.filter(({ ordinal }) => ordinal > after)) {
      if (types !== undefined && !types.includes(event.type)) continue;
      bytes += Buffer.byteLength(event.event);
      if (found.length === limit || (found.length > 0 && bytes > maxBytes)) {
        through = event.ordinal - 1;
        break;
      }
      found.push(event);
    }
    return { events: found, through, first: this.#events[0]?.ordinal ?? 0, last: this.#last };
  }

  onGrowth(_workspace: MunchkinId, listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  /** Events of this type, each with `padding` characters in its data; returns their ids. */
  append(count: number, type: JournalType = 'results', padding = 0): readonly string[] {
    const made = Array.from({ length: count }, () => this.#make(type, padding));
    this.#events = [...this.#events, ...made];
    for (const listener of this.#listeners) listener();
    return made.map(({ id }) => id);
  }

  /** Retention: events below this ordinal are gone. */
  forgetBefore(ordinal: number): void {
    this.#events = this.#events.filter((event) => event.ordinal >= ordinal);
  }

  /** Retention by times that do not rise with the ordinals: it leaves a gap. */
  forget(ordinals: readonly number[]): void {
    this.#events = this.#events.filter((event) => !ordinals.includes(event.ordinal));
  }

  #make(type: JournalType, padding: number): JournalEvent {
    this.#last += 1;
    const id = randomUUIDv7();
    const event = JSON.stringify({ id, event_id: id, type, ordinal: this.#last, data: 'é'.repeat(padding) });
    return { id, type, time: this.#last, event, ordinal: this.#last };
  }
}
