/**
 * Events of the journal → the bytes of a delivery, as Adobe I/O Events sends them.
 * Owns: how many events go together. Never: changes an event's text, so that all webhooks share it.
 */
import type { JournalEvent } from '#model/journal.ts';
import type { Webhook } from '#model/webhook.ts';

export const MAX_BATCH_EVENTS = 20;
const MAX_BATCH_BYTES = 2 * 1024 * 1024;

/** What a batch's text has besides its events: brackets, and commas between them. */
const FRAME_BYTES = MAX_BATCH_EVENTS + 1;

/** Bytes of events that fit together in a batch. */
export const BATCH_EVENT_BYTES: number = MAX_BATCH_BYTES - FRAME_BYTES;

type EventText = Pick<JournalEvent, 'event'>;

/** As many of the first events as make one delivery: one at least. */
export function firstDelivery<Event extends EventText>(events: readonly Event[], form: Webhook['delivery']): Event[] {
  if (form === 'single') return events.slice(0, 1);
  const taken: Event[] = [];
  let bytes = 0;
  for (const event of events.slice(0, MAX_BATCH_EVENTS)) {
    bytes += Buffer.byteLength(event.event);
    if (taken.length > 0 && bytes > BATCH_EVENT_BYTES) break;
    taken.push(event);
  }
  return taken;
}

/** `single`: the event's own text. `batch`: an array, of one event too. */
export function bodyOf(events: readonly EventText[], form: Webhook['delivery']): Buffer {
  const texts = events.map(({ event }) => event).join(',');
  return Buffer.from(form === 'single' ? texts : `[${texts}]`);
}
