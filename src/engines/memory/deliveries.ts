/**
 * Deliveries in memory: the shortest reading of the port, and the oracle of its exam.
 * Owns: Maps. Never: outlives its process.
 */
import { MAX_TRACES } from '#model/webhook.ts';
import type { Delivery, WebhookStanding } from '#model/webhook.ts';
import type { Deliveries, DeliveryChange, KeptTrace, TracePageRequest } from '#ports/deliveries.ts';

interface Kept {
  standing: WebhookStanding;
  readonly pending: Map<string, Delivery>;
  /** Newest first. */
  traces: readonly KeptTrace[];
  nextOrdinal: number;
}

export function createMemoryDeliveries(): Deliveries {
  return new MemoryDeliveries();
}

class MemoryDeliveries implements Deliveries {
  readonly #webhooks = new Map<string, Kept>();

  async standing(webhookId: string): Promise<WebhookStanding | undefined> {
    return this.#webhooks.get(webhookId)?.standing;
  }

  async pending(webhookId: string): Promise<readonly Delivery[]> {
    const deliveries = [...(this.#webhooks.get(webhookId)?.pending.values() ?? [])];
    return deliveries.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async commit({ standing, pending = [], ended = [], traces = [] }: DeliveryChange): Promise<void> {
    const fresh: Kept = { standing, pending: new Map(), traces: [], nextOrdinal: 1 };
    const kept = this.#webhooks.get(standing.webhookId) ?? fresh;
    this.#webhooks.set(standing.webhookId, kept);
    kept.standing = standing;
    for (const delivery of pending) kept.pending.set(delivery.id, delivery);
    for (const id of ended) kept.pending.delete(id);
    for (const trace of traces) kept.traces = [{ ...trace, ordinal: kept.nextOrdinal++ }, ...kept.traces];
    kept.traces = kept.traces.filter(
      ({ succeeded, ordinal }) =>
        kept.traces.filter((other) => other.succeeded === succeeded && other.ordinal > ordinal).length < MAX_TRACES,
    );
  }

  async traces(webhookId: string, { before = Infinity, from, limit }: TracePageRequest): Promise<readonly KeptTrace[]> {
    const traces = this.#webhooks.get(webhookId)?.traces ?? [];
    return traces.filter(({ ordinal, at }) => ordinal < before && at >= from).slice(0, limit);
  }

  async forget(webhookId: string): Promise<void> {
    this.#webhooks.delete(webhookId);
  }

  async keepOnly(webhookIds: ReadonlySet<string>): Promise<void> {
    for (const id of this.#webhooks.keys()) if (!webhookIds.has(id)) this.#webhooks.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
