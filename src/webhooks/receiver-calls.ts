/**
 * Calls of a receiver that carry no events: the challenge, the validation URL, a test.
 * Owns: their requests and traces. Never: changes a standing.
 */
import { randomUUID, randomUUIDv7 } from 'node:crypto';
import type { DeliveryTrace, Webhook } from '#model/webhook.ts';
import type { Clock } from '#ports/clock.ts';
import { challengeUrl, judgeAnswer } from '#protocols/webhooks/challenge.ts';
import { CHALLENGE_CODE, deliveryHeaders, TEST_CODE } from '#protocols/webhooks/headers.ts';
import { verdictOn } from '#protocols/webhooks/retry-schedule.ts';
import { traceOf } from './delivery-trace.ts';
import type { KeyRing } from './key-ring.ts';
import type { Called, Outbound, OutboundCall } from './outbound.ts';

export interface ReceiverParts {
  readonly clock: Clock;
  readonly keys: Pick<KeyRing, 'sign'>;
  readonly userAgent: string;
  readonly openOutbound: (webhook: Pick<Webhook, 'workspace'>) => Outbound;
}

export interface Challenged {
  readonly verdict: ReturnType<typeof judgeAnswer>;
  readonly trace: DeliveryTrace;
}

/** Asks the receiver to give a challenge back. Rejects when `signal` aborts, as the others do. */
export async function askChallenge(parts: ReceiverParts, webhook: Webhook, signal: AbortSignal): Promise<Challenged> {
  const challenge = randomUUID();
  const headers = { 'user-agent': parts.userAgent, accept: 'text/plain, application/json' };
  const call = { method: 'GET', url: challengeUrl(webhook.url, challenge), headers } as const;
  const made = await make(parts, { webhook, call, signal });
  const { status, headers: answered = {}, body = '' } = made.called.answer ?? {};
  const verdict = judgeAnswer({ status, contentType: answered['content-type'] ?? '', body }, challenge);
  return { verdict, trace: traceWith(webhook, made, { kind: 'challenge', succeeded: verdict === 'met' }) };
}

interface Invitation {
  /** A URL of this server on which a GET verifies the receiver. */
  readonly validationUrl: string;
  readonly signal: AbortSignal;
}

/** Sends the URL. It is left out of the trace: whoever reads it could verify a receiver that has not been asked. */
export async function sendValidationUrl(
  parts: ReceiverParts,
  webhook: Webhook,
  { validationUrl, signal }: Invitation,
): Promise<DeliveryTrace> {
  const headers = {
    'user-agent': parts.userAgent,
    'content-type': 'application/json',
    'x-adobe-event-code': CHALLENGE_CODE,
  };
  const body = Buffer.from(JSON.stringify({ validationUrl }));
  const call = { method: 'POST', url: webhook.url, headers, body } as const;
  const made = await make(parts, { webhook, call, signal });
  const succeeded = verdictOn(made.called.answer?.status) === 'delivered';
  return traceWith(webhook, withoutValues(made), { kind: 'challenge', succeeded });
}

/** Sends an event of no journal, signed as all are, and waits for the answer. */
export async function sendTest(parts: ReceiverParts, webhook: Webhook, signal: AbortSignal): Promise<DeliveryTrace> {
  const [eventId, deliveryId] = [randomUUIDv7(), randomUUIDv7()];
  const text = testEvent(webhook, eventId, parts.clock.now());
  const body = Buffer.from(webhook.delivery === 'single' ? text : `[${text}]`);
  const headers = deliveryHeaders({
    eventId: webhook.delivery === 'single' ? eventId : deliveryId,
    code: TEST_CODE,
    deliveryId,
    attempts: 0,
    signatures: await parts.keys.sign(body),
    userAgent: parts.userAgent,
  });
  const call = { method: 'POST', url: webhook.url, headers, body } as const;
  const made = await make(parts, { webhook, call, signal });
  const succeeded = verdictOn(made.called.answer?.status) === 'delivered';
  return { ...traceWith(webhook, made, { kind: 'test', succeeded }), deliveryId };
}

function testEvent({ workspace, id: webhookId }: Webhook, id: string, at: number): string {
  return JSON.stringify({
    id,
    specversion: '1.0',
    type: TEST_CODE,
    source: 'urn:data_ingestion_service',
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    eventid: id,
    event_id: id,
    recipientclientid: workspace,
    recipient_client_id: workspace,
    data: { munchkinId: workspace, webhookId },
  });
}

interface Made {
  readonly call: OutboundCall;
  readonly called: Called;
  readonly at: number;
}

interface Making {
  readonly webhook: Webhook;
  readonly call: OutboundCall;
  readonly signal: AbortSignal;
}

async function make({ clock, openOutbound }: ReceiverParts, { webhook, call, signal }: Making): Promise<Made> {
  await using outbound = openOutbound(webhook);
  const at = clock.now();
  return { call, called: await outbound.call(call, signal), at };
}

const HIDDEN = Buffer.from(JSON.stringify({ validationUrl: 'not kept' }));

// A receiver may send back what it was sent, whole or in part.
function withoutValues({ call, called, at }: Made): Made {
  const { answer, ...others } = called;
  const hidden = answer && { status: answer.status, headers: {}, body: '', bodyIsCut: answer.body !== '' };
  return { at, call: { ...call, body: HIDDEN }, called: { ...others, ...(hidden && { answer: hidden }) } };
}

function traceWith(webhook: Webhook, made: Made, said: Pick<DeliveryTrace, 'kind' | 'succeeded'>): DeliveryTrace {
  return traceOf({ ...made, ...said, deliveryId: randomUUIDv7(), webhookId: webhook.id, attempt: 1 });
}
