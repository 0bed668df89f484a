/**
 * The journal's events, sent on to webhooks.
 *
 *   journal feed ──► a worker each ──► its own connections ──► receiver
 *                        │
 *                        └──► deliveries: cursor, what is pending, traces
 *
 * Owns: the workers, and what of a webhook changes besides its definition: challenge, start, stop.
 * Never: writes a definition, or answers a request.
 */
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { OneAtATime } from '#kit/one-at-a-time.ts';
import { newStanding } from '#model/webhook.ts';
import type { DeliveryTrace, Webhook, WebhookStanding } from '#model/webhook.ts';
import type { Control } from '#ports/control.ts';
import type { Deliveries } from '#ports/deliveries.ts';
import { Problem } from '#protocols/api/problems.ts';
import { sendTest } from './receiver-calls.ts';
import { atMoment, challengeReceiver, isAwaited } from './verification.ts';
import type { VerificationParts } from './verification.ts';
import { WebhookProgress } from './webhook-progress.ts';
import { webhookUnknown } from './webhook-unknown.ts';
import { WebhookWorker } from './webhook-worker.ts';
import type { WorkerParts } from './worker-parts.ts';

export interface WebhooksParts extends WorkerParts, VerificationParts {
  readonly control: Pick<Control, 'definitions'>;
  readonly deliveries: Deliveries;
}

/** A webhook as it stands at a moment. */
export interface Status {
  readonly standing: WebhookStanding;
  /** Deliveries under way or waiting for another try. */
  readonly pending: number;
}

interface Seat {
  readonly progress: WebhookProgress;
  /** Starts, stops and challenges exclude each other. */
  readonly inTurn: OneAtATime;
  /** Aborts when the definition is gone: nobody waits for what is under way. */
  readonly removed: AbortController;
  worker?: WebhookWorker;
}

