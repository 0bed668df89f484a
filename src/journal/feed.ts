/**
 * The journal for all who follow it: what was written lately out of shared memory, the rest out of the store.
 *
 *   hint ──► listeners ──► read ──► memory ──┬──► page
 *                            │               │
 *                            └──► one reading at a time of each store, shared by all who want the same
 *
 * Owns: that memory and its bounds, and the pace of readings. Never: changes a journal, or waits for a reader.
 */
import type { Pacer } from '#kit/pacer.ts';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { OneAtATime } from '#kit/one-at-a-time.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { JournalFeed } from '#ports/journal-feed.ts';
import type { JournalPage, JournalPageRequest, StoreReader } from '#ports/store-reader.ts';
import { JournalMemory } from './journal-memory.ts';
import { Listeners } from './listeners.ts';
import { PageCache } from './page-cache.ts';

export interface FeedParts {
  readonly reader: Pick<StoreReader, 'journal'>;
  readonly clock: Clock;
  /** Readings of stores rest as its share demands. */
  readonly pacer: Pick<Pacer, 'rest'>;
}

export interface OwnFeed extends JournalFeed, Disposable {
  /** As `read`, when it takes no reading of the store. */
  peek(workspace: MunchkinId, page: JournalPageRequest): JournalPage | undefined;
  /** Ordinal of the last event of the journal; 0 while it is empty. Rejects as `read`. */
  end(workspace: MunchkinId): Promise<number>;
  /** The hint that the journal has grown up to `last`. */
  grown(workspace: MunchkinId, last: number): void;
  /** Hints may have been lost. */
  doubt(): void;
}

/** Journals that are remembered at once, and characters of the events of one (law 6). */
const MAX_JOURNALS = 64;
const MAX_JOURNAL_BYTES = 2 * 1024 * 1024;
/** Of all remembered journals together. */
const MAX_MEMORY_BYTES = 16 * 1024 * 1024;
const MAX_CACHED_BYTES = 8 * 1024 * 1024;

/** What continues the memory is read in steps of this size. */
const STEP = { limit: 1_000, maxBytes: 1024 * 1024 };

/** Those who listen are called at times without a hint, a few journals in turn, so that not every store is opened. */
const LOOK_INTERVAL_MS = 10_000;
const LOOKED_AT_ONCE = 4;

/** A reading is done by the store's process for the greater part. */
const READING_WEIGHT = 0.25;

export function createJournalFeed(parts: FeedParts): OwnFeed {
  return new Feed(parts);
}

interface Journal {
  readonly memory: JournalMemory;
  readonly inTurn: OneAtATime;
  readonly underWay: Map<string, Promise<JournalPage>>;
}

class Feed implements OwnFeed {
  readonly #parts: FeedParts;
  /** Those that were not asked for longest first. */
  readonly #journals = new Map<MunchkinId, Journal>();
  readonly #cache = new PageCache(MAX_CACHED_BYTES);
  readonly #listeners = new Listeners();
  readonly #stop = new AbortController();

  constructor(parts: FeedParts) {
    this.#parts = parts;
    void this.#look();
  }

  peek(workspace: MunchkinId, page: JournalPageRequest): JournalPage | undefined {
    const now = this.#parts.clock.monotonic();
    const known = this.#journals.get(workspace)?.memory.peek(page, now);
    return known ?? this.#cache.get(keyOf(workspace, page), now);
  }

  async read(workspace: MunchkinId, page: JournalPageRequest): Promise<JournalPage> {
    for (;;) {
      const known = this.peek(workspace, page);
      if (known !== undefined) return known;
      const journal = this.#journalOf(workspace);
      if (!journal.memory.endsAt(page.after)) return this.#ask(workspace, page);
      // All who stand at the end of what is known want the same: what comes behind it, whatever they leave out of it.
      const step = await this.#ask(workspace, { after: page.after, ...STEP });
      // A hint that came meanwhile says that there is more behind it.
      if (step.through === page.after) return { ...step, last: Math.max(step.last, journal.memory.last) };
    }
  }

  async end(workspace: MunchkinId): Promise<number> {
    const known = this.#journals.get(workspace)?.memory.end(this.#parts.clock.monotonic());
    if (known !== undefined) return known;
    const { last } = await this.#ask(workspace, { after: Number.MAX_SAFE_INTEGER, limit: 1, maxBytes: 1 });
    this.#journalOf(workspace).memory.beginAt(last);
    return last;
  }

  onGrowth(workspace: MunchkinId, listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(workspace, listener, signal);
  }

  grown(workspace: MunchkinId, last: number): void {
    this.#journals.get(workspace)?.memory.hint(last);
    this.#listeners.call(workspace);
  }

  doubt(): void {
    for (const { memory } of this.#journals.values()) memory.doubt();
    for (const workspace of this.#listeners.workspaces()) this.#listeners.call(workspace);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  #ask(workspace: MunchkinId, page: JournalPageRequest): Promise<JournalPage> {
    const { underWay, inTurn } = this.#journalOf(workspace);
    const key = keyOf(workspace, page);
    const same = underWay.get(key);
    if (same !== undefined) return same;
    const asked = inTurn(() => this.#readStore(workspace, page, key)).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  }

  async #readStore(workspace: MunchkinId, request: JournalPageRequest, key: string): Promise<JournalPage> {
    const known = this.peek(workspace, request);
    if (known !== undefined) return known;
    const { clock, reader, pacer } = this.#parts;
    const journal = this.#journalOf(workspace);
    const isStep = journal.memory.endsAt(request.after);
    const begun = clock.monotonic();
    const learn = journal.memory.asking(begun);
    const page = await reader.journal(workspace, request);
    learn(request, page);
    this.#forgetTooMuch();
    if (!isStep && page.through < page.last) this.#cache.put(key, page, begun);
    // Whoever reads next waits; this reader does not.
    void journal.inTurn(() => pacer.rest((clock.monotonic() - begun) * READING_WEIGHT));
    return page;
  }

  #journalOf(workspace: MunchkinId): Journal {
    const known = this.#journals.get(workspace);
    if (known !== undefined) {
      this.#journals.delete(workspace);
      this.#journals.set(workspace, known);
      return known;
    }
    const begun = { memory: new JournalMemory(MAX_JOURNAL_BYTES), inTurn: oneAtATime(), underWay: new Map() };
    this.#journals.set(workspace, begun);
    return begun;
  }

  // One that is being read stays until it has been: its readings would not know of each other.
  #forgetTooMuch(): void {
    let bytes = 0;
    for (const { memory } of this.#journals.values()) bytes += memory.bytes;
    for (const [workspace, { memory, underWay }] of this.#journals) {
      if (this.#journals.size <= MAX_JOURNALS && bytes <= MAX_MEMORY_BYTES) return;
      if (underWay.size > 0) continue;
      bytes -= memory.bytes;
      this.#journals.delete(workspace);
    }
  }

  async #look(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#parts.clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      for (const workspace of this.#listeners.next(LOOKED_AT_ONCE)) {
        this.#journals.get(workspace)?.memory.doubt();
        this.#listeners.call(workspace);
      }
    }
  }
}

function keyOf(workspace: MunchkinId, page: JournalPageRequest): string {
  const { after, limit, maxBytes, from, to, types, requestId } = page;
  return JSON.stringify([workspace, after, limit, maxBytes, from, to, types, requestId]);
}
