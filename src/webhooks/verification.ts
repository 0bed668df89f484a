/**
 * How a receiver shows that it wants events: what is asked of it, and what its standing then is.
 * Owns: the steps of a challenge, and how it is kept (law 8). Never: starts to send.
 */
import { hash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { DeliveryTrace, Webhook, WebhookStanding } from '#model/webhook.ts';
import { VALIDATION_MS, validationUrl } from '#protocols/webhooks/challenge.ts';
import { askChallenge, sendValidationUrl } from './receiver-calls.ts';
import type { ReceiverParts } from './receiver-calls.ts';
import type { WebhookProgress } from './webhook-progress.ts';

export interface VerificationParts extends ReceiverParts {
  /** Where this server is reached, such as `https://inlet.example.com`. */
  readonly url: () => string;
}

interface Challenging {
  readonly webhook: Webhook;
  readonly progress: WebhookProgress;
  readonly signal: AbortSignal;
}

/**
 * Leaves the webhook active, disabled, or with a validation URL that is good for a while: then it resolves with false.
 * Rejects on `signal`.
 */
export async function challengeReceiver(
  parts: VerificationParts,
  { webhook, progress, signal }: Challenging,
): Promise<boolean> {
  const { verdict, trace } = await askChallenge(parts, webhook, signal);
  if (verdict !== 'reachable') {
    const judged = verdict === 'met' ? ({ state: 'active' } as const) : refusedChallenge(trace);
    await progress.change((standing) => ({ standing: { ...standing, ...judged }, traces: [trace] }));
    return true;
  }
  const challenge = randomUUID();
  const verification = { challengeHash: hashOf(challenge), until: parts.clock.now() + VALIDATION_MS };
  const reason = 'the challenge did not come back; a validation URL has been sent, which is good for 5 minutes';
  await progress.change((standing) => ({ standing: { ...standing, verification, reason }, traces: [trace] }));
  const url = validationUrl(parts.url(), webhook.id, challenge);
  const sent = await sendValidationUrl(parts, webhook, { validationUrl: url, signal });
  await progress.change((standing) => ({ standing, traces: [sent] }));
  return false;
}

/** Whether this is the challenge of the validation URL that is waited for, in time. */
export function isAwaited({ verification }: WebhookStanding, challenge: string, now: number): boolean {
  if (verification === undefined || now > verification.until) return false;
  return timingSafeEqual(Buffer.from(hashOf(challenge)), Buffer.from(verification.challengeHash));
}

/** The standing at this moment: no timer is needed to tell that nobody has called a validation URL in time. */
export function atMoment(standing: WebhookStanding, now: number): WebhookStanding {
  const { verification, ...rest } = standing;
  if (verification === undefined || now <= verification.until) return standing;
  return { ...rest, state: 'disabled', reason: 'the validation URL was not called within 5 minutes' };
}

function refusedChallenge({ response, fault }: DeliveryTrace): Pick<WebhookStanding, 'state' | 'reason'> {
  const answer = response === undefined ? (fault ?? 'no answer') : `status ${response.status}`;
  return { state: 'disabled', reason: `the challenge was not met: ${answer}; enable it once its receiver is mended` };
}

function hashOf(challenge: string): string {
  return hash('sha256', challenge, 'hex');
}
