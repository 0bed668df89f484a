/**
 * Webhooks: who is sent the journal's events, and how that went (docs/specs/webhooks.md).
 * Owns: the shapes that rooms and engines share. Never: sends anything.
 */
import type { JournalType } from '#model/journal.ts';
import type { MunchkinId } from '#model/words.ts';

/** A webhook as an operator has defined it. */
export interface Webhook {
  /** UUID. */
  readonly id: string;
  readonly workspace: MunchkinId;
  /** `https:` or `http:`, without credentials. */
  readonly url: string;
  readonly name?: string;
  /** Absent: all types. */
  readonly types?: readonly JournalType[];
  /** `single`: a JSON object per request. `batch`: an array of at most 20 events and 2 MB. */
  readonly delivery: 'single' | 'batch';
  /** False: the operator has switched it off. Events of that time are not sent later. */
  readonly enabled: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/**
 * `unverified`: has not answered the challenge yet, and is sent nothing. `unstable`: more than 80 % of at least 10
 * deliveries failed within 30 minutes. `disabled`: the same within 24 hours, or its challenge was not answered.
 */
export type WebhookState = 'unverified' | 'active' | 'unstable' | 'disabled';

/** Events of a webhook that are sent together, and sent again together. */
export interface Delivery {
  /** UUID; the same at each try. */
  readonly id: string;
  readonly webhookId: string;
  /** Ordinals in the journal of the events that it carries, rising. Empty for a test or a challenge. */
  readonly ordinals: readonly number[];
  /** How often it was tried. */
  readonly attempts: number;
  /** Milliseconds since 1970: of the first try. */
  readonly firstTriedAt: number;
  /** Milliseconds since 1970: of the next try. Absent once it has ended. */
  readonly nextAttemptAt?: number;
  /** `dropped`: it is not tried again, and has not succeeded. */
  readonly state: 'pending' | 'delivered' | 'dropped';
}

/** One try of a delivery: what was sent, and what came back. Texts are cut at 2 KB, which the trace says. */
export interface DeliveryTrace {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly kind: 'events' | 'test' | 'challenge';
  /** From 1. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly durationMs: number;
  readonly succeeded: boolean;
  readonly request: TracedMessage & { readonly method: 'GET' | 'POST'; readonly url: string };
  /** Absent when none came. */
  readonly response?: TracedMessage & { readonly status: number };
  /** Why there was no answer, fit for the operator: `timeout after 10 s`, `connection refused`, `address refused`. */
  readonly fault?: string;
}

interface TracedMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bodyIsCut: boolean;
}
