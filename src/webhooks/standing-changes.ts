/**
 * What a try, or a loss, makes of a webhook's standing.
 * Owns: these decisions, as functions of what is known. Never: keeps or sends anything.
 */
import type { Delivery, DeliveryTrace, Webhook, WebhookStanding } from '#model/webhook.ts';
import type { DeliveryChange } from '#ports/deliveries.ts';
import { nextAttemptAt, retryAfterMs, verdictOn } from '#protocols/webhooks/retry-schedule.ts';
import { afterTry } from '#protocols/webhooks/states.ts';

/** A try that has ended. */
export interface Sending {
  readonly delivery: Delivery;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  readonly trace: DeliveryTrace;
}

export interface AfterSending {
  readonly standing: WebhookStanding;
  readonly outcome: 'delivered' | 'retry' | 'dropped';
  /** The delivery as it waits for its next try; absent when it has ended. */
  readonly next?: Delivery;
}

export function afterSending(standing: WebhookStanding, { delivery, endedAt, trace }: Sending): AfterSending {
  const verdict = verdictOn(trace.response?.status);
  const next = verdict === 'retry' ? retryOf(delivery, trace, endedAt) : undefined;
  const exhausted = verdict === 'retry' && next === undefined;
  const tried = afterTry(standing, { at: endedAt, succeeded: verdict === 'delivered', exhausted });
  if (verdict === 'delivered') return { standing: { ...tried, delivered: tried.delivered + 1 }, outcome: 'delivered' };
  if (next !== undefined && tried.state !== 'disabled') return { standing: tried, outcome: 'retry', next };
  return { standing: { ...tried, dropped: tried.dropped + 1 }, outcome: 'dropped' };
}

function retryOf(delivery: Delivery, { response }: DeliveryTrace, now: number): Delivery | undefined {
  const attempts = delivery.attempts + 1;
  const askedMs = response?.status === 429 ? retryAfterMs(response.headers['retry-after'], now) : undefined;
  const { firstTriedAt } = delivery;
  const at = nextAttemptAt({ firstTriedAt, attempts, now, ...(askedMs !== undefined && { retryAfterMs: askedMs }) });
  return at === undefined ? undefined : { ...delivery, attempts, nextAttemptAt: at };
}

interface Loss {
  readonly webhook: Pick<Webhook, 'id' | 'url'>;
  /** 0: none, so that the cursor moves alone. */
  readonly events: number;
  /** Where the webhook goes on; absent when they were of a pending delivery. */
  readonly cursor?: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The journal has forgotten events before they could be sent. */
export function afterLoss(standing: WebhookStanding, { webhook, events, cursor, at }: Loss): DeliveryChange {
  const trace: DeliveryTrace = {
    deliveryId: '',
    webhookId: webhook.id,
    kind: 'events',
    attempt: 0,
    at,
    durationMs: 0,
    succeeded: false,
    request: { method: 'POST', url: webhook.url, headers: {}, body: '', bodyIsCut: false },
    fault: `not sent: the journal forgot ${events} ${events === 1 ? 'event' : 'events'} before their turn came`,
  };
  const lostEvents = standing.lostEvents + events;
  const traces = events === 0 ? [] : [trace];
  return { standing: { ...standing, cursor: cursor ?? standing.cursor, lostEvents }, traces };
}
