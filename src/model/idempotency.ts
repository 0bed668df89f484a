/**
 * Idempotency keys: events of one table with an equal key, accepted within a window, are one event.
 * Owns: who has a key. Never: knows where keys are kept.
 */
import type { RequestId } from './words.ts';

/** The longest key that a sender may give, in characters. */
export const MAX_KEY_LENGTH = 255;

/** A request wants a key of an event table. Once it has it, this is what a store keeps. */
export interface KeyClaim {
  readonly key: string;
  readonly requestId: RequestId;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
}

/** Claims to keys of one event table, in order. */
export interface KeyClaims {
  readonly database: string;
  readonly table: string;
  readonly claims: readonly KeyClaim[];
  /** Two claims to a key count as one when less than this lies between their acceptances. */
  readonly windowMs: number;
}

export interface KeyAnswer {
  /** For each claim, the request that has the key already; undefined: it is the claim's from now on. */
  readonly owners: readonly (RequestId | undefined)[];
  /** The claims that got their keys, in order. */
  readonly granted: readonly KeyClaim[];
}

/** `taken` may hold other keys too. Of several requests that had a key in turn the earliest in the window counts. */
export function answerClaims(taken: readonly KeyClaim[], { claims, windowMs }: KeyClaims): KeyAnswer {
  const known = Map.groupBy(taken.toSorted(byRequest), ({ key }) => key);
  const granted: KeyClaim[] = [];
  const owners = claims.map((claim) => {
    const before = known.get(claim.key);
    const owner = before?.find(({ acceptedAt }) => Math.abs(claim.acceptedAt - acceptedAt) < windowMs);
    if (owner !== undefined) return owner.requestId;
    granted.push(claim);
    if (before === undefined) known.set(claim.key, [claim]);
    else before.push(claim);
    return undefined;
  });
  return { owners, granted };
}

/**
 * Keys that were accepted before this may be forgotten: they lie outside the window, and as long again, for events that
 * are applied late, of all claims. Milliseconds since 1970.
 */
export function forgottenBefore({ claims, windowMs }: KeyClaims): number {
  return claims.reduce((latest, { acceptedAt }) => Math.max(latest, acceptedAt), -Infinity) - 2 * windowMs;
}

function byRequest(a: KeyClaim, b: KeyClaim): number {
  if (a.requestId === b.requestId) return 0;
  return a.requestId < b.requestId ? -1 : 1;
}
