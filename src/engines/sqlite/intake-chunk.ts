/**
 * A chunk: consecutive entries of one lane that share a commit, and one row of the log.
 * Owns: the layout of its bytes, which is a disk format. Never: knows tables.
 *
 *   ┌ header, 36 bytes ─────────────────────────────────┬──────────┬──────┐
 *   │ accepted f64 · objects, envelope, body u32 · id 16 │ envelope │ body │  × entries
 *   └────────────────────────────────────────────────────┴──────────┴──────┘
 *
 * One row for many small entries: a row with its indexes costs the log's thread several times what its bytes do.
 */
import { UUID_BYTES, uuidText, writeUuid } from './uuid-bytes.ts';
import type { NewEntry } from '#model/entry.ts';
import type { RequestId } from '#model/words.ts';

const ID_OFFSET = 20;
const HEADER_BYTES: number = ID_OFFSET + UUID_BYTES;

/** An entry on its way, with its envelope already as JSON text. */
export interface ChunkEntry {
  readonly entry: NewEntry;
  readonly envelope: string;
  /** Of the envelope's UTF-8. */
  readonly envelopeBytes: number;
}

/** Bytes that the entry takes in a chunk. */
export function chunkEntryBytes({ entry, envelopeBytes }: ChunkEntry): number {
  return HEADER_BYTES + envelopeBytes + entry.body.byteLength;
}

/** Writes the entry at `offset`; returns where the next one begins. */
export function writeChunkEntry(target: Buffer, start: number, item: ChunkEntry): number {
  const { entry, envelope, envelopeBytes } = item;
  let offset = target.writeDoubleLE(entry.acceptedAt, start);
  offset = target.writeUInt32LE(entry.objects, offset);
  offset = target.writeUInt32LE(envelopeBytes, offset);
  offset = target.writeUInt32LE(entry.body.byteLength, offset);
  writeUuid(target, offset, entry.requestId);
  offset += UUID_BYTES;
  offset += target.write(envelope, offset, 'utf8');
  target.set(entry.body, offset);
  return offset + entry.body.byteLength;
}

/** One entry of a chunk, undecoded. */
export class StoredEntry {
  readonly #source: Buffer;
  readonly #start: number;

  constructor(source: Buffer, start: number) {
    this.#source = source;
    this.#start = start;
  }

  get acceptedAt(): number {
    return this.#source.readDoubleLE(this.#start);
  }

  get objects(): number {
    return this.#source.readUInt32LE(this.#start + 8);
  }

  get requestId(): RequestId {
    return uuidText(this.#source.subarray(this.#start + ID_OFFSET, this.#envelopeStart));
  }

  hasId(id: Uint8Array): boolean {
    return this.#source.compare(id, 0, UUID_BYTES, this.#start + ID_OFFSET, this.#envelopeStart) === 0;
  }

  get envelope(): string {
    return this.#source.toString('utf8', this.#envelopeStart, this.#bodyStart);
  }

  get bodyBytes(): number {
    return this.#source.readUInt32LE(this.#start + 16);
  }

  /** A view of the chunk's bytes. */
  get body(): Uint8Array {
    return this.#source.subarray(this.#bodyStart, this.end);
  }

  get end(): number {
    return this.#bodyStart + this.bodyBytes;
  }

  get #envelopeStart(): number {
    return this.#start + HEADER_BYTES;
  }

  get #bodyStart(): number {
    return this.#envelopeStart + this.#source.readUInt32LE(this.#start + 12);
  }
}

/** The entries of a chunk, in order. */
export function* storedEntries(chunk: Uint8Array): Generator<StoredEntry, void, undefined> {
  const source = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let start = 0; start < source.byteLength;) {
    const entry = new StoredEntry(source, start);
    yield entry;
    start = entry.end;
  }
}
