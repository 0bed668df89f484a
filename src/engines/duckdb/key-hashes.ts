/**
 * Hashes of idempotency keys, 64 bits each, for the memory of one process alone.
 * Owns: the hash. Never: stored, for its numbers are drawn anew with each opening.
 *
 *     home:  Σ a[n] · character n, mixed        where to look
 *     print: Σ b[n] · character n, mixed        what to look for; never 0
 *
 * Each character is multiplied with a secret number of its place, so that no sender can make keys that meet.
 */
import { randomFillSync } from 'node:crypto';

/** Keys of one table are told from those of another by where their sums start. */
export interface HashStart {
  readonly home: number;
  readonly print: number;
}

/** Of several keys, by their places. */
export interface KeyHashes {
  readonly homes: Int32Array;
  readonly prints: Int32Array;
  /** 1: the key is a UUID in lower case. */
  readonly uuids: Uint8Array;
}

/** Longer keys begin again with the first number. */
const PLACES = 256;

/** By character: what a UUID has four of counts 1, and what it has none of counts more than a key has characters. */
const STRANGENESS: Readonly<Uint16Array> = Uint16Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (character === '-') return 1;
  return /[0-9a-f]/.test(character) ? 0 : PLACES;
});
const HYPHEN = '-'.charCodeAt(0);
const UUID_LENGTH = 36;

/** The last hash lies in the fields: an object for each would cost more than the hash. */
export class KeyHasher {
  home = 0;
  print = 0;
  isUuid = false;
  readonly #homes: Int32Array = randomFillSync(new Int32Array(PLACES)).map(odd);
  readonly #prints: Int32Array = randomFillSync(new Int32Array(PLACES)).map(odd);

  startOf(table: string): HashStart {
    this.hash({ home: 0, print: 0 }, table);
    return { home: this.home, print: this.print };
  }

  /** The key that lies in `text` from `begin` to `end`. */
  hash(start: HashStart, text: string, begin = 0, end: number = text.length): void {
    const [homes, prints] = [this.#homes, this.#prints];
    let { home, print } = start;
    let strangeness = 0;
    for (let at = begin; at < end; at += 1) {
      const code = text.charCodeAt(at);
      const place = (at - begin) & (PLACES - 1);
      home = (home + Math.imul(code + 1, homes[place] as number)) | 0;
      print = (print + Math.imul(code + 1, prints[place] as number)) | 0;
      strangeness += code < 128 ? (STRANGENESS[code] as number) : PLACES;
    }
    this.home = mixed(home);
    this.print = mixed(print) || 1;
    this.isUuid = strangeness === 4 && end - begin === UUID_LENGTH && hasHyphens(text, begin);
  }

  hashesOf(table: string, keys: readonly string[]): KeyHashes {
    const start = this.startOf(table);
    const homes = new Int32Array(keys.length);
    const prints = new Int32Array(keys.length);
    const uuids = new Uint8Array(keys.length);
    for (let at = 0; at < keys.length; at += 1) {
      this.hash(start, keys[at] as string);
      homes[at] = this.home;
      prints[at] = this.print;
      uuids[at] = this.isUuid ? 1 : 0;
    }
    return { homes, prints, uuids };
  }
}

/** Where a UUID has its four. */
function hasHyphens(text: string, begin: number): boolean {
  return [8, 13, 18, 23].every((at) => text.charCodeAt(begin + at) === HYPHEN);
}

function odd(random: number): number {
  return random | 1;
}

/** The finalizer of MurmurHash3: every bit of the sum reaches every bit of the hash. */
function mixed(sum: number): number {
  let hash = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
