/**
 * How far one webhook has come, and what of it is pending: the only way in which either changes.
 * Owns: the order of changes. Memory follows what is kept, so that a change that fails has not happened; the cursor
 * alone may go ahead, over events that are not for the webhook: a commit for each would cost what they do not.
 * Never: decides a change.
 */
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { Delivery, WebhookStanding } from '#model/webhook.ts';
import type { Clock } from '#ports/clock.ts';
import type { Deliveries, DeliveryChange } from '#ports/deliveries.ts';

export type Decide = (standing: WebhookStanding) => DeliveryChange;

export interface ProgressParts {
  readonly clock: Clock;
  readonly deliveries: Deliveries;
  /** Told after each change how many are pending. */
  readonly pendingChanged: (webhookId: string, deliveries: number) => void;
}

export class WebhookProgress {
  readonly #parts: ProgressParts;
  readonly #pending: Map<string, Delivery>;
  readonly #inTurn = oneAtATime();
  #standing: WebhookStanding;
  /** Monotonic milliseconds: since when the cursor is ahead of what is kept of it. */
  #aheadSince: number | undefined;
  #isEnded = false;

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

  /** Whether the cursor is ahead of what is kept of it. */
  get isAhead(): boolean {
    return this.#aheadSince !== undefined;
  }

  /**
   * Resolves with the standing once it is kept. `decide` is called when the changes before have been, and not at all
   * after {@link end}.
   */
  change(decide: Decide): Promise<WebhookStanding> {
    return this.#inTurn(async () => {
      if (this.#isEnded) return this.#standing;
      const change = decide(this.#standing);
      await this.#parts.deliveries.commit(change);
      this.#standing = change.standing;
      this.#aheadSince = undefined;
      for (const delivery of change.pending ?? []) this.#pending.set(delivery.id, delivery);
      for (const id of change.ended ?? []) this.#pending.delete(id);
      this.#parts.pendingChanged(this.#standing.webhookId, this.#pending.size);
      return this.#standing;
    });
  }

  /** Nothing up to this ordinal was for the webhook. Kept with the next change, or by {@link keepCursor}. */
  passBy(cursor: number): Promise<void> {
    return this.#inTurn(async () => {
      this.#standing = { ...this.#standing, cursor };
      this.#aheadSince ??= this.#parts.clock.monotonic();
    });
  }

  /** Keeps the cursor when it has been ahead for so long. */
  async keepCursor(afterMs: number): Promise<void> {
    const since = this.#aheadSince;
    if (since === undefined || this.#parts.clock.monotonic() - since < afterMs) return;
    await this.change((standing) => ({ standing }));
  }

  /** The webhook is gone: what is kept of it goes, and nothing is kept any more. */
  end(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isEnded = true;
      this.#pending.clear();
      this.#parts.pendingChanged(this.#standing.webhookId, 0);
      await this.#parts.deliveries.forget(this.#standing.webhookId);
    });
  }
}