export class Webhooks implements AsyncDisposable {
  readonly #parts: WebhooksParts;
  readonly #seats = new Map<string, Seat>();
  readonly #pending = new Map<string, number>();
  #pendingInAll = 0;
  readonly #stop = new AbortController();

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
  }

  /** Goes on where the process before has ended. A challenge that it left open is made again. */
  async start(): Promise<void> {
    const { control, deliveries } = this.#parts;
    const { webhooks } = control.definitions();
    await deliveries.keepOnly(new Set(webhooks.keys()));
    for (const webhook of webhooks.values()) {
      await this.#sit((await deliveries.standing(webhook.id)) ?? lostStanding(webhook.id));
    }
    for (const webhook of webhooks.values()) this.#goOn(webhook);
  }

  /** A webhook that is about to be defined begins behind this ordinal of the journal. */
  async register(webhookId: string, cursor: number): Promise<void> {
    const standing = newStanding(webhookId, cursor);
    await this.#parts.deliveries.commit({ standing });
    await this.#sit(standing);
  }

  /** Challenges the receiver and, when the challenge is met, starts to send. Resolves with what came of it. */
  verify(webhook: Webhook): Promise<Status> {
    return this.#inTurn(webhook.id, async (seat) => {
      await this.#challenge(webhook, seat);
      this.#startWorker(webhook, seat);
    });
  }

  /** The definition has changed: what is sent from now on follows it. */
  update(webhook: Webhook): Promise<Status> {
    return this.#inTurn(webhook.id, async (seat) => {
      await this.#stopWorker(seat);
      if (!webhook.enabled) await seat.progress.change((standing) => forgetPending(standing, seat));
      this.#startWorker(webhook, seat);
    });
  }

  /** The definition has another URL, and is not enabled: it is challenged when it is. */
  async unverify(webhook: Webhook): Promise<void> {
    await this.#inTurn(webhook.id, async (seat) => {
      await this.#stopWorker(seat);
      await seat.progress.change((standing) => {
        const { verification: _, reason: __, ...rest } = standing;
        return { standing: { ...rest, state: 'unverified' } };
      });
    });
  }

  /** The webhook goes on behind this ordinal, as a new one would; before it, nothing is sent any more. */
  restart(webhook: Webhook, cursor: number, isToBeVerified: boolean): Promise<Status> {
    return this.#inTurn(webhook.id, async (seat) => {
      await this.#stopWorker(seat);
      await seat.progress.change((standing) => {
        const { verification: _, failingSince: __, reason: ___, ...rest } = standing;
        const state = isToBeVerified ? 'unverified' : standing.state;
        return forgetPending({ ...rest, state, cursor, outcomes: [] }, seat);
      });
      if (isToBeVerified) await this.#challenge(webhook, seat);
      this.#startWorker(webhook, seat);
    });
  }

  /** The definition is gone. */
  async remove(webhookId: string): Promise<void> {
    const seat = this.#seats.get(webhookId);
    if (seat === undefined) return;
    this.#seats.delete(webhookId);
    seat.removed.abort();
    await seat.inTurn(() => this.#stopWorker(seat));
    await seat.progress.end();
  }

  /** Sends a test event, in any state. */
  async test(webhook: Webhook): Promise<DeliveryTrace> {
    const seat = this.#seatOf(webhook.id);
    const trace = await this.#unlessGone(seat, (signal) => sendTest(this.#parts, webhook, signal));
    await seat.progress.change((standing) => ({ standing, traces: [trace] }));
    return trace;
  }

  /** True when this was the challenge of the webhook's validation URL, and in time: it is sent events from now on. */
  async validate(webhookId: string, challenge: string): Promise<boolean> {
    const seat = this.#seats.get(webhookId);
    const webhook = this.#parts.control.definitions().webhooks.get(webhookId);
    if (seat === undefined || webhook === undefined) return false;
    let isMet = false;
    await seat.progress.change((standing) => {
      isMet = isAwaited(standing, challenge, this.#parts.clock.now());
      if (!isMet) return { standing };
      const { verification: _, reason: __, ...rest } = standing;
      return { standing: { ...rest, state: 'active' } };
    });
    // Behind the call that is perhaps still sending the URL.
    if (isMet) this.#background(webhook, () => seat.inTurn(async () => this.#startWorker(webhook, seat)));
    return isMet;
  }

  status(webhookId: string): Status {
    return this.#statusOf(this.#seatOf(webhookId));
  }

  /** Breaks off what is under way; it is sent again by the next process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#seats.values()].map((seat) => seat.inTurn(() => this.#stopWorker(seat))));
  }

  #goOn(webhook: Webhook): void {
    const seat = this.#seats.get(webhook.id);
    if (seat === undefined) return;
    const { state, verification } = seat.progress.standing;
    const isOpen = webhook.enabled && state === 'unverified' && verification === undefined;
    if (isOpen) this.#background(webhook, () => this.verify(webhook));
    else this.#startWorker(webhook, seat);
  }

  async #sit(standing: WebhookStanding): Promise<void> {
    const { clock, deliveries } = this.#parts;
    const pendingChanged = (id: string, pending: number): void => this.#pendingChanged(id, pending);
    const pending = await deliveries.pending(standing.webhookId);
    const progress = new WebhookProgress({ clock, deliveries, pendingChanged }, standing, pending);
    const removed = new AbortController();
    this.#seats.set(standing.webhookId, { progress, inTurn: oneAtATime(), removed });
  }

  // It may have been deleted since its definition was read.
  #seatOf(webhookId: string): Seat {
    const seat = this.#seats.get(webhookId);
    if (seat === undefined) throw webhookUnknown();
    return seat;
  }

  #statusOf({ progress }: Seat): Status {
    return { standing: atMoment(progress.standing, this.#parts.clock.now()), pending: progress.pending.size };
  }

  async #inTurn(webhookId: string, work: (seat: Seat) => Promise<void>): Promise<Status> {
    const seat = this.#seatOf(webhookId);
    await seat.inTurn(() => work(seat));
    return this.#statusOf(seat);
  }

  async #challenge(webhook: Webhook, seat: Seat): Promise<void> {
    const { progress } = seat;
    const isDecided = await this.#unlessGone(seat, (signal) =>
      challengeReceiver(this.#parts, { webhook, progress, signal }),
    );
    if (isDecided) this.#tellState(webhook, progress.standing);
  }

  // What the end of the process breaks off so is made again by the next one, or asked for again by the caller.
  async #unlessGone<Result>({ removed }: Seat, call: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const stop = this.#stop.signal;
    try {
      return await call(AbortSignal.any([stop, removed.signal]));
    } catch (error) {
      if (removed.signal.aborted) throw webhookUnknown();
      if (stop.aborted) throw new Problem('unavailable', 'The server is stopping; call again when it is back.');
      throw error;
    }
  }

  #tellState({ workspace, id }: Webhook, { state, reason }: WebhookStanding): void {
    this.#parts.events.stateChanged({ workspace, webhookId: id, state, ...(reason !== undefined && { reason }) });
  }

  #startWorker(webhook: Webhook, seat: Seat): void {
    const { state } = seat.progress.standing;
    const isSent = webhook.enabled && (state === 'active' || state === 'unstable');
    if (!isSent || this.#stop.signal.aborted || seat.worker !== undefined) return;
    // A definition may have gone while its challenge was under way.
    if (this.#seats.get(webhook.id) !== seat) return;
    seat.worker = new WebhookWorker(this.#parts, webhook, seat.progress);
  }

  async #stopWorker(seat: Seat): Promise<void> {
    const { worker } = seat;
    delete seat.worker;
    await worker?.[Symbol.asyncDispose]();
  }

  #background({ workspace, id }: Webhook, work: () => Promise<unknown>): void {
    work().catch((error: unknown) => {
      const isBrokenOff = this.#stop.signal.aborted || !this.#seats.has(id);
      if (!isBrokenOff) this.#parts.events.fault(error, { workspace, webhookId: id });
    });
  }

  #pendingChanged(webhookId: string, deliveries: number): void {
    this.#pendingInAll += deliveries - (this.#pending.get(webhookId) ?? 0);
    if (deliveries === 0) this.#pending.delete(webhookId);
    else this.#pending.set(webhookId, deliveries);
    this.#parts.events.pending(this.#pendingInAll);
  }
}

// The file of deliveries was taken away.
function lostStanding(webhookId: string): WebhookStanding {
  const reason = 'it is not known any more how far it had come; enable it to go on from now';
  return { ...newStanding(webhookId, 0), state: 'disabled', reason };
}

function forgetPending(standing: WebhookStanding, { progress }: Seat): { standing: WebhookStanding; ended: string[] } {
  const ended = [...progress.pending.keys()];
  return { standing: { ...standing, dropped: standing.dropped + ended.length }, ended };
}
