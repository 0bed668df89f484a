/**
 * A clock that stands still until it is moved.
 * Owns: the time, and who sleeps. Never: moves by itself.
 */
import { setImmediate as yielded } from 'node:timers/promises';
import type { Clock } from '#ports/clock.ts';

export class TestClock implements Clock {
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  readonly #startMs: number;
  #elapsedMs = 0;

  /** `startMs` in milliseconds since 1970. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { until: this.#elapsedMs + ms, wake: resolve };
    const abort = (): void => reject(signal?.reason);
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      this.#sleepers.delete(sleeper);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Lets time pass, and wakes those who have slept long enough. */
  advance(ms: number): void {
    this.#elapsedMs += ms;
    for (const { until, wake } of this.#sleepers) if (until <= this.#elapsedMs) wake();
  }
}

/** What an applier pauses for at most when its store fails. */
const LONGEST_PAUSE_MS = 10_000;

/** Stands still where somebody waits for a retry, and lets pauses pass at once. */
export function withoutPauses(clock: TestClock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => (ms <= LONGEST_PAUSE_MS ? yielded() : clock.sleep(ms, signal)),
  };
}
