/**
 * An entry: one accepted request as it lies in the intake log.
 * Owns: the envelope's shape, which is a disk format. Never: parses a body.
 */
import type { Lane, MunchkinId, Position, RequestId } from '#model/words.ts';

/** What was known of a request besides its bytes. Stored as JSON beside the body; members are only ever added. */
export type Envelope = EventEnvelope | PersonsEnvelope | CustomObjectsEnvelope;

interface CommonEnvelope {
  /** OAuth client id, or the id of the write key. */
  readonly clientId: string;
  readonly correlationId?: string;
  readonly requestSource?: string;
  /** W3C trace context of the sender, carried to the applier's spans. */
  readonly traceparent?: string;
}

export interface EventEnvelope extends CommonEnvelope {
  readonly kind: 'event';
  readonly database: string;
  readonly table: string;
  /** `json`: an object, or an array of objects. `form`: `application/x-www-form-urlencoded`. */
  readonly format: 'json' | 'form';
  /** Fills the placeholder `td_ip`. */
  readonly ip?: string;
  /** Fills the placeholders `td_ua`, `td_browser` … */
  readonly userAgent?: string;
}

export interface PersonsEnvelope extends CommonEnvelope {
  readonly kind: 'person';
}

export interface CustomObjectsEnvelope extends CommonEnvelope {
  readonly kind: 'customObject';
  /** In its declared spelling. */
  readonly apiName: string;
}

/** An entry on its way into the log. */
export interface NewEntry {
  readonly workspace: MunchkinId;
  readonly lane: Lane;
  readonly requestId: RequestId;
  /** Milliseconds since 1970, by the gateway's clock. */
  readonly acceptedAt: number;
  /** How many objects or events the body holds. */
  readonly objects: number;
  readonly envelope: Envelope;
  /** As sent, inflated, valid UTF-8. */
  readonly body: Uint8Array;
}

export interface Entry extends NewEntry {
  readonly position: Position;
}
