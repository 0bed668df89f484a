/**
 * A set of idempotency keys that were kept one after the other, as hashes with open addressing.
 * Owns: eight bytes a slot, of which a quarter stays free. Never: grows, or forgets a key but to undo its adding.
 *
 *     slot:  print (32 bits of the hash; 0: free) │ row (its ordinal, counted from the first row)
 */

/** A row of the table, which holds keys of one request. */
export interface KeyRow {
  readonly ordinal: number;
  readonly acceptedAt: number;
}

/** The fraction of the slots that is filled at most: a search ends at a free one. */
const MOST_FILLED = 0.75;

/** The fewest slots for so many keys: a power of two. */
export function slotsFor(keys: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, keys / MOST_FILLED)));
}

export class KeyGeneration {
  readonly slots: number;
  /** The newest acceptance that was known when it began. */
  readonly begunMs: number;
  /** The greatest ordinal of its rows. */
  last: number = -Infinity;
  /** When the newest of its keys was accepted. */
  latestMs: number = -Infinity;
  used = 0;
  readonly #table: Int32Array;
  readonly #mask: number;
  readonly #first: number;
  /** The slots that the running transaction has filled. */
  #added: number[] = [];

  /** `slots` is a power of two. */
  constructor(slots: number, { first, begunMs }: { readonly first: number; readonly begunMs: number }) {
    this.slots = slots;
    this.begunMs = begunMs;
    this.#first = first;
    this.#mask = slots - 1;
    this.#table = new Int32Array(2 * slots);
  }

  get isFull(): boolean {
    return this.used >= this.slots * MOST_FILLED;
  }

  add(home: number, print: number, row: KeyRow): void {
    let slot = home & this.#mask;
    while (this.#table[2 * slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#table[2 * slot] = print;
    this.#table[2 * slot + 1] = row.ordinal - this.#first;
    this.#added.push(slot);
    this.used += 1;
    this.last = Math.max(this.last, row.ordinal);
    this.latestMs = Math.max(this.latestMs, row.acceptedAt);
  }

  /** Adds the ordinals of the rows that may have the key to `rows`. False: none has it. */
  find(home: number, print: number, rows: Set<number>): boolean {
    const [table, mask] = [this.#table, this.#mask];
    let isFound = false;
    for (let slot = home & mask; ; slot = (slot + 1) & mask) {
      const here = table[2 * slot];
      if (here === 0) return isFound;
      if (here !== print) continue;
      isFound = true;
      rows.add(this.#first + (table[2 * slot + 1] as number));
    }
  }

  commit(): void {
    if (this.#added.length > 0) this.#added = [];
  }

  // Nothing was added behind these, so that no search has to pass over them.
  rollBack(): void {
    for (const slot of this.#added) this.#table[2 * slot] = 0;
    this.used -= this.#added.length;
    this.#added = [];
  }
}
