/**
 * Slots: how many queries run at once. Each occupies a thread of the process while it runs (law 6).
 * Owns: the count and the queue, first come first served. Never: ends a query.
 */
import { busyError } from './query-errors.ts';

export interface QuerySlotLimits {
  readonly running: number;
  readonly waiting: number;
}

export class QuerySlots {
  readonly #limits: QuerySlotLimits;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(limits: QuerySlotLimits) {
    this.#limits = limits;
  }

  /**
   * Resolves with a slot; disposing it gives it to the next in the queue.
   * Rejects with a QueryError `unavailable` when the queue is full, and with the signal's reason when it aborts.
   */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#running >= this.#limits.running) await this.#wait(signal);
    else this.#running += 1;
    return { [Symbol.dispose]: () => this.#release() };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#queue.length >= this.#limits.waiting) throw busyError();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const place = this.#queue.indexOf(resolve);
      // Given the slot already: it is this caller's to use or to give back.
      if (place < 0) return;
      this.#queue.splice(place, 1);
      reject(signal.reason as Error);
    };
    this.#queue.push(resolve);
    signal.addEventListener('abort', leave, { once: true });
    await promise.finally(() => signal.removeEventListener('abort', leave));
  }

  #release(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
