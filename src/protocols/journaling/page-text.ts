/**
 * A page of the journal and a frame of the live stream, as text. The events stand in them as they lie in the store.
 * Owns: both forms. Never: parses an event.
 */
import type { JournalEvent } from '#model/journal.ts';
import type { MunchkinId } from '#model/words.ts';
import { positionText } from './position.ts';

/** The body of a page with events: `{"events":[{"position","event"}],"_page":{"last","count"}}`. */
export function journalPageText(workspace: MunchkinId, events: readonly JournalEvent[]): string {
  const items = events.map(
    ({ ordinal, event }) => `{"position":${JSON.stringify(positionText(workspace, ordinal))},"event":${event}}`,
  );
  const last = JSON.stringify(positionText(workspace, events.at(-1)?.ordinal ?? 0));
  return `{"events":[${items.join(',')}],"_page":{"last":${last},"count":${events.length}}}`;
}

/** The body of 410. */
export function expiredText(workspace: MunchkinId, ordinal: number): string {
  return `Events at position ${positionText(workspace, ordinal)} have expired.`;
}

/**
 * An event of the live stream. It has no name of its own, so that the listener for `message`, which every client
 * has, hears them all; its kind stands in `type` of the event itself.
 */
export function eventFrame(workspace: MunchkinId, { ordinal, event }: JournalEvent): string {
  // JSON text holds no line breaks outside of strings but between its members, where a space says the same.
  return `id: ${positionText(workspace, ordinal)}\ndata: ${event.replaceAll(/[\r\n]+/gu, ' ')}\n\n`;
}

/** Tells a reader its place without an event: at the beginning, and while nothing comes. */
export function placeFrame(workspace: MunchkinId, ordinal: number, retryMs?: number): string {
  const retry = retryMs === undefined ? '' : `retry: ${retryMs}\n`;
  return `: alive\n${retry}id: ${positionText(workspace, ordinal)}\n\n`;
}

/** The last frame for a reader that stayed so far behind that events which it has not seen are gone. */
export function expiredFrame(workspace: MunchkinId, ordinal: number): string {
  return `event: expired\ndata: ${JSON.stringify({ message: expiredText(workspace, ordinal) })}\n\n`;
}
