/**
 * One webhook on its way through the journal: it alone moves the webhook's cursor, sends, and tries again.
 *
 *   journal ──cut──► pending ──try──► delivered
 *                      ▲       │
 *                      └─retry─┴────► dropped
 *
 * A delivery is kept as pending, in one change with the cursor that passes its events, before its first try: whatever
 * ends the process, each event is delivered, pending, or behind the cursor. New events go on while others wait.
 * Owns: what is under way, and the bounds of what is pending (law 6). Never: waits for another webhook.
 */
import { randomUUIDv7 } from 'node:crypto';
import { backoffDelayMs } from '#kit/backoff.ts';
import type { JournalEvent } from '#model/journal.ts';
import type { Delivery, Webhook, WebhookState } from '#model/webhook.ts';
import { firstDelivery } from '#protocols/webhooks/event-batch.ts';
import { readAgain, readBehind } from './journal-reading.ts';
import { sendDelivery } from './send-delivery.ts';
import { afterLoss, afterSending } from './standing-changes.ts';
import type { AfterSending, Sending } from './standing-changes.ts';
import type { Outbound } from './outbound.ts';
import type { WebhookProgress } from './webhook-progress.ts';
import type { WorkerParts } from './worker-parts.ts';

/** Deliveries under way at once. Batches gather while others are, so that they are fewer. */
const MOST_UNDER_WAY: Readonly<Record<Webhook['delivery'], number>> = { single: 4, batch: 2 };

/** The clock that says when a retry is due may be set: it is looked at this often. */
const LONGEST_REST_MS = 60_000;

/** So much of the journal is read again at most when the process ends before the cursor is kept. */
const KEEP_CURSOR_MS = 5_000;

/** What this server itself cannot do, such as read the journal, is tried again after a while. */
const FAULT_BACKOFF = { baseMs: 1_000, capMs: 30_000 };

export class WebhookWorker implements AsyncDisposable {
  readonly #parts: WorkerParts;
  readonly #webhook: Webhook;
  readonly #outbound: Outbound;
  readonly #progress: WebhookProgress;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #bell = Promise.withResolvers<void>();
  /** A receiver whose last try failed is sent one delivery at a time, so that dead ones take few connections. */
  #isStruggling = false;
  #isTurnOfNews = true;
  #faults = 0;

  constructor(parts: WorkerParts, webhook: Webhook, progress: WebhookProgress) {
    this.#parts = parts;
    this.#webhook = webhook;
    this.#progress = progress;
    this.#outbound = parts.openOutbound(webhook);
    parts.feed.onGrowth(webhook.workspace, () => this.#ring(), this.#stop.signal);
    this.#ended = this.#run();
  }

  /** Breaks off what is under way; it stays pending, and is sent again by the next worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#ring();
    await this.#ended;
    await Promise.all(this.#underWay.values());
    await this.#outbound[Symbol.asyncDispose]();
    await this.#progress.keepCursor(0).catch((error: unknown) => this.#tellFault(error));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted && this.#progress.standing.state !== 'disabled') {
      // Taken before the look, so that what happens meanwhile is not missed.
      const heard = this.#bell.promise;
      try {
        await this.#progress.keepCursor(KEEP_CURSOR_MS);
        if (!(await this.#begin())) await this.#rest(heard);
        this.#faults = 0;
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
  }

  /** Begins a try. False when there is nothing to try at the moment. */
  async #begin(): Promise<boolean> {
    if (this.#isFull()) return false;
    const due = this.#due();
    // Both get their turn, so that neither old nor new events wait for all of the others.
    if (due !== undefined && !this.#isTurnOfNews) {
      this.#isTurnOfNews = true;
      return this.#send(due);
    }
    const fresh = this.#progress.pending.size < this.#parts.maxPending ? await this.#cut() : undefined;
    if (this.#stop.signal.aborted) return false;
    this.#isTurnOfNews = fresh === undefined;
    if (fresh !== undefined) return this.#send(fresh.delivery, fresh.events);
    return due !== undefined && this.#send(due);
  }

  #isFull(): boolean {
    const most = this.#isStruggling ? 1 : MOST_UNDER_WAY[this.#webhook.delivery];
    return this.#underWay.size >= most;
  }

  #waiting(): readonly Delivery[] {
    return [...this.#progress.pending.values()].filter(({ id }) => !this.#underWay.has(id));
  }

  #due(): Delivery | undefined {
    const now = this.#parts.clock.now();
    return this.#waiting()
      .filter(({ nextAttemptAt }) => nextAttemptAt <= now)
      .reduce<Delivery | undefined>(earlier, undefined);
  }

  /** The next events of the journal as a delivery, kept together with the cursor behind them. */
  async #cut(): Promise<{ readonly delivery: Delivery; readonly events: readonly JournalEvent[] } | undefined> {
    for (;;) {
      const before = this.#progress.standing.cursor;
      const page = await readBehind(this.#parts.feed, this.#webhook, before);
      const lost = page.first - 1 - before;
      if (lost > 0) await this.#lose(lost, page.first - 1);
      const events = firstDelivery(page.events, this.#webhook.delivery);
      const cursor = events.at(-1)?.ordinal ?? page.through;
      const gaps = this.#gapsIn(events, { from: before + Math.max(0, lost), to: cursor });
      if (events.length > 0) return { delivery: await this.#keepNew(events, gaps), events };
      if (cursor <= before) return undefined;
      if (gaps > 0) await this.#lose(gaps, cursor);
      else await this.#progress.passBy(cursor);
      if (cursor >= page.last) return undefined;
    }
  }

  /** What retention took out of the midst, as far as can be told: of some types, nobody knows which they were. */
  #gapsIn(events: readonly JournalEvent[], { from, to }: { readonly from: number; readonly to: number }): number {
    return this.#webhook.types === undefined ? Math.max(0, to - from - events.length) : 0;
  }

  async #keepNew(events: readonly JournalEvent[], lost: number): Promise<Delivery> {
    const now = this.#parts.clock.now();
    const delivery: Delivery = {
      id: randomUUIDv7(),
      webhookId: this.#webhook.id,
      form: this.#webhook.delivery,
      ordinals: events.map(({ ordinal }) => ordinal),
      attempts: 0,
      firstTriedAt: now,
      nextAttemptAt: now,
    };
    await this.#lose(lost, delivery.ordinals.at(-1), [delivery]);
    return delivery;
  }

