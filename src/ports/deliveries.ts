import type { Delivery, DeliveryTrace, WebhookStanding } from '#model/webhook.ts';

/**
 * How far each webhook has come, its pending deliveries, and the traces of its tries. What {@link commit} has resolved
 * survives the end of the process; the machine's own failure may take the last moments back, after which events are
 * delivered again: delivery is at least once.
 */
export interface Deliveries extends AsyncDisposable {
  /** Undefined before its first {@link commit}. */
  standing(webhookId: string): Promise<WebhookStanding | undefined>;
  /** By id, which rises in the order in which they were cut. */
  pending(webhookId: string): Promise<readonly Delivery[]>;
  /** All of a change or nothing of it. */
  commit(change: DeliveryChange): Promise<void>;
  /** Newest first. */
  traces(webhookId: string, page: TracePageRequest): Promise<readonly KeptTrace[]>;
  /** Forgets everything of the webhook; nothing when there is none. */
  forget(webhookId: string): Promise<void>;
  /** Forgets everything of the webhooks that are not among these. */
  keepOnly(webhookIds: ReadonlySet<string>): Promise<void>;
}

export interface DeliveryChange {
  /** Replaces what is kept of the webhook. */
  readonly standing: WebhookStanding;
  /** Deliveries that begin, or wait for another try. */
  readonly pending?: readonly Delivery[];
  /** Ids of deliveries that have ended. */
  readonly ended?: readonly string[];
  /** Of the webhook's traces the last `MAX_TRACES` successes and as many failures remain. */
  readonly traces?: readonly DeliveryTrace[];
}

export interface TracePageRequest {
  /** Only traces before this one: the last of the page before. */
  readonly before?: number;
  /** Milliseconds since 1970: only tries from then on. */
  readonly from: number;
  readonly limit: number;
}

export interface KeptTrace extends DeliveryTrace {
  /** Rising with each trace of a webhook. */
  readonly ordinal: number;
}
