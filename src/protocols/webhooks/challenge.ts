/**
 * The challenge that a receiver has to meet before it is sent anything, as Adobe I/O Events has it.
 * Owns: its URLs and what counts as an answer. Never: sends a request.
 */
import { JsonError, parseJson } from '#model/json.ts';

/** How long a validation URL is good. */
export const VALIDATION_MS: number = 5 * 60 * 1000;

/** Below the server's address. */
export const VALIDATION_PATH = '/webhooks/validate';

/** The receiver's URL with the challenge in its query. */
export function challengeUrl(url: string, challenge: string): string {
  const { href, search } = new URL(url);
  // Appended as text, so that the receiver's own query stays as it was written.
  const base = href.endsWith('?') ? href.slice(0, -1) : href;
  return `${base}${search === '' ? '?' : '&'}challenge=${challenge}`;
}

export interface ChallengeAnswer {
  readonly status?: number | undefined;
  readonly contentType: string;
  readonly body: string;
}

/** `met`: the challenge came back. `reachable`: 200 with something else, so that a validation URL is sent. */
export function judgeAnswer(answer: ChallengeAnswer, challenge: string): 'met' | 'reachable' | 'failed' {
  const { status = 0 } = answer;
  if (status < 200 || status > 299) return 'failed';
  return isEcho(answer, challenge) ? 'met' : 'reachable';
}

function isEcho({ contentType, body }: ChallengeAnswer, challenge: string): boolean {
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  if (type === 'text/plain') return body.trim() === challenge;
  return type === 'application/json' && challengeIn(body) === challenge;
}

function challengeIn(body: string): unknown {
  try {
    const value = parseJson(body);
    return typeof value === 'object' && value !== null && 'challenge' in value ? value['challenge'] : undefined;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** What the receiver is sent when its answer was another one: a GET on the URL verifies it. */
export function validationUrl(serverUrl: string, webhookId: string, challenge: string): string {
  return `${serverUrl}${VALIDATION_PATH}?id=${webhookId}&challenge=${challenge}`;
}
