/**
 * Bodies of deliveries with their signatures, shared by all webhooks that are sent the same events.
 * Owns: the last ones, within bounds. Never: reads the journal.
 */
import type { Signatures } from '#protocols/webhooks/headers.ts';
import type { KeyRing } from './key-ring.ts';

export interface SignedBody {
  readonly body: Buffer;
  readonly signatures: Signatures;
}

/** Law 6. */
const MAX_BODIES = 256;
const MAX_BYTES = 16 * 1024 * 1024;

interface Kept {
  readonly bytes: number;
  readonly signed: Promise<SignedBody>;
}

export class SignedBodies {
  readonly #keys: Pick<KeyRing, 'sign'>;
  /** Those that were used longest ago first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(keys: Pick<KeyRing, 'sign'>) {
    this.#keys = keys;
  }

  /** The body of this name, which stands for its content; made by `build` unless it is known. */
  of(name: string, build: () => Buffer): Promise<SignedBody> {
    const known = this.#kept.get(name);
    if (known !== undefined) {
      this.#kept.delete(name);
      this.#kept.set(name, known);
      return known.signed;
    }
    const body = build();
    const signed = this.#keys.sign(body).then((signatures) => ({ body, signatures }));
    this.#keep(name, { bytes: body.byteLength, signed });
    return signed;
  }

  /** After a rotation nothing is sent with the key that is gone. */
  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #keep(name: string, kept: Kept): void {
    this.#kept.set(name, kept);
    this.#bytes += kept.bytes;
    // What could not be signed is tried again by the next who wants it.
    kept.signed.catch(() => this.#drop(name, kept));
    for (const [oldest, candidate] of this.#kept) {
      if (this.#kept.size <= MAX_BODIES && this.#bytes <= MAX_BYTES) return;
      this.#drop(oldest, candidate);
    }
  }

  #drop(name: string, kept: Kept): void {
    if (this.#kept.get(name) !== kept) return;
    this.#kept.delete(name);
    this.#bytes -= kept.bytes;
  }
}
