/**
 * A group: the appends that share one commit, as they travel from the writer's thread to the log's thread.
 * Owns: how a group is cut into chunks, and what it adds to quotas. Never: the layout of a chunk (see intake-chunk.ts).
 *
 * All chunks lie in one fresh buffer, which is transferred instead of cloned: cloning a Buffer that is a slice of
 * Node's pool copies the pool.
 */
import type { Lane, MunchkinId, RequestId } from '#model/words.ts';
import { chunkEntryBytes, writeChunkEntry } from './intake-chunk.ts';
import type { ChunkEntry } from './intake-chunk.ts';

/** A reader loads whole chunks, so they are bounded; one entry always fits. */
const MAX_CHUNK_BYTES: number = 1024 * 1024;

export interface GroupEntry extends ChunkEntry {
  readonly quotaDay: string | undefined;
}

export interface LaneName {
  readonly workspace: MunchkinId;
  readonly lane: Lane;
}

/** What is known of a chunk without looking into it. */
export interface ChunkHead extends LaneName {
  /** Where it lies in the group's buffer. */
  readonly start: number;
  end: number;
  entries: number;
  objects: number;
  /** Of the bodies. */
  bytes: number;
  /** The least and the greatest; as text they sort as their bytes do. */
  firstId: RequestId;
  lastId: RequestId;
  /** Of its first entry, in milliseconds since 1970. */
  readonly acceptedAt: number;
}

export interface QuotaDelta {
  readonly workspace: MunchkinId;
  readonly quotaDay: string;
  readonly objects: number;
}

/** What crosses to the log's thread. */
export interface Group {
  readonly buffer: ArrayBuffer;
  readonly chunks: readonly ChunkHead[];
  readonly quotas: readonly QuotaDelta[];
}

/** The group of these appends, and the appends in the order of their positions: lane by lane, each in its order. */
export function encodeGroup<Item extends GroupEntry>(
  items: readonly Item[],
): { readonly group: Group; readonly ordered: readonly Item[] } {
  const ordered = byLane(items);
  let bytes = 0;
  for (const item of ordered) bytes += chunkEntryBytes(item);
  const buffer = new ArrayBuffer(bytes);
  return { group: { buffer, chunks: writeChunks(Buffer.from(buffer), ordered), quotas: sumQuotas(items) }, ordered };
}

function writeChunks(target: Buffer, items: readonly ChunkEntry[]): ChunkHead[] {
  const chunks: ChunkHead[] = [];
  let chunk: ChunkHead | undefined;
  let offset = 0;
  for (const item of items) {
    const end = writeChunkEntry(target, offset, item);
    if (chunk === undefined || !isSameLane(chunk, item.entry) || end - chunk.start > MAX_CHUNK_BYTES) {
      chunk = emptyChunk(item, offset);
      chunks.push(chunk);
    }
    extend(chunk, item, end);
    offset = end;
  }
  return chunks;
}

function emptyChunk({ entry }: ChunkEntry, start: number): ChunkHead {
  const { workspace, lane, requestId, acceptedAt } = entry;
  return {
    workspace,
    lane,
    start,
    end: start,
    entries: 0,
    objects: 0,
    bytes: 0,
    firstId: requestId,
    lastId: requestId,
    acceptedAt,
  };
}

function extend(chunk: ChunkHead, { entry }: ChunkEntry, end: number): void {
  chunk.end = end;
  chunk.entries += 1;
  chunk.objects += entry.objects;
  chunk.bytes += entry.body.byteLength;
  if (entry.requestId < chunk.firstId) chunk.firstId = entry.requestId;
  if (entry.requestId > chunk.lastId) chunk.lastId = entry.requestId;
}

function isSameLane(one: LaneName, other: LaneName): boolean {
  return one.lane === other.lane && one.workspace === other.workspace;
}

function byLane<Item extends GroupEntry>(items: readonly Item[]): readonly Item[] {
  const [first] = items;
  // Nearly always: one sender, or many of one kind.
  if (first === undefined || items.every(({ entry }) => isSameLane(entry, first.entry))) return items;
  return [...Map.groupBy(items, ({ entry }) => `${entry.lane} ${entry.workspace}`).values()].flat();
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
