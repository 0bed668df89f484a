/**
 * Numbers by text, for many texts that are looked up once or twice.
 * Owns: a hash table with open addressing, at most half full. Never: forgets a text.
 *
 * A Map makes each string that it is asked for one of those that V8 knows by their content. That copies it to where
 * only a full collection frees it, and costs more than twice as much as hashing and comparing it here.
 */
import { randomInt } from 'node:crypto';

const FREE = -1;
const FIRST_SLOTS = 16;
const GROWTH = 4;

// Of this process, so that nobody can send texts whose hashes are all alike (law 6).
const SEED = randomInt(2 ** 30);

export class TextNumbers {
  /** Each the place of an entry, or {@link FREE}; their number is a power of two. */
  #slots: Int32Array = new Int32Array(FIRST_SLOTS).fill(FREE);
  readonly #texts: string[] = [];
  readonly #hashes: number[] = [];
  readonly #numbers: number[] = [];

  /** The number that the text has. A text without one is given `number`; then the answer is undefined. */
  add(text: string, number: number): number | undefined {
    const hash = hashOf(text);
    const slot = this.#slotOf(text, hash);
    const entry = this.#slots[slot] as number;
    if (entry !== FREE) return this.#numbers[entry];
    this.#slots[slot] = this.#texts.length;
    this.#texts.push(text);
    this.#hashes.push(hash);
    this.#numbers.push(number);
    if (this.#texts.length * 2 > this.#slots.length) this.#grow();
    return undefined;
  }

  /** Gives a text that has a number another one. */
  replace(text: string, number: number): void {
    const entry = this.#slots[this.#slotOf(text, hashOf(text))] as number;
    if (entry !== FREE) this.#numbers[entry] = number;
  }

  /** Of the text's entry, or where one would go. */
  #slotOf(text: string, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = this.#slots[slot] as number;
      if (entry === FREE || (this.#hashes[entry] === hash && this.#texts[entry] === text)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * GROWTH).fill(FREE);
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.#hashes.length; entry += 1) {
      let slot = (this.#hashes[entry] as number) & mask;
      while (this.#slots[slot] !== FREE) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }
}

/** 30 bits: as many as V8 keeps without a box. The steps are those of MurmurHash3. */
function hashOf(text: string): number {
  let hash = SEED;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x3fffffff;
}
