/**
 * Look-ups of host names, shared by all who ask for the same name at once.
 * Owns: how long one may take, how many are under way, and how long a failure is believed (law 6).
 * Never: keeps an answer, so that each connection goes to what the name stands for at that moment.
 */
import { abortable } from '#kit/abortable.ts';
import type { Clock } from '#ports/clock.ts';
import { LookupError } from './lookup-error.ts';
import { TimeLimit } from './time-limit.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. Rejects when it has none, and when the signal aborts. */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<readonly ResolvedAddress[]>;

const LOOKUP_MS = 10_000;

/** A silent name server is not asked again for this long. */
const FAILURE_MS = 5_000;
const MAX_FAILURES = 1_000;

/** Each is asked for by a call that has a slot; those whose call was broken off end by themselves. */
const MOST_UNDER_WAY = 1_024;

interface Failure {
  readonly error: unknown;
  /** Monotonic milliseconds. */
  readonly until: number;
}

export interface LookupsParts {
  readonly clock: Clock;
  readonly resolve: Resolve;
}

export class Lookups {
  readonly #parts: LookupsParts;
  readonly #underWay = new Map<string, Promise<readonly ResolvedAddress[]>>();
  /** Those that are forgotten first come first. */
  readonly #failures = new Map<string, Failure>();

  constructor(parts: LookupsParts) {
    this.#parts = parts;
  }

  /** Rejects as {@link Resolve} does, and with a {@link LookupError} after 10 seconds. */
  async of(hostname: string): Promise<readonly ResolvedAddress[]> {
    const failure = this.#failures.get(hostname);
    if (failure !== undefined && this.#parts.clock.monotonic() < failure.until) throw failure.error;
    const shared = this.#underWay.get(hostname);
    if (shared !== undefined) return shared;
    if (this.#underWay.size >= MOST_UNDER_WAY) throw new LookupError('EAI_AGAIN', hostname);
    const lookup = this.#lookUp(hostname).finally(() => this.#underWay.delete(hostname));
    this.#underWay.set(hostname, lookup);
    return lookup;
  }

  async #lookUp(hostname: string): Promise<readonly ResolvedAddress[]> {
    const { clock, resolve } = this.#parts;
    using limit = new TimeLimit(clock, LOOKUP_MS);
    try {
      return await abortable(resolve(hostname, limit.signal), limit.signal);
    } catch (error) {
      const told = limit.signal.aborted ? new LookupError('EAI_AGAIN', hostname) : error;
      this.#remember(hostname, told);
      throw told;
    }
  }

  #remember(hostname: string, error: unknown): void {
    const now = this.#parts.clock.monotonic();
    this.#failures.delete(hostname);
    this.#failures.set(hostname, { error, until: now + FAILURE_MS });
    for (const [oldest, { until }] of this.#failures) {
      if (this.#failures.size <= MAX_FAILURES && now < until) return;
      this.#failures.delete(oldest);
    }
  }
}
