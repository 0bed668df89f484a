/**
 * What a gateway remembers between requests.
 * Owns: the making of it. Never: anything that must survive a restart; the log and control keep that.
 */
import type { Answer } from '#protocols/answer.ts';
import { policyField } from '#protocols/ingestion/limits.ts';
import { DailyQuota } from './admission/daily-quota.ts';
import { daysIn } from './admission/quota-day.ts';
import { RateLimiter } from './admission/rate-limiter.ts';
import { BodyMemory } from './body/body-memory.ts';
import { Intake } from './intake.ts';
import type { GatewayParts } from './parts.ts';
import { TokenDirectory } from './token-directory.ts';
import { TokenIssuer } from './token-issuer.ts';

export interface GatewayState {
  readonly parts: GatewayParts;
  readonly intake: Intake;
  readonly bodyMemory: BodyMemory;
  readonly tokens: TokenDirectory;
  readonly issuer: TokenIssuer;
  readonly rateLimiter: RateLimiter;
  readonly quota: DailyQuota;
  /** What every answer of the Data Ingestion API says of its limits. */
  readonly policy: string;
}

/** What a room makes of a request: an answer, or nobody is left to hear one. */
export type Outcome = Answer | 'gone';

/** A step of a protocol's table of checks. Undefined: the request passes. */
export type Check<Case> = (given: Case) => Answer | undefined;

/** Throws a RangeError when the quota's time zone is unknown. */
export function createGatewayState(parts: GatewayParts): GatewayState {
  const { control, writer, clock, options } = parts;
  return {
    parts,
    intake: new Intake(parts),
    bodyMemory: new BodyMemory(options.maxBodyMemoryBytes),
    tokens: new TokenDirectory(control, options.tokenLifetimeSeconds),
    issuer: new TokenIssuer(control, clock, options.tokenLifetimeSeconds),
    rateLimiter: new RateLimiter(options.requestsPerSecond),
    quota: new DailyQuota(options.dailyObjects, writer, daysIn(options.quotaTimeZone)),
    policy: policyField(options),
  };
}

/** The first refusal of a table of checks, in its order. */
export function firstRefusal<Case>(checks: readonly Check<Case>[], given: Case): Answer | undefined {
  for (const check of checks) {
    const refusal = check(given);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
