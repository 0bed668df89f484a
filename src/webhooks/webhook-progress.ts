/**
 * How far one webhook has come, and what of it is pending: the only way in which either changes.
 * Owns: the order of changes. Memory follows what is kept, so that a change that fails has not happened.
 * Never: decides a change.
 */
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { Delivery, WebhookStanding } from '#model/webhook.ts';
import type { Deliveries, DeliveryChange } from '#ports/deliveries.ts';

export type Decide = (standing: WebhookStanding) => DeliveryChange;

export interface ProgressParts {
  readonly deliveries: Deliveries;
  /** Told after each change how many are pending. */
  readonly pendingChanged: (webhookId: string, deliveries: number) => void;
}

export class WebhookProgress {
  readonly #parts: ProgressParts;
  readonly #pending: Map<string, Delivery>;
  readonly #inTurn = oneAtATime();
  #standing: WebhookStanding;

  constructor(parts: ProgressParts, standing: WebhookStanding, pending: readonly Delivery[]) {
    this.#parts = parts;
    this.#standing = standing;
    this.#pending = new Map(pending.map((delivery) => [delivery.id, delivery]));
    parts.pendingChanged(standing.webhookId, this.#pending.size);
  }

  get standing(): WebhookStanding {
    return this.#standing;
  }

  get pending(): ReadonlyMap<string, Delivery> {
    return this.#pending;
  }

  /** Resolves with the standing once it is kept. `decide` is called when the changes before have been. */
  change(decide: Decide): Promise<WebhookStanding> {
    return this.#inTurn(async () => {
      const change = decide(this.#standing);
      await this.#parts.deliveries.commit(change);
      this.#standing = change.standing;
      for (const delivery of change.pending ?? []) this.#pending.set(delivery.id, delivery);
      for (const id of change.ended ?? []) this.#pending.delete(id);
      this.#parts.pendingChanged(this.#standing.webhookId, this.#pending.size);
      return this.#standing;
    });
  }
}
