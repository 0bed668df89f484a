/**
 * What a webhook reads of the journal.
 * Owns: the size of a reading (law 6). Never: follows the journal; a worker does.
 */
import type { JournalEvent } from '#model/journal.ts';
import type { Webhook } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';
import type { JournalFeed } from '#ports/journal-feed.ts';
import type { JournalPage } from '#ports/store-reader.ts';
import { BATCH_EVENT_BYTES, MAX_BATCH_EVENTS } from '#protocols/webhooks/event-batch.ts';

type Reading = Pick<JournalFeed, 'read'>;

/** Ordinal of the last event that was written. Rejects as the feed does. */
export async function journalEnd(feed: Reading, workspace: MunchkinId): Promise<number> {
  const { last } = await feed.read(workspace, { after: Number.MAX_SAFE_INTEGER, limit: 1, maxBytes: 1 });
  return last;
}

/** Events for the webhook behind its cursor, as many as one delivery may carry. */
export function readBehind(feed: Reading, webhook: Webhook, cursor: number): Promise<JournalPage> {
  const { workspace, types, delivery } = webhook;
  return feed.read(workspace, {
    after: cursor,
    ...(types !== undefined && { types }),
    limit: delivery === 'single' ? 1 : MAX_BATCH_EVENTS,
    maxBytes: BATCH_EVENT_BYTES,
  });
}

/** The events of these ordinals, rising, without those that the journal has forgotten. */
export async function readAgain(
  feed: Reading,
  workspace: MunchkinId,
  ordinals: readonly number[],
): Promise<readonly JournalEvent[]> {
  const wanted = new Set(ordinals);
  const last = ordinals.at(-1) ?? 0;
  const found: JournalEvent[] = [];
  for (let next = ordinals[0]; next !== undefined;) {
    const after = next - 1;
    // What lies between them is not for this webhook: no reading passes over a gap.
    const limit = runLength(wanted, next);
    const { events, through } = await feed.read(workspace, { after, limit, maxBytes: BATCH_EVENT_BYTES });
    found.push(...events.filter(({ ordinal }) => wanted.has(ordinal)));
    const reached = Math.max(through, next);
    next = reached >= last ? undefined : ordinals.find((ordinal) => ordinal > reached);
  }
  return found;
}

function runLength(wanted: ReadonlySet<number>, from: number): number {
  let length = 1;
  while (wanted.has(from + length)) length += 1;
  return length;
}