  #send(delivery: Delivery, events?: readonly JournalEvent[]): true {
    const sent = this.#try(delivery, events)
      .catch((error: unknown) => this.#pauseAfter(error))
      .finally(() => {
        this.#underWay.delete(delivery.id);
        this.#ring();
      });
    this.#underWay.set(delivery.id, sent);
    return true;
  }

  async #try(delivery: Delivery, given?: readonly JournalEvent[]): Promise<void> {
    const { feed } = this.#parts;
    const events = given ?? (await readAgain(feed, this.#webhook.workspace, delivery.ordinals));
    const lost = delivery.ordinals.length - events.length;
    if (lost > 0) await this.#lose(lost);
    if (events.length === 0) return this.#giveUp(delivery.id);
    const present = lost === 0 ? delivery : { ...delivery, ordinals: events.map(({ ordinal }) => ordinal) };
    const sending = await sendDelivery({ ...this.#parts, webhook: this.#webhook, outbound: this.#outbound }, present, {
      events,
      signal: this.#stop.signal,
    });
    await this.#settle(sending);
  }

  async #settle(sending: Sending): Promise<void> {
    const before = this.#progress.standing.state;
    const { id } = sending.delivery;
    let after: AfterSending | undefined;
    await this.#progress.change((standing) => {
      after = afterSending(standing, sending);
      const traces = [sending.trace];
      if (after.next !== undefined) return { standing: after.standing, pending: [after.next], traces };
      // Nothing is sent to a disabled webhook any more. What is under way ends by itself.
      const others = after.standing.state === 'disabled' ? this.#waiting().map((delivery) => delivery.id) : [];
      const dropped = after.standing.dropped + others.length;
      return { standing: { ...after.standing, dropped }, ended: [id, ...others], traces };
    });
    if (after === undefined) return;
    this.#isStruggling = after.outcome !== 'delivered';
    this.#tell(sending, after.outcome, before);
  }

  #tell({ delivery, trace }: Sending, outcome: AfterSending['outcome'], before: WebhookState): void {
    const { events } = this.#parts;
    const place = { workspace: this.#webhook.workspace, webhookId: this.#webhook.id };
    events.tried({
      ...place,
      outcome,
      events: delivery.ordinals.length,
      seconds: trace.durationMs / 1000,
      ...(trace.response !== undefined && { status: trace.response.status }),
      ...(trace.fault !== undefined && { fault: trace.fault }),
    });
    const { state, reason } = this.#progress.standing;
    if (state !== before) events.stateChanged({ ...place, state, ...(reason !== undefined && { reason }) });
  }

  /** So many events, if any, are gone; what begins behind them is kept in the same change. */
  async #lose(events: number, cursor?: number, pending: readonly Delivery[] = []): Promise<void> {
    const at = this.#parts.clock.now();
    const loss = { webhook: this.#webhook, events, at, ...(cursor !== undefined && { cursor }) };
    await this.#progress.change((standing) => ({ ...afterLoss(standing, loss), pending }));
    if (events === 0) return;
    this.#parts.events.eventsLost({ workspace: this.#webhook.workspace, webhookId: this.#webhook.id, events });
  }

  async #giveUp(id: string): Promise<void> {
    await this.#progress.change((standing) => ({
      standing: { ...standing, dropped: standing.dropped + 1 },
      ended: [id],
    }));
  }

  /** Until the bell rings, a retry is due, or the cursor is to be kept. */
  async #rest(heard: Promise<void>): Promise<void> {
    const { clock } = this.#parts;
    const first = this.#waiting().reduce<Delivery | undefined>(earlier, undefined);
    const retryMs = first === undefined ? Infinity : Math.max(1, first.nextAttemptAt - clock.now());
    const keepMs = this.#progress.isAhead ? KEEP_CURSOR_MS : Infinity;
    const restMs = Math.min(LONGEST_REST_MS, retryMs, keepMs);
    if (this.#isFull() || (first === undefined && !this.#progress.isAhead)) return heard;
    const rested = new AbortController();
    const due = clock.sleep(restMs, rested.signal).catch(() => undefined);
    await Promise.race([heard, due]);
    rested.abort();
  }

  // A mistake of this server, or of what it stands on: the receiver is not blamed.
  async #pauseAfter(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#faults += 1;
    this.#tellFault(error);
    const pauseMs = backoffDelayMs(this.#faults, FAULT_BACKOFF);
    await this.#parts.clock.sleep(pauseMs, this.#stop.signal).catch(() => undefined);
  }

  #tellFault(error: unknown): void {
    this.#parts.events.fault(error, { workspace: this.#webhook.workspace, webhookId: this.#webhook.id });
  }

  #ring(): void {
    this.#bell.resolve();
    this.#bell = Promise.withResolvers();
  }
}

function earlier(first: Delivery | undefined, each: Delivery): Delivery {
  return first === undefined || each.nextAttemptAt < first.nextAttemptAt ? each : first;
}
