/**
 * The body of an import as it arrives: bounded, hashed, inflated.
 * Owns: how long a sender may be silent, and how much it may send (law 6). Never: decodes a record.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '#ports/clock.ts';
import { tdError } from '#protocols/td-rest/errors.ts';

/** As sent. */
const MAX_SENT_BYTES = 2 * 1024 ** 3;
const MAX_SILENCE_MS = 60_000;
const LOOK_EVERY_MS = 5_000;

export class ImportBody implements Disposable {
  readonly #request: IncomingMessage;
  readonly #clock: Clock;
  readonly #hash: Hash = createHash('md5');
  readonly #done = new AbortController();
  #waitingSinceMs: number | undefined;
  #bytes = 0;

  constructor(request: IncomingMessage, clock: Clock) {
    this.#request = request;
    this.#clock = clock;
    void this.#watch();
  }

  /** Of the bytes as sent; once they are all read. */
  md5Hex(): string {
    return this.#hash.digest('hex');
  }

  /** Inflated, piece by piece, each read once the one before is used. Throws a TdError (413, 422). */
  async inflate(use: (pieces: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
    try {
      await pipeline(
        Readable.from(this.#sent(), { objectMode: false }),
        createGunzip(),
        (pieces: AsyncIterable<Uint8Array>) => use(pieces),
      );
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      throw code.startsWith('Z_') ? tdError('td-422', 'the body is no whole gzip') : error;
    }
  }

  /** Reads the rest for its hash alone. */
  async discard(): Promise<void> {
    for await (const _ of this.#sent()) continue;
  }

  [Symbol.dispose](): void {
    this.#done.abort();
  }

  async *#sent(): AsyncGenerator<Uint8Array> {
    this.#waitingSinceMs = this.#clock.monotonic();
    for await (const piece of this.#request as AsyncIterable<Uint8Array>) {
      this.#waitingSinceMs = undefined;
      this.#bytes += piece.length;
      if (this.#bytes > MAX_SENT_BYTES) throw tdError('td-413', `an import may have ${MAX_SENT_BYTES} bytes`);
      this.#hash.update(piece);
      yield piece;
      this.#waitingSinceMs = this.#clock.monotonic();
    }
    this.#waitingSinceMs = undefined;
  }

  // The server's own limit on the time of a body does not hold for imports, which may take long and never stand still.
  async #watch(): Promise<void> {
    const { signal } = this.#done;
    while (!signal.aborted) {
      await this.#clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
      const since = this.#waitingSinceMs;
      if (since !== undefined && this.#clock.monotonic() - since > MAX_SILENCE_MS) this.#request.destroy();
    }
  }
}
