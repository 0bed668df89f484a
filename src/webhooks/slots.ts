/**
 * A bound on what is under way at once, in all and for each key, such as a workspace (law 6).
 * Owns: the counts, and whose turn it is. Those who wait are served key by key in turn, so that a key with many of them
 * holds up itself alone. Never: knows what it counts.
 */

export interface SlotBounds {
  readonly all: number;
  readonly each: number;
}

interface Place {
  held: number;
  /** In the order of asking; a waiter that is given its slot takes it at once. */
  readonly waiting: Set<() => void>;
}

export class Slots {
  readonly #bounds: SlotBounds;
  /** Keys that hold a slot or wait for one: the one that was served last is the last. */
  readonly #places = new Map<string, Place>();
  #held = 0;

  constructor(bounds: SlotBounds) {
    this.#bounds = bounds;
  }

  /** Runs `work` once the key has a slot for it; rejects with the signal's reason when that aborts before. */
  async run<Result>(key: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    await this.#take(key, signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#giveBack(key);
    }
  }

  async #take(key: string, signal: AbortSignal): Promise<void> {
    const place = this.#places.get(key) ?? { held: 0, waiting: new Set() };
    this.#places.set(key, place);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      if (place.waiting.delete(resolve)) reject(signal.reason);
      this.#tidy(key, place);
    };
    place.waiting.add(resolve);
    signal.addEventListener('abort', leave, { once: true });
    this.#serve();
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #giveBack(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    place.held -= 1;
    this.#held -= 1;
    this.#tidy(key, place);
    this.#serve();
  }

  /** Gives a free slot to the next key in turn that may have one more. */
  #serve(): void {
    if (this.#held >= this.#bounds.all) return;
    for (const [key, place] of this.#places) {
      const [next] = place.waiting;
      if (next === undefined || place.held >= this.#bounds.each) continue;
      place.waiting.delete(next);
      place.held += 1;
      this.#held += 1;
      this.#places.delete(key);
      this.#places.set(key, place);
      return next();
    }
  }

  #tidy(key: string, { held, waiting }: Place): void {
    if (held === 0 && waiting.size === 0) this.#places.delete(key);
  }
}
