/**
 * One try of a delivery: body and signatures, headers, the request, its trace.
 * Owns: their order. Never: decides what follows from the answer.
 */
import type { JournalEvent } from '#model/journal.ts';
import type { Delivery, Webhook } from '#model/webhook.ts';
import { bodyOf } from '#protocols/webhooks/event-batch.ts';
import { deliveryHeaders, eventsNamed } from '#protocols/webhooks/headers.ts';
import { verdictOn } from '#protocols/webhooks/retry-schedule.ts';
import { traceOf } from './delivery-trace.ts';
import type { Outbound, OutboundCall } from './outbound.ts';
import type { Sending } from './standing-changes.ts';
import type { WorkerParts } from './worker-parts.ts';

interface SendingParts extends Pick<WorkerParts, 'bodies' | 'clock' | 'pace' | 'userAgent'> {
  readonly webhook: Webhook;
  readonly outbound: Outbound;
}

interface Content {
  readonly events: readonly JournalEvent[];
  readonly signal: AbortSignal;
}

/** Rejects when `signal` aborts, and when the body cannot be signed. */
export async function sendDelivery(
  { bodies, clock, pace, userAgent, webhook, outbound }: SendingParts,
  delivery: Delivery,
  { events, signal }: Content,
): Promise<Sending> {
  const { id, form, attempts, ordinals } = delivery;
  // The journal gives an ordinal once: with the workspace and the form it stands for the bytes.
  const name = `${webhook.workspace} ${form} ${ordinals.join()}`;
  await pace(events.reduce((sum, { event }) => sum + event.length, 0));
  const { body, signatures } = await bodies.of(name, () => bodyOf(events, form));
  const named = eventsNamed(delivery, events);
  const headers = deliveryHeaders({ ...named, deliveryId: id, attempts, signatures, userAgent });
  const call: OutboundCall = { method: 'POST', url: webhook.url, headers, body };
  const at = clock.now();
  const called = await outbound.call(call, signal);
  const succeeded = verdictOn(called.answer?.status) === 'delivered';
  const tried = {
    deliveryId: id,
    webhookId: webhook.id,
    kind: 'events',
    attempt: attempts + 1,
    at,
    succeeded,
  } as const;
  return { delivery, endedAt: clock.now(), trace: traceOf({ ...tried, call, called }) };
}
