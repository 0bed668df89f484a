/** Time as an argument, so that tests can drive it. */
export interface Clock {
  /** Milliseconds since 1970; may jump when the system's clock is set. */
  now(): number;
  /** Milliseconds that only ever grow, from an arbitrary start. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
