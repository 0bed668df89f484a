/**
 * Results of jobs, in memory, until newer ones need their room.
 * Owns: the bound on what they hold together (law 6). Never: outlives its process.
 */
import type { ResultRows } from '#protocols/td-rest/job-result.ts';

interface Kept {
  readonly result: ResultRows;
  readonly bytes: number;
}

export class KeptResults {
  readonly #maxBytes: number;
  /** In the order in which they came. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** `maxBytes` of JSON text. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  keep(name: string, result: ResultRows, bytes: number): void {
    this.#kept.set(name, { result, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes || oldest === name) return;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
  }

  get(name: string): ResultRows | undefined {
    return this.#kept.get(name)?.result;
  }
}
