/** What all bodies together may hold of the process's memory (law 6). */
export class BodyMemory {
  readonly #limitBytes: number;
  #heldBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** A share of the memory, for one request. */
  share(): BodyShare {
    return new BodyShare(this);
  }

  /** False when it would pass the limit; then nothing is held. */
  hold(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#limitBytes) return false;
    this.#heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}

/** Knows how much one request holds, so that it is given back whole whatever became of the request. */
export class BodyShare implements Disposable {
  readonly #memory: BodyMemory;
  #heldBytes = 0;

  constructor(memory: BodyMemory) {
    this.#memory = memory;
  }

  hold(bytes: number): boolean {
    if (!this.#memory.hold(bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  [Symbol.dispose](): void {
    this.#memory.release(this.#heldBytes);
    this.#heldBytes = 0;
  }
}
