/**
 * Headers of a delivery, as Adobe I/O Events sends them.
 * Owns: their names. Never: signs anything.
 */
import type { JournalEvent } from '#model/journal.ts';
import type { Delivery } from '#model/webhook.ts';
import { TYPE_PREFIX } from '#protocols/journaling/cloud-event.ts';

/** A signature of the raw body, by one of the server's keys. */
export interface Signature {
  /** RSA-SHA256, base64. */
  readonly signature: string;
  /** Of the key's public half, below the server's address. */
  readonly path: string;
}

export type Signatures = readonly [Signature, Signature];

/** Where public keys are. */
export const KEY_PATH = '/webhook-keys/';

/** What the recorded header tells of the events' origin. */
const PROVIDER = 'marketo_observability_data_stream';

/** The type of the event that a test sends; no event of the journal has it. */
export const TEST_CODE = 'inlet.webhook.test';

export const CHALLENGE_CODE = 'challenge';

interface Sent {
  /** Of a batch the delivery's own id: it is the same at each try, as an event's is. */
  readonly eventId: string;
  readonly code: string;
  readonly deliveryId: string;
  /** Tries that have failed. */
  readonly attempts: number;
  readonly signatures: Signatures;
  readonly userAgent: string;
}

export function deliveryHeaders(sent: Sent): Record<string, string> {
  const [first, second] = sent.signatures;
  return {
    'content-type': 'application/json',
    'user-agent': sent.userAgent,
    'x-adobe-event-id': sent.eventId,
    'x-adobe-event-code': sent.code,
    'x-adobe-provider': PROVIDER,
    'x-adobe-delivery-id': sent.deliveryId,
    'x-adobe-digital-signature-1': first.signature,
    'x-adobe-digital-signature-2': second.signature,
    'x-adobe-public-key1-path': first.path,
    'x-adobe-public-key2-path': second.path,
    ...(sent.attempts > 0 && { 'x-adobe-retry-count': String(sent.attempts) }),
  };
}

/** What the headers tell of the events of a delivery. */
export function eventsNamed(
  { id, form }: Pick<Delivery, 'id' | 'form'>,
  events: readonly Pick<JournalEvent, 'id' | 'type'>[],
): Pick<Sent, 'eventId' | 'code'> {
  const types = new Set(events.map(({ type }) => TYPE_PREFIX + type));
  const [only] = events;
  return { eventId: form === 'single' && only !== undefined ? only.id : id, code: [...types].join(',') };
}
