/**
 * The feed over a store in memory, and a clock that stands still.
 * Owns: what the store was asked for. Never: serves anybody.
 */
import { createMemoryStore } from '#engines/memory/store.ts';
import type { MemoryStore } from '#engines/memory/store.ts';
import { createJournalFeed } from '#journal/feed.ts';
import type { OwnFeed } from '#journal/feed.ts';
import type { MunchkinId } from '#model/words.ts';
import type { JournalPageRequest, StoreReader } from '#ports/store-reader.ts';
import { journalEvents } from './journal-world.ts';
import { TestClock } from './test-clock.ts';

export const WORKSPACE: MunchkinId = '123-ABC-456' as MunchkinId;
/** All that there is in one page. */
export const ALL = { limit: 1_000, maxBytes: 10_000_000 } as const;

export interface FeedWorld extends Disposable {
  readonly feed: OwnFeed;
  readonly store: MemoryStore;
  readonly clock: TestClock;
  readonly asked: JournalPageRequest[];
  /** Events of that time, in milliseconds since 1970. Gives the last ordinal. */
  append(count: number, isTold?: boolean, time?: number): Promise<number>;
  /** What the store does at a command of retention: the stretch of events before that time is gone. */
  forget(before: number): Promise<void>;
}

export function openFeed(
  around: (reader: StoreReader) => Pick<StoreReader, 'journal'> = (reader) => reader,
): FeedWorld {
  const store = createMemoryStore();
  const clock = new TestClock();
  const asked: JournalPageRequest[] = [];
  const reader = around(store.reader());
  const counted: Pick<StoreReader, 'journal'> = {
    journal: (workspace, page) => {
      asked.push(page);
      return reader.journal(workspace, page);
    },
  };
  const feed = createJournalFeed({ reader: counted, clock, pacer: { rest: async () => undefined } });
  return {
    feed,
    store,
    clock,
    asked,
    async append(count, isTold = true, time = 0) {
      const events = journalEvents(count, { time });
      const last = await store.transaction(WORKSPACE, (transaction) => transaction.appendJournal(events));
      if (isTold) feed.grown(WORKSPACE, last);
      return last;
    },
    forget: (before) =>
      store.transaction(WORKSPACE, (transaction) =>
        transaction.retain({ before, maxBytes: Number.MAX_SAFE_INTEGER, now: clock.now() }),
      ),
    [Symbol.dispose]: () => feed[Symbol.dispose](),
  };
}
