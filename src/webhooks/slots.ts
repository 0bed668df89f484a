/**
 * A bound on what is under way at once, in the order of asking (law 6).
 * Owns: the count. Never: knows what it counts.
 */

export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Runs `work` once there is a slot for it, unless the signal has aborted by then. */
  async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The slot goes from hand to hand, so that nobody overtakes those who wait.
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
