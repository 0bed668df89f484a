/**
 * The limits of the Data Ingestion API over time, and what its answers say of them.
 * Owns: rows 5 and 10 of the table in docs/specs/gateway.md. Never: counts; admission/ does.
 */
import type { Client } from '#model/definitions.ts';
import type { Answer } from '#protocols/answer.ts';
import { refuseIngestion } from '#protocols/ingestion/errors.ts';
import { stateField } from '#protocols/ingestion/limits.ts';
import type { QuotaReached } from './admission/daily-quota.ts';
import type { GatewayState } from './state.ts';

/** The answer to a request that the log has taken. */
export function accept(state: GatewayState, client: Client): Answer {
  return { status: 202, headers: limitHeaders(state, client), body: '' };
}

/** Counts the request; refuses it when the client has had its share of this second. */
export function checkRate(state: GatewayState, client: Client): Answer | undefined {
  if (state.rateLimiter.admit(client.clientId, state.parts.clock.monotonic())) return undefined;
  return refuseIngestion('429001', {
    reason: `at most ${state.parts.options.requestsPerSecond} requests per second`,
    headers: ['Retry-After', '1', ...limitHeaders(state, client)],
  });
}

/** Refuses a request that does not fit into the day. */
export function refuseQuota(state: GatewayState, client: Client, { retryAfterSeconds }: QuotaReached): Answer {
  return refuseIngestion('4290801', {
    reason: `at most ${state.parts.options.dailyObjects} objects a day`,
    headers: ['Retry-After', String(retryAfterSeconds), ...limitHeaders(state, client)],
  });
}

// As of the answer, not of the request: its append may have taken a while.
function limitHeaders({ parts, policy, rateLimiter, quota }: GatewayState, client: Client): readonly string[] {
  const requestsLeft = rateLimiter.left(client.clientId, parts.clock.monotonic());
  const day = quota.left(client.workspace, parts.clock.now());
  return [
    'RateLimit-Policy',
    policy,
    'RateLimit',
    stateField(day === undefined ? { requestsLeft } : { requestsLeft, day }),
  ];
}
