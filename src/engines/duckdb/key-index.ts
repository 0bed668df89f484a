/**
 * Which idempotency keys may be taken, in memory: DuckDB is asked about those alone.
 * Owns: generations of hashes, bounded in their sum. Never: says of a key that the table holds that it is free.
 *
 *     rows of the table   1 ………… 811 │ 812 ……………… 990 │ 991 …… 1042
 *     generations          (dropped)   [ 49,152 keys ] [ 98,304 keys ]      a new one when the last is full,
 *                                    ↑ completeFrom                         or as old as the window
 *
 * That a key may be taken is no more than a hint. So it does no harm to keep what the table has forgotten: keys of a
 * table that is dropped, and those beyond the window until their generation goes. Of rows before `completeFrom` the
 * index knows nothing, and the table itself has to be asked.
 */
import { KeyGeneration, type KeyRow, slotsFor } from './key-generation.ts';
import { type HashStart, KeyHasher, type KeyHashes } from './key-hashes.ts';

/** The slots of all generations, at eight bytes: 64 MB for five to six million keys. */
export const DEFAULT_KEY_SLOTS: number = 1 << 23;

/** The slots of the first generation. Each that is filled is followed by one of twice its size… */
const LEAST_SLOTS = 1 << 16;

/** …up to this part of all slots: what is dropped at once is little, and few have to be searched. */
const LARGEST_PART = 1 / 4;

export interface KeyTableBounds {
  /** The greatest ordinal; 0 when the table is empty. */
  readonly last: number;
  /** Rows before this one are not loaded. */
  readonly completeFrom: number;
  /** When the newest of those was accepted. */
  readonly missingUntilMs: number;
}

export interface AddedRow extends KeyRow {
  readonly windowMs: number;
}

export interface SuspectedClaims {
  /** Places of claims whose keys may be taken. */
  readonly places: ReadonlySet<number>;
  /** Ordinals of the rows that may have them. */
  readonly rows: ReadonlySet<number>;
}

/** Places of keys that others among them may be equal to, with those of these others. */
export function repeatedWithin({ homes, prints }: KeyHashes): ReadonlySet<number> {
  const places = new Set<number>();
  const firsts = new KeyGeneration(slotsFor(homes.length), { first: 0, begunMs: 0 });
  for (let at = 0; at < homes.length; at += 1) {
    const [home, print] = [homes[at] as number, prints[at] as number];
    if (firsts.find(home, print, places)) places.add(at);
    else firsts.add(home, print, { ordinal: at, acceptedAt: 0 });
  }
  return places;
}

export class KeyIndex {
  readonly #mostSlots: number;
  readonly #hasher = new KeyHasher();
  #generations: KeyGeneration[] = [];
  #state: 'empty' | 'filled' | 'loaded' = 'empty';
  #nextOrdinal = 0;
  #newestMs = -Infinity;
  #completeFrom = 0;
  #missingUntilMs = -Infinity;

  constructor(mostSlots: number) {
    this.#mostSlots = mostSlots;
  }

  /** False: the rows of the table have to be added first. */
  get isLoaded(): boolean {
    return this.#state !== 'empty';
  }

  /** How many keys are worth loading: half of what there is room for, so that as many can follow. */
  get mostLoaded(): number {
    return this.#mostSlots / 2;
  }

  /** Rows with lower ordinals are not in the index. */
  get completeFrom(): number {
    return this.#completeFrom;
  }

  /** None of the rows that are not in the index was accepted later. */
  get missingUntilMs(): number {
    return this.#missingUntilMs;
  }

  /** An ordinal that no row has had, not even one that was rolled back. */
  nextOrdinal(): number {
    this.#nextOrdinal += 1;
    return this.#nextOrdinal - 1;
  }

  /** The rows of the table that has these bounds follow, but for those before its `completeFrom`. */
  beginLoading(table: KeyTableBounds): void {
    this.#generations = [];
    this.#nextOrdinal = table.last + 1;
    this.#completeFrom = table.completeFrom;
    this.#missingUntilMs = table.missingUntilMs;
  }

  endLoading(): void {
    this.#state = 'filled';
  }

  startOf(table: string): HashStart {
    return this.#hasher.startOf(table);
  }

  hashesOf(table: string, keys: readonly string[]): KeyHashes {
    return this.#hasher.hashesOf(table, keys);
  }

  /** Among keys that were accepted after `sinceMs`. */
  suspects({ homes, prints }: KeyHashes, sinceMs: number): SuspectedClaims {
    const [places, rows] = [new Set<number>(), new Set<number>()];
    for (const generation of this.#generations) {
      if (generation.latestMs <= sinceMs) continue;
      for (let at = 0; at < homes.length; at += 1) {
        if (generation.find(homes[at] as number, prints[at] as number, rows)) places.add(at);
      }
    }
    return { places, rows };
  }

  /** The row has the key of this hash. */
  add(home: number, print: number, row: AddedRow): void {
    this.#newestMs = Math.max(this.#newestMs, row.acceptedAt);
    this.#generation(row).add(home, print, row);
  }

  /** The row has the keys that stand in `text` one behind the other, each of `length` characters: one at least. */
  addAll(text: string, length: number, row: AddedRow & { readonly start: HashStart }): void {
    let begin = 0;
    do {
      this.#hasher.hash(row.start, text, begin, begin + length);
      this.add(this.#hasher.home, this.#hasher.print, row);
      begin += length;
    } while (begin < text.length);
    // Nothing that is loaded needs to be undone: see rollBack.
    this.#generations.at(-1)?.commit();
  }

  /** Keys that were accepted before this are forgotten. */
  forget(beforeMs: number): void {
    const current = this.#generations.at(-1);
    while (this.#generations[0] !== current && (this.#generations[0]?.latestMs ?? Infinity) < beforeMs) this.#drop();
  }

  commit(): void {
    if (this.#state === 'filled') this.#state = 'loaded';
    for (const generation of this.#generations) generation.commit();
  }

  /** What was loaded by the transaction that fails lacks the rows that this one had deleted. */
  rollBack(): void {
    for (const generation of this.#generations) generation.rollBack();
    if (this.#state === 'filled') this.#state = 'empty';
  }

  #generation({ ordinal, windowMs }: AddedRow): KeyGeneration {
    const last = this.#generations.at(-1);
    if (last !== undefined && !last.isFull && this.#newestMs - last.begunMs < windowMs) return last;
    const wanted = Math.max(LEAST_SLOTS, 2 * slotsFor(last?.used ?? 0));
    const next = new KeyGeneration(Math.min(wanted, this.#mostSlots * LARGEST_PART), {
      first: ordinal,
      begunMs: this.#newestMs,
    });
    this.#generations.push(next);
    let sum = this.#generations.reduce((slotsOfAll, generation) => slotsOfAll + generation.slots, 0);
    for (; sum > this.#mostSlots; sum -= this.#drop()) continue;
    return next;
  }

  /** Forgets the oldest generation. Returns its slots. */
  #drop(): number {
    const dropped = this.#generations.shift();
    if (dropped === undefined) return 0;
    this.#completeFrom = Math.max(this.#completeFrom, dropped.last + 1);
    this.#missingUntilMs = Math.max(this.#missingUntilMs, dropped.latestMs);
    return dropped.slots;
  }
}
