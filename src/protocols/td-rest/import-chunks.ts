/**
 * The records of an import, gathered into bodies of entries.
 * Owns: how much an entry holds, and how much of an import is in memory at once (law 6). Never: inflates, or writes.
 *
 * ```
 *  bytes, piece by piece ─► decoder ─► records ─► JSON array of at most 1 MiB and 10,000 records ─► next body
 * ```
 */
import { Buffer } from 'node:buffer';
import { DecodeError, decodeMultiStream } from '@msgpack/msgpack';
import { tdError } from './errors.ts';
import { EXACT_EXTENSIONS } from './extensions.ts';
import { recordJson } from './record-json.ts';

/** The body of one entry: a JSON array of objects, as UTF-8. */
export interface ImportChunk {
  readonly records: number;
  readonly body: Uint8Array;
}

const MAX_CHUNK_BYTES = 1_048_576;
const MAX_CHUNK_RECORDS = 10_000;
/** Of one record, encoded and as JSON; what the Postback API takes of one event. */
const MAX_RECORD_BYTES = 1_048_064;
const NIL = 0xc0;

/**
 * Reads MessagePack maps that stand one after the other. The same bytes make the same chunks. All chunks lie in the
 * same memory, one after the other: a body holds until the next chunk is asked for.
 * Throws a {@link TdError}: 422 for what is no record, 413 for one that is too large.
 */
export async function* importChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ImportChunk> {
  const growing = new GrowingChunk();
  for await (const text of recordTexts(pieces)) {
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > MAX_RECORD_BYTES) throw tooLarge();
    if (!growing.hasRoom(bytes)) yield growing.take();
    growing.add(text, bytes);
  }
  if (growing.records > 0) yield growing.take();
}

// A text and its bytes anew for each chunk would be tens of mebibytes before V8 collects any.
class GrowingChunk {
  readonly #body = Buffer.allocUnsafe(MAX_CHUNK_BYTES + 1);
  #records = 0;
  /** So far, without the bracket at the end. */
  #bytes = 0;

  get records(): number {
    return this.#records;
  }

  /** `bytes`: of a record, and of the comma or bracket before it. */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= MAX_CHUNK_BYTES && this.#records < MAX_CHUNK_RECORDS;
  }

  add(text: string, bytes: number): void {
    this.#body.write(this.#records === 0 ? '[' : ',', this.#bytes);
    this.#body.write(text, this.#bytes + 1);
    this.#bytes += bytes;
    this.#records += 1;
  }

  take(): ImportChunk {
    this.#body.write(']', this.#bytes);
    const chunk = { records: this.#records, body: this.#body.subarray(0, this.#bytes + 1) };
    this.#records = 0;
    this.#bytes = 0;
    return chunk;
  }
}

async function* recordTexts(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const watch: Watch = { sinceRecord: 0 };
  let ended = false;
  try {
    const values = decodeMultiStream(watched(pieces, watch), {
      useBigInt64: true,
      extensionCodec: EXACT_EXTENSIONS,
      maxStrLength: MAX_RECORD_BYTES,
      maxBinLength: MAX_RECORD_BYTES,
      maxExtLength: MAX_RECORD_BYTES,
    });
    for await (const value of values) {
      if (ended) throw tdError('td-422', 'every record must be a map');
      watch.sinceRecord = 0;
      if (value === null) ended = true;
      else yield recordJson(value);
    }
  } catch (error) {
    throw error instanceof DecodeError ? tdError('td-422', `the body is no MessagePack: ${error.message}`) : error;
  }
  if (!ended) throw tdError('td-422', 'the body ends in the middle of a record');
}

interface Watch {
  /** Bytes handed to the decoder since it gave the last record. */
  sinceRecord: number;
}

// The decoder is silent about a record that the end cuts off. A nil of our own behind the last byte tells: it comes out
// as a value of its own only when nothing is open before it.
async function* watched(pieces: AsyncIterable<Uint8Array>, watch: Watch): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    // The decoder asks for more once it has given all records that were whole.
    if (watch.sinceRecord > MAX_RECORD_BYTES) throw tooLarge();
    watch.sinceRecord += piece.length;
    yield piece;
  }
  yield new Uint8Array([NIL]);
}

function tooLarge(): Error {
  return tdError('td-413', `a record may have ${MAX_RECORD_BYTES} bytes`);
}
