/**
 * Requests per second of each client, in fixed windows of one second.
 * Owns: the counts of the current window alone, so memory is bounded by the clients of one second. Never: waits, or
 * asks what time of day it is: windows go by the monotonic clock, which nobody sets.
 */
const WINDOW_MS = 1000;

export class RateLimiter {
  readonly #requestsPerSecond: number;
  readonly #counts = new Map<string, number>();
  #window = -1;

  constructor(requestsPerSecond: number) {
    this.#requestsPerSecond = requestsPerSecond;
  }

  /** Counts a request; false when the client has had its share of this second. `nowMs` is monotonic. */
  admit(clientId: string, nowMs: number): boolean {
    this.#enter(nowMs);
    const count = this.#counts.get(clientId) ?? 0;
    if (count >= this.#requestsPerSecond) return false;
    this.#counts.set(clientId, count + 1);
    return true;
  }

  /** Requests that the client has left in this second. */
  left(clientId: string, nowMs: number): number {
    this.#enter(nowMs);
    return this.#requestsPerSecond - (this.#counts.get(clientId) ?? 0);
  }

  #enter(nowMs: number): void {
    const window = Math.floor(nowMs / WINDOW_MS);
    if (window === this.#window) return;
    this.#window = window;
    this.#counts.clear();
  }
}
