/**
 * The embedded intake log: SQLite in a thread of its own, one commit and one fsync per group of appends.
 * Owns: the gathering of appends into groups, and the bound on what waits. Never: touches the file; its thread does.
 *
 *   append ─► waiting ──(one group in flight)──────────► thread: insert, commit, fsync ──► positions
 *
 * While the thread is busy appends gather, so that groups grow with the load and latency stays one commit when idle.
 * Laws 1, 6 and 9; docs/specs/intake-log.md.
 */
import { assert } from '#kit/assert.ts';
import type { NewEntry } from '#model/entry.ts';
import type { Durability, Lane, MunchkinId, Position } from '#model/words.ts';
import { IntakeError } from '#ports/intake-log.ts';
import type { IntakeTotals, IntakeWriter } from '#ports/intake-log.ts';
import { chunkEntryBytes } from './intake-chunk.ts';
import { encodeGroup } from './intake-group.ts';
import type { GroupEntry } from './intake-group.ts';
import type { Synchronous } from './intake-tables.ts';
import { IntakeThread } from './intake-thread.ts';

const DEFAULT_MAX_PENDING_BYTES: number = 64 * 1024 * 1024;
const MAX_GROUP_BYTES: number = 8 * 1024 * 1024;
// A second group on its way would be half full, and cost a commit and two wake-ups of its own.
const MAX_GROUPS_IN_FLIGHT = 1;

export interface SqliteIntakeOptions {
  /** The database file; its directory exists. */
  readonly path: string;
  /** `OFF` breaks law 1 on purpose, for the test of that law. Default `FULL`. */
  readonly synchronous?: Synchronous;
  /** Bytes of appends that may wait for their commit; beyond it appends are refused as `full`. Default 64 MiB. */
  readonly maxPendingBytes?: number;
}

/** Opens the log for writing, creating it at first. Only one writer may be open: hold the directory's lock. */
export async function openSqliteIntakeWriter(options: SqliteIntakeOptions): Promise<IntakeWriter> {
  const thread = await IntakeThread.start({ path: options.path, synchronous: options.synchronous ?? 'FULL' });
  return new SqliteIntakeWriter(thread, options.maxPendingBytes ?? DEFAULT_MAX_PENDING_BYTES);
}

interface PendingAppend extends GroupEntry {
  readonly bytes: number;
  readonly resolve: (position: Position) => void;
  readonly reject: (error: unknown) => void;
}

class SqliteIntakeWriter implements IntakeWriter {
  readonly durability: Durability = 'fsync';
  readonly #thread: IntakeThread;
  readonly #maxPendingBytes: number;
  #waiting: PendingAppend[] = [];
  #pendingBytes = 0;
  #groupsInFlight = 0;
  #scheduled = false;
  #drained: (() => void) | undefined;

  constructor(thread: IntakeThread, maxPendingBytes: number) {
    this.#thread = thread;
    this.#maxPendingBytes = maxPendingBytes;
  }

  append(entry: NewEntry, quotaDay?: string): Promise<Position> {
    const { failure } = this.#thread;
    if (failure !== undefined) return Promise.reject(new IntakeError('failed', failure));
    const envelope = JSON.stringify(entry.envelope);
    const envelopeBytes = Buffer.byteLength(envelope);
    const bytes = chunkEntryBytes({ entry, envelope, envelopeBytes });
    // One entry always fits, whatever its size: a sender that is told `full` must have a chance later.
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > this.#maxPendingBytes) {
      return Promise.reject(new IntakeError('full', `${this.#pendingBytes} bytes wait for the disk already`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, envelope, envelopeBytes, quotaDay, bytes, resolve, reject });
      this.#pendingBytes += bytes;
      this.#schedule();
    });
  }

  async objectsOfDay(workspace: MunchkinId, quotaDay: string): Promise<number> {
    const objects = await this.#thread.call({ kind: 'objects-of-day', workspace, quotaDay });
    assert(typeof objects === 'number', 'the objects of a day are a number');
    return objects;
  }

  async totals(): Promise<readonly IntakeTotals[]> {
    const totals = await this.#thread.call({ kind: 'totals' });
    assert(Array.isArray(totals), 'totals are a list');
    return totals as readonly IntakeTotals[];
  }

  async truncate(workspace: MunchkinId, lane: Lane, through: Position): Promise<void> {
    await this.#thread.call({ kind: 'truncate', workspace, lane, through });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#pendingBytes > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await this.#thread[Symbol.asyncDispose]();
  }

  // After the turn of the event loop, so that all requests that it has read share a group.
  #schedule(): void {
    if (this.#scheduled || this.#groupsInFlight >= MAX_GROUPS_IN_FLIGHT) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#sendGroup();
    });
  }

  #sendGroup(): void {
    if (this.#waiting.length === 0 || this.#groupsInFlight >= MAX_GROUPS_IN_FLIGHT) return;
    const { group, ordered } = encodeGroup(this.#takeGroup());
    this.#groupsInFlight += 1;
    this.#thread.call({ kind: 'append', group }, [group.buffer]).then(
      (first) => this.#settle(ordered, (item, index) => item.resolve(((first as number) + index) as Position)),
      (error: unknown) => this.#settle(ordered, (item) => item.reject(error)),
    );
  }

  #takeGroup(): readonly PendingAppend[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((item) => (bytes += item.bytes) > MAX_GROUP_BYTES);
    if (end > 0) return this.#waiting.splice(0, end);
    if (end === 0) return this.#waiting.splice(0, 1);
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  // The next group goes out before the answers to this one are written: the disk is the slower of the two.
  #settle(items: readonly PendingAppend[], settleOne: (item: PendingAppend, index: number) => void): void {
    this.#groupsInFlight -= 1;
    for (const item of items) this.#pendingBytes -= item.bytes;
    this.#sendGroup();
    items.forEach(settleOne);
    if (this.#pendingBytes === 0) this.#drained?.();
  }
}
