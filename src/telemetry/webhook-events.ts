/**
 * What the room of webhooks has to say about itself → lines of the log and figures of the metrics.
 * Owns: which event is worth a line. Never: names a URL, whose query may hold the receiver's secret (law 8).
 */
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { WebhookState } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';

export interface WebhookEvents {
  /** A delivery was tried. */
  tried(event: DeliveryTried): void;
  /** The webhook is in another state. */
  stateChanged(event: WebhookStateChanged): void;
  /** The journal forgot events before they could be sent. */
  eventsLost(event: WebhookEventsLost): void;
  /** Deliveries that wait for another try, or are under way, in all webhooks. */
  pending(deliveries: number): void;
  /** A mistake of our own, or of what the room stands on. */
  fault(error: unknown, webhook: WebhookPlace): void;
}

interface WebhookPlace {
  readonly workspace: MunchkinId;
  readonly webhookId: string;
}

export interface DeliveryTried extends WebhookPlace {
  /** `retry`: it failed and will be tried again. */
  readonly outcome: 'delivered' | 'retry' | 'dropped';
  readonly events: number;
  readonly seconds: number;
  /** Of the answer; absent when there was none. */
  readonly status?: number;
  readonly fault?: string;
}

export interface WebhookStateChanged extends WebhookPlace {
  readonly state: WebhookState;
  readonly reason?: string;
}

export interface WebhookEventsLost extends WebhookPlace {
  readonly events: number;
}

export function createWebhookEvents(logger: Logger, metrics: Metrics): WebhookEvents {
  return {
    tried: ({ outcome, events, seconds, ...line }) => {
      metrics.add('inlet_webhook_deliveries_total', { outcome });
      metrics.observe('inlet_webhook_delivery_seconds', {}, seconds);
      if (outcome === 'delivered') metrics.add('inlet_webhook_events_total', {}, events);
      else logger.debug({ ...line, outcome, events }, 'webhook delivery failed');
    },
    stateChanged: (event) => {
      if (event.state === 'active') logger.info(event, 'webhook is active');
      else logger.warn(event, 'webhook is in trouble');
    },
    eventsLost: (event) => {
      metrics.add('inlet_webhook_events_lost_total', {}, event.events);
      logger.warn(event, 'the journal forgot events before they could be sent to a webhook');
    },
    pending: (deliveries) => metrics.set('inlet_webhook_deliveries_pending', {}, deliveries),
    fault: (error, webhook) => {
      metrics.add('inlet_internal_faults_total', { where: 'webhooks' });
      logger.error({ err: error, ...webhook }, 'internal fault in the delivery of a webhook');
    },
  };
}
