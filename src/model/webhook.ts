/**
 * Webhooks: who is sent the journal's events, and how that went (docs/specs/webhook-delivery.md).
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
 * tries failed within 30 minutes. `disabled`: the same within 24 hours and for so long, or its challenge was not
 * answered; it is sent nothing until an operator enables it.
 */
export type WebhookState = 'unverified' | 'active' | 'unstable' | 'disabled';

/** Events of a webhook that are sent together, and sent again together. */
export interface Delivery {
  /** UUID; the same at each try. */
  readonly id: string;
  readonly webhookId: string;
  /** How it was cut: it keeps its form when the webhook gets another. */
  readonly form: Webhook['delivery'];
  /** Ordinals in the journal of the events that it carries, rising. */
  readonly ordinals: readonly number[];
  /** How often it was tried, and failed. */
  readonly attempts: number;
  /** Milliseconds since 1970: of the first try. */
  readonly firstTriedAt: number;
  /** Milliseconds since 1970: of the next try. */
  readonly nextAttemptAt: number;
}

/** How far a webhook has come. What is kept of it beside its pending deliveries. */
export interface WebhookStanding {
  readonly webhookId: string;
  /** Ordinal in the journal: each event up to it was delivered, is pending, or is not for this webhook. */
  readonly cursor: number;
  readonly state: WebhookState;
  /** Why it is in this state, fit for the operator. */
  readonly reason?: string;
  /** While the validation URL that it was sent is good. */
  readonly verification?: Verification;
  /** Milliseconds since 1970: of the first failed try since most tries succeeded. */
  readonly failingSince?: number;
  /** Its tries of the last 24 hours, oldest first. */
  readonly outcomes: readonly OutcomeSum[];
  /** Deliveries that succeeded. */
  readonly delivered: number;
  /** Deliveries that were given up. */
  readonly dropped: number;
  /** Events that the journal forgot before they could be sent. */
  readonly lostEvents: number;
}

export interface Verification {
  /** SHA-256 of the challenge in the URL, hex (law 8). */
  readonly challengeHash: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Tries within one step of time. */
export interface OutcomeSum {
  /** Milliseconds since 1970: where the step begins. */
  readonly from: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Traces of a webhook that are kept, of successes and of failures each (law 6). */
export const MAX_TRACES = 100;

/** How long a trace is shown. */
export const MAX_TRACE_AGE_MS: number = 7 * 24 * 60 * 60 * 1000;

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

/** Of a webhook that has been sent nothing yet; what comes behind `cursor` is for it. */
export function newStanding(webhookId: string, cursor: number): WebhookStanding {
  return { webhookId, cursor, state: 'unverified', outcomes: [], delivered: 0, dropped: 0, lostEvents: 0 };
}
