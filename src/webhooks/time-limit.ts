/**
 * A signal that aborts when a time has passed, by the clock that tests can drive.
 * Owns: the sleep, which ends with the limit. Never: ends the work itself.
 */
import type { Clock } from '#ports/clock.ts';

export class TimeLimit implements Disposable {
  readonly #reached = new AbortController();
  readonly #done = new AbortController();

  constructor(clock: Clock, ms: number) {
    clock.sleep(ms, this.#done.signal).then(
      () => this.#reached.abort(),
      () => undefined,
    );
  }

  get signal(): AbortSignal {
    return this.#reached.signal;
  }

  [Symbol.dispose](): void {
    this.#done.abort();
  }
}
