/**
 * What a reader of the journal asks for: where to begin, which events, how many.
 * Owns: the parameters of the journaling API and of the live stream. Never: reads the journal.
 */
import { JOURNAL_TYPES } from '#model/journal.ts';
import type { JournalType } from '#model/journal.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import { invalidInput } from '#protocols/api/problems.ts';
import { zonedTimeMs } from '#protocols/api/zoned-time.ts';
import { TYPE_PREFIX } from './cloud-event.ts';
import { durationMs } from './duration.ts';
import { readPosition } from './position.ts';

/** Query parameters as they came. */
export interface JournalParameters {
  readonly since?: string;
  readonly latest?: string;
  readonly seek?: string;
  readonly limit?: number;
  readonly from?: string;
  readonly to?: string;
  readonly type?: string | readonly string[];
  readonly requestId?: string;
}

/** Which events are wanted. */
export interface JournalFilter {
  /** Milliseconds since 1970; `from` inclusive, `to` exclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly types?: readonly JournalType[];
  readonly requestId?: RequestId;
}

/** `time`: with the first event from then on, in milliseconds since 1970. `ordinal`: with the event behind it. */
export type JournalStart =
  | { readonly at: 'oldest' }
  | { readonly at: 'end' }
  | { readonly at: 'time'; readonly time: number }
  | { readonly at: 'ordinal'; readonly ordinal: number };

export interface JournalQuery {
  readonly start: JournalStart;
  readonly filter: JournalFilter;
}

interface Reading {
  readonly workspace: MunchkinId;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Of the journaling API. Throws a `Problem` that says how to mend what cannot be understood. */
export function readJournalQuery(given: JournalParameters, reading: Reading): JournalQuery {
  return { start: startOf(given, reading), filter: readJournalFilter(given) };
}

// The client of Adobe sends `latest=false` when it is not asked to jump: only the literal true counts.
function startOf({ since, latest, seek }: JournalParameters, { workspace, now }: Reading): JournalStart {
  const isLatest = latest === 'true';
  if (seek !== undefined && since !== undefined) throw invalidInput('?seek', 'is not given together with since');
  if (isLatest && since !== undefined) throw invalidInput('?latest', 'is not given together with since');
  if (isLatest && seek !== undefined) throw invalidInput('?latest', 'is not given together with seek');
  if (isLatest) return { at: 'end' };
  if (seek !== undefined) return { at: 'time', time: now + seekMs(seek) };
  if (since !== undefined) return { at: 'ordinal', ordinal: readPosition(since, workspace, '?since') };
  return { at: 'oldest' };
}

function seekMs(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && ms < 0) return ms;
  throw invalidInput('?seek', 'must be a negative ISO 8601 duration of weeks, days or less, such as -PT2H or -P1D');
}

/** `since` of the live stream for the oldest event that is kept. */
const OLDEST = 'oldest';

/** Of the live stream: `Last-Event-ID` goes before `since`; without either it begins with what comes next. */
export function readLiveQuery(
  given: JournalParameters,
  lastEventId: string | undefined,
  workspace: MunchkinId,
): JournalQuery {
  return { start: liveStart(given, lastEventId, workspace), filter: readJournalFilter(given) };
}

function liveStart(
  { since, from }: JournalParameters,
  lastEventId: string | undefined,
  workspace: MunchkinId,
): JournalStart {
  if (lastEventId) return { at: 'ordinal', ordinal: readPosition(lastEventId, workspace, 'Last-Event-ID') };
  if (since === OLDEST) return { at: 'oldest' };
  if (since !== undefined) return { at: 'ordinal', ordinal: readPosition(since, workspace, '?since') };
  return from === undefined ? { at: 'end' } : { at: 'oldest' };
}

/** Throws a `Problem` that says how to mend what cannot be understood. */
function readJournalFilter({ from, to, type, requestId }: JournalParameters): JournalFilter {
  return {
    ...(from !== undefined && { from: zonedTimeMs(from, '?from') }),
    ...(to !== undefined && { to: zonedTimeMs(to, '?to') }),
    ...(type !== undefined && { types: typesOf(type) }),
    ...(requestId !== undefined && { requestId: requestIdOf(requestId) }),
  };
}

function typesOf(given: string | readonly string[]): readonly JournalType[] {
  const named = (typeof given === 'string' ? [given] : given).map((name) =>
    name.startsWith(TYPE_PREFIX) ? name.slice(TYPE_PREFIX.length) : name,
  );
  const types = JOURNAL_TYPES.filter((type) => named.includes(type));
  if (types.length > 0 && named.every((name) => JOURNAL_TYPES.includes(name as JournalType))) return types;
  throw invalidInput('?type', `must be one of ${JOURNAL_TYPES.join(', ')}, or their full names; it may be repeated`);
}

function requestIdOf(text: string): RequestId {
  const id = text.toLowerCase();
  if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u.test(id)) return id as RequestId;
  throw invalidInput('?requestId', 'must be the X-Request-Id of an accepted request');
}
