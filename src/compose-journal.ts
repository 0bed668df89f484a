/**
 * Builds the room of the journal over what the gateway process has.
 * Owns: the pace of everything that is handed on to those who follow, and what the clerk hears. Never: opens an engine.
 */
import { performance } from 'node:perf_hooks';
import { SYSTEM_CLOCK } from '#engines/system/clock.ts';
import { TOPICS } from '#engines/process/store-server.ts';
import type { JournalGrowth } from '#engines/process/store-server.ts';
import type { Caller } from '#engines/process/rpc.ts';
import type { Gateway } from '#gateway/gateway.ts';
import { Activity } from '#journal/activity.ts';
import { Clerk } from '#journal/clerk.ts';
import { createJournalFeed } from '#journal/feed.ts';
import type { OwnFeed } from '#journal/feed.ts';
import { journalRoutes } from '#journal/journal-routes.ts';
import { LiveReaders } from '#journal/live-readers.ts';
import { Tickets } from '#journal/tickets.ts';
import { Pacer } from '#kit/pacer.ts';
import type { Applying } from '#ports/applying.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { GatewayEvents } from '#telemetry/events.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import type { FastifyPluginAsync } from 'fastify';

/** What is heard of journals before there is a feed: from the store process, and from the gateway. */
export interface JournalEars {
  /** To be called with each store process that is started. */
  readonly onStarted: (caller: Caller) => void;
  /** The gateway's events, which the clerk hears as well. */
  readonly heard: (events: GatewayEvents) => GatewayEvents;
  readonly activity: Activity;
  /** Set once there is one. */
  feed?: OwnFeed;
}

export function openJournalEars(): JournalEars {
  const activity = new Activity(SYSTEM_CLOCK);
  const ears: JournalEars = {
    activity,
    onStarted: (caller) => {
      caller.onTold(TOPICS.journal, (value) => {
        const { workspace, last } = value as JournalGrowth;
        ears.feed?.grown(workspace, last);
      });
      // What the process before it wrote last it may not have told.
      ears.feed?.doubt();
    },
    heard: (events) => ({
      ...events,
      entryAccepted: (event) => {
        activity.accepted(event);
        events.entryAccepted(event);
      },
      requestRefused: (event) => {
        activity.refused(event);
        events.requestRefused(event);
      },
    }),
  };
  return ears;
}

/** Ends readings, streams and the clerk when it is disposed of, so it goes before the store. */
export interface JournalRoom extends Disposable {
  readonly feed: OwnFeed;
  readonly pacer: Pacer;
  readonly routes: FastifyPluginAsync;
  /** Ends all live streams at once: a server that stops does not wait for those who listen. */
  readonly endStreams: () => void;
}

interface JournalComposition {
  readonly ears: JournalEars;
  readonly control: Pick<Control, 'definitions'>;
  readonly intake: IntakeReader;
  readonly store: StoreReader & Applying;
  readonly gateway: Pick<Gateway, 'remainingQuota'>;
  readonly events: Pick<GatewayEvents, 'internalFault' | 'requestAnswered'>;
  readonly metrics: Metrics;
  readonly linkBase: string;
}

export function composeJournal(parts: JournalComposition): JournalRoom {
  const { ears, control, intake, store, gateway, events, metrics, linkBase } = parts;
  const clock = SYSTEM_CLOCK;
  const pacer = new Pacer({ clock, activeMs: () => performance.eventLoopUtilization().active });
  const feed = createJournalFeed({ reader: store, clock, pacer });
  ears.feed = feed;
  const readers = new LiveReaders({
    feed,
    clock,
    pacer,
    onFault: (error, workspace) => events.internalFault(error, { where: 'journal.live', workspace }),
    onCount: (count) => metrics.set('inlet_live_readers', {}, count),
  });
  const clerk = new Clerk({
    intake,
    reader: store,
    applying: store,
    activity: ears.activity,
    workspaces: () => control.definitions().workspaces.keys(),
    remainingQuota: (workspace) => gateway.remainingQuota(workspace),
    clock,
    onFault: (error, workspace) => events.internalFault(error, { where: 'journal.clerk', workspace }),
  });
  clerk.start();
  const routes = journalRoutes({
    feed,
    readers,
    tickets: new Tickets(clock),
    clock,
    linkBase,
    onOpened: (seconds) => events.requestAnswered({ protocol: 'live', status: 200, seconds }),
    workspaceExists: (workspace) => control.definitions().workspaces.has(workspace),
  });
  return {
    feed,
    pacer,
    routes,
    endStreams: () => readers[Symbol.dispose](),
    [Symbol.dispose]: () => {
      clerk[Symbol.dispose]();
      readers[Symbol.dispose]();
      feed[Symbol.dispose]();
      pacer.stop();
    },
  };
}
