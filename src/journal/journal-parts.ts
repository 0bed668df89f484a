import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { OwnFeed } from './feed.ts';
import type { LiveReaders } from './live-readers.ts';
import type { Tickets } from './tickets.ts';

/** What the routes of the journal work with. */
export interface JournalParts {
  readonly feed: Pick<OwnFeed, 'read' | 'end'>;
  readonly readers: Pick<LiveReaders, 'admit' | 'refuseWhenStopping' | 'open'>;
  readonly tickets: Tickets;
  readonly clock: Clock;
  /** What stands before the paths that readers are led to; empty where paths alone lead there. */
  readonly linkBase: string;
  /** A stream has been opened: its head is written, so many seconds after the request came. */
  readonly onOpened: (seconds: number) => void;
  readonly workspaceExists: (workspace: MunchkinId) => boolean;
}
