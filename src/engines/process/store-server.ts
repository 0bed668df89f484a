/**
 * The store process's end of the channel: offers its reader and its applier to the gateway process.
 * Owns: the names of the calls. Never: decides anything.
 */
import type { FailureRef } from '#model/fates.ts';
import type { JournalNote } from '#model/journal.ts';
import type { Lane, MunchkinId, Position, RequestId } from '#model/words.ts';
import type { Checkpoint } from '#ports/store.ts';
import type { Applying } from '#ports/applying.ts';
import type {
  EventPageRequest,
  FailureFilter,
  FateFilter,
  JournalPageRequest,
  ObjectPageRequest,
  RequestFilter,
  SqlQuery,
  StoreReader,
  WaitingFilter,
} from '#ports/store-reader.ts';
import { serveCalls } from './rpc.ts';
import type { Channel, Handler } from './rpc.ts';

/** How far a workspace has been applied, told to the gateway so that it knows the backlog without asking. */
export interface Progress {
  readonly workspace: MunchkinId;
  readonly checkpoint: Checkpoint;
}

/** A workspace's journal has grown up to the event with this ordinal, told so that nobody has to ask for it. */
export interface JournalGrowth {
  readonly workspace: MunchkinId;
  readonly last: number;
}

/** The topics that the two processes tell each other. */
export const TOPICS = {
  start: 'start',
  ready: 'ready',
  wake: 'wake',
  progress: 'progress',
  journal: 'journal',
} as const;

export function serveStore(channel: Channel, reader: StoreReader, applying: Applying): void {
  serveCalls(channel, storeCalls(reader, applying));
  channel.onMessage((message) => {
    if ('tell' in message && message.tell === TOPICS.wake) applying.wake(message.value as MunchkinId);
  });
}

function storeCalls(reader: StoreReader, applying: Applying): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    ['sql', ([workspace, query], signal) => reader.sql(workspace as MunchkinId, query as SqlQuery, signal)],
    ['request', ([workspace, id]) => reader.request(workspace as MunchkinId, id as RequestId)],
    ['requests', ([workspace, filter]) => reader.requests(workspace as MunchkinId, filter as RequestFilter)],
    ['results', ([workspace, id]) => reader.results(workspace as MunchkinId, id as RequestId)],
    ['waiting', ([workspace, filter]) => reader.waiting(workspace as MunchkinId, filter as WaitingFilter)],
    ['objects', ([workspace, page]) => reader.objects(workspace as MunchkinId, page as ObjectPageRequest)],
    ['failures', ([workspace, filter]) => reader.failures(workspace as MunchkinId, filter as FailureFilter)],
    ['fates', ([workspace, filter]) => reader.fates(workspace as MunchkinId, filter as FateFilter)],
    ['journal', ([workspace, page]) => reader.journal(workspace as MunchkinId, page as JournalPageRequest)],
    ['retainedFrom', ([workspace]) => reader.retainedFrom(workspace as MunchkinId)],
    ['eventTables', ([workspace]) => reader.eventTables(workspace as MunchkinId)],
    ['events', ([workspace, page]) => reader.events(workspace as MunchkinId, page as EventPageRequest)],
    ['checkpoint', ([workspace]) => reader.checkpoint(workspace as MunchkinId)],
    ['totals', ([workspace]) => reader.totals(workspace as MunchkinId)],
    [
      'decided',
      ([workspace, lane, position], signal) =>
        applying.decided(workspace as MunchkinId, lane as Lane, position as Position, signal),
    ],
    [
      'rehearseReplay',
      ([workspace, refs], signal) =>
        applying.rehearseReplay(workspace as MunchkinId, refs as readonly FailureRef[], signal),
    ],
    ['note', ([workspace, note]) => applying.note(workspace as MunchkinId, note as JournalNote)],
    ['status', () => applying.status()],
  ]);
}
