/**
 * A group: the appends that share one commit, as they travel from the writer's thread to the log's thread.
 * Owns: the layout of its one buffer, and what a group adds to quotas. Never: reaches a disk in this form.
 *
 *   ┌ header, 40 bytes ───────────────────────────────────────────────────────┬──────────┬──────┐
 *   │ acceptedAt f64 · lane u32 · objects u32 · envelope u32 · body u32 · id 16 │ envelope │ body │  × entries
 *   └─────────────────────────────────────────────────────────────────────────┴──────────┴──────┘
 *
 * One fresh buffer is transferred instead of cloned: cloning a Buffer that is a slice of Node's pool copies the pool.
 */
import type { NewEntry } from '#model/entry.ts';
import type { Lane, MunchkinId } from '#model/words.ts';
import { UUID_BYTES, writeUuid } from './uuid-bytes.ts';

const HEADER_BYTES: number = 24 + UUID_BYTES;

/** An entry on its way, with its envelope already as JSON text. */
export interface GroupEntry {
  readonly entry: NewEntry;
  readonly envelope: string;
  /** Of the envelope's UTF-8. */
  readonly envelopeBytes: number;
  readonly quotaDay: string | undefined;
}

export interface LaneName {
  readonly workspace: MunchkinId;
  readonly lane: Lane;
}

export interface QuotaDelta {
  readonly workspace: MunchkinId;
  readonly quotaDay: string;
  readonly objects: number;
}

/** What crosses to the log's thread. `lanes` is the dictionary that the headers point into. */
export interface Group {
  readonly buffer: ArrayBuffer;
  readonly lanes: readonly LaneName[];
  readonly quotas: readonly QuotaDelta[];
}

/** One entry as read out of a group; the arrays are views of the group's buffer. */
export interface DecodedEntry {
  readonly lane: number;
  readonly requestId: Uint8Array;
  readonly acceptedAt: number;
  readonly objects: number;
  readonly envelope: Uint8Array;
  readonly body: Uint8Array;
}

/** Bytes that the entry takes in a group. */
export function groupEntryBytes(item: GroupEntry): number {
  return HEADER_BYTES + item.envelopeBytes + item.entry.body.byteLength;
}

/** Lays the entries out in order. */
export function encodeGroup(items: readonly GroupEntry[]): Group {
  const writer = new GroupWriter(items.reduce((sum, item) => sum + groupEntryBytes(item), 0));
  const lanes = new LaneDictionary();
  for (const item of items) writer.write(item, lanes.indexOf(item.entry));
  return { buffer: writer.buffer, lanes: lanes.names, quotas: sumQuotas(items) };
}

class GroupWriter {
  readonly buffer: ArrayBuffer;
  readonly #target: Buffer;
  #offset = 0;

  constructor(bytes: number) {
    this.buffer = new ArrayBuffer(bytes);
    this.#target = Buffer.from(this.buffer);
  }

  write({ entry, envelope, envelopeBytes }: GroupEntry, lane: number): void {
    let offset = this.#target.writeDoubleLE(entry.acceptedAt, this.#offset);
    offset = this.#target.writeUInt32LE(lane, offset);
    offset = this.#target.writeUInt32LE(entry.objects, offset);
    offset = this.#target.writeUInt32LE(envelopeBytes, offset);
    offset = this.#target.writeUInt32LE(entry.body.byteLength, offset);
    writeUuid(this.#target, offset, entry.requestId);
    offset += UUID_BYTES;
    offset += this.#target.write(envelope, offset, 'utf8');
    this.#target.set(entry.body, offset);
    this.#offset = offset + entry.body.byteLength;
  }
}

/** Reads a group back, entry by entry, in order. */
export function* decodeGroup(buffer: ArrayBuffer): Generator<DecodedEntry, void, undefined> {
  const source = Buffer.from(buffer);
  let offset = 0;
  while (offset < source.byteLength) {
    const envelopeStart = offset + HEADER_BYTES;
    const bodyStart = envelopeStart + source.readUInt32LE(offset + 16);
    const end = bodyStart + source.readUInt32LE(offset + 20);
    yield {
      acceptedAt: source.readDoubleLE(offset),
      lane: source.readUInt32LE(offset + 8),
      objects: source.readUInt32LE(offset + 12),
      requestId: source.subarray(offset + 24, envelopeStart),
      envelope: source.subarray(envelopeStart, bodyStart),
      body: source.subarray(bodyStart, end),
    };
    offset = end;
  }
}

class LaneDictionary {
  readonly names: LaneName[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf({ workspace, lane }: LaneName): number {
    const key = `${lane} ${workspace}`;
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.names.length);
    return this.names.push({ workspace, lane }) - 1;
  }
}

function sumQuotas(items: readonly GroupEntry[]): readonly QuotaDelta[] {
  const sums = new Map<string, QuotaDelta>();
  for (const { entry, quotaDay } of items) {
    if (quotaDay === undefined) continue;
    const key = `${quotaDay} ${entry.workspace}`;
    const objects = (sums.get(key)?.objects ?? 0) + entry.objects;
    sums.set(key, { workspace: entry.workspace, quotaDay, objects });
  }
  return [...sums.values()];
}
