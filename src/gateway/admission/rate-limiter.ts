/**
 * Requests per second of each client, in fixed windows of one second.
 * Owns: the counts of the current window alone, so memory is bounded by the clients of one second. Never: waits.
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
    const window = Math.floor(nowMs / WINDOW_MS);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.clear();
    }
    const count = this.#counts.get(clientId) ?? 0;
    if (count >= this.#requestsPerSecond) return false;
    this.#counts.set(clientId, count + 1);
    return true;
  }
}
