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
  readonly #ending: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(memory: BodyMemory) {
    this.#memory = memory;
  }

  hold(bytes: number): boolean {
    if (!this.#memory.hold(bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  /** These bytes are read by nobody any more once the share is disposed of. */
  endsWithShare(bytes: Uint8Array): void {
    this.#ending.push(bytes);
  }

  [Symbol.dispose](): void {
    this.#memory.release(this.#heldBytes);
    this.#heldBytes = 0;
    for (const bytes of this.#ending.splice(0)) giveBack(bytes);
  }
}

/** Below it the garbage collector is as good. */
const WORTH_BYTES = 16 * 1024;

/**
 * Gives the memory of bytes back that nobody reads any more. Bodies are garbage outside of V8's heap, and leave little
 * inside: left to the collector, they would have it walk the whole heap every few hundred requests.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  // What is smaller than its buffer shares it with others.
  if (byteLength >= WORTH_BYTES && byteLength === buffer.byteLength) (buffer as ArrayBuffer).transfer(0);
}
