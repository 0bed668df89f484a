/** What the routes of the journal need, over any reader: for tests that look at other things. */
import { createJournalFeed } from '#journal/feed.ts';
import type { JournalParts } from '#journal/journal-parts.ts';
import { LiveReaders } from '#journal/live-readers.ts';
import { Tickets } from '#journal/tickets.ts';
import { Pacer } from '#kit/pacer.ts';
import type { Clock } from '#ports/clock.ts';
import type { StoreReader } from '#ports/store-reader.ts';

export function journalParts(reader: Pick<StoreReader, 'journal'>, clock: Clock): JournalParts {
  const pacer = new Pacer({ clock, activeMs: () => 0 });
  const feed = createJournalFeed({ reader, clock, pacer });
  return {
    feed,
    readers: new LiveReaders({ feed, clock, pacer, onFault: () => undefined }),
    tickets: new Tickets(clock),
    clock,
    linkBase: '',
    onOpened: () => undefined,
    workspaceExists: () => true,
  };
}
