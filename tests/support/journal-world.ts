/**
 * The journal's room over a store in memory, behind the HTTP API on a real port.
 * Owns: a journal that grows as tests say. Never: applies an entry.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUIDv7 } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { createMemoryControl } from '#engines/memory/control.ts';
import { createMemoryStore } from '#engines/memory/store.ts';
import type { MemoryStore } from '#engines/memory/store.ts';
import { SYSTEM_CLOCK } from '#engines/system/clock.ts';
import { createJournalFeed } from '#journal/feed.ts';
import type { OwnFeed } from '#journal/feed.ts';
import { journalRoutes } from '#journal/journal-routes.ts';
import { LiveReaders } from '#journal/live-readers.ts';
import { Tickets } from '#journal/tickets.ts';
import { Pacer } from '#kit/pacer.ts';
import type { JournalType, NewJournalEvent } from '#model/journal.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { JournalPage, StoreReader } from '#ports/store-reader.ts';
import { openTestApi } from './http-api.ts';
import type { TestApi } from './http-api.ts';

export interface JournalWorld extends AsyncDisposable {
  readonly api: TestApi;
  /** Without a slash at its end. */
  readonly url: string;
  readonly workspace: MunchkinId;
  readonly store: MemoryStore;
  readonly feed: OwnFeed;
  readonly readers: LiveReaders;
  /** How often the store was asked for a page. */
  readonly readings: () => number;
  /** Faults that live readers met. */
  readonly faults: unknown[];
  /** Appends events, and tells the feed unless that is to be lost. Gives the last ordinal. */
  append(events: readonly NewJournalEvent[], isTold?: boolean): Promise<number>;
}

export interface JournalSetup {
  readonly clock?: Clock;
  /** Puts something between the feed and the store. */
  readonly aroundReader?: (reader: Pick<StoreReader, 'journal'>) => Pick<StoreReader, 'journal'>;
  /** Puts something between the feed and those who follow it: a fault, to see it found. */
  readonly aroundPage?: (page: JournalPage) => JournalPage;
}

export async function openJournalWorld(setup: JournalSetup = {}): Promise<JournalWorld> {
  const { clock = SYSTEM_CLOCK } = setup;
  const engines = { control: createMemoryControl(), store: createMemoryStore() };
  let readings = 0;
  const reader = setup.aroundReader?.(engines.store.reader()) ?? engines.store.reader();
  const counted: Pick<StoreReader, 'journal'> = {
    journal: (...call) => {
      readings += 1;
      return reader.journal(...call);
    },
  };
  const pacer = new Pacer({ clock: SYSTEM_CLOCK, activeMs: () => performance.eventLoopUtilization().active });
  const own = createJournalFeed({ reader: counted, clock, pacer });
  const feed = withFault(own, setup.aroundPage);
  const faults: unknown[] = [];
  const readers = new LiveReaders({ feed, clock, pacer, onFault: (error) => faults.push(error) });
  const room = journalRoutes({
    feed,
    readers,
    tickets: new Tickets(clock),
    linkBase: '',
    clock,
    onOpened: () => undefined,
    workspaceExists: (workspace) => engines.control.definitions().workspaces.has(workspace),
  });
  const api = await openTestApi({ engines, http: { routes: [room] } });
  const server = createServer((request, response) => api.app.routing(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const workspace = api.owner.munchkinId as MunchkinId;
  return {
    api,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    workspace,
    store: engines.store,
    feed,
    readers,
    readings: () => readings,
    faults,
    async append(events, isTold = true) {
      const last = await engines.store.transaction(workspace, (transaction) => transaction.appendJournal(events));
      if (isTold) feed.grown(workspace, last);
      return last;
    },
    async [Symbol.asyncDispose]() {
      readers[Symbol.dispose]();
      own[Symbol.dispose]();
      pacer.stop();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await api[Symbol.asyncDispose]();
    },
  };
}

function withFault(feed: OwnFeed, aroundPage: JournalSetup['aroundPage']): OwnFeed {
  if (aroundPage === undefined) return feed;
  return {
    peek: (...call) => {
      const page = feed.peek(...call);
      return page === undefined ? undefined : aroundPage(page);
    },
    read: async (...call) => aroundPage(await feed.read(...call)),
    end: (workspace) => feed.end(workspace),
    onGrowth: (...call) => feed.onGrowth(...call),
    grown: (...call) => feed.grown(...call),
    doubt: () => feed.doubt(),
    [Symbol.dispose]: () => feed[Symbol.dispose](),
  };
}

export interface EventSetup {
  readonly type?: JournalType;
  readonly time?: number;
  readonly requestIds?: readonly RequestId[];
  /** Makes it longer. */
  readonly padding?: number;
}

/** An event as the applier writes it, as far as readers look at it. */
export function journalEvent({
  type = 'results',
  time = 0,
  requestIds = [],
  padding = 0,
}: EventSetup): NewJournalEvent {
  const id = randomUUIDv7();
  const event = JSON.stringify({
    id,
    type: `com.adobe.platform.marketo.observability.${type}`,
    data: { requests: requestIds.map((requestId) => ({ requestId })), padding: 'x'.repeat(padding) },
  });
  return { id, type, time, event, requestIds };
}

export function journalEvents(count: number, setup: EventSetup = {}): readonly NewJournalEvent[] {
  return Array.from({ length: count }, () => journalEvent(setup));
}
