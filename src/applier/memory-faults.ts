/**
 * Counts how often in a row a store had no memory for one and the same thing, alone in its batch.
 * Owns: the count. Never: decides what follows.
 */

/** After so many the thing itself is too large for the moment, and the batches before it were not. */
const MAX_FAULTS = 3;

export class MemoryFaults {
  #suspect: string | number | undefined;
  #faults = 0;

  /** It has happened again; `suspect` is undefined when several things were in the batch. True: often enough. */
  again(suspect: string | number | undefined): boolean {
    this.#faults = suspect !== undefined && suspect === this.#suspect ? this.#faults + 1 : 1;
    this.#suspect = suspect;
    return suspect !== undefined && this.#faults >= MAX_FAULTS;
  }

  forget(): void {
    this.#suspect = undefined;
  }
}
