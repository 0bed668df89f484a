/**
 * One connection of the live stream.
 * Owns: its place in the journal, and what is written to its socket. Never: holds events back for a slow reader.
 */
import type { ServerResponse } from 'node:http';
import type { Leave } from '#protocols/api/access.ts';
import type { JournalFilter } from '#protocols/journaling/journal-query.ts';
import type { MunchkinId } from '#model/words.ts';
import type { JournalPageRequest } from '#ports/store-reader.ts';

export interface LiveReading {
  readonly workspace: MunchkinId;
  /** Ordinal behind which it begins. */
  readonly after: number;
  readonly filter: JournalFilter;
  readonly response: ServerResponse;
  /** Of what opened the stream; it ends when there is none any more. */
  readonly leave: Leave;
  /** Freed when the reader leaves. */
  readonly place: Disposable;
}

/**
 * Most events of one turn, and characters of their texts; a single event may have more. Readers that fell behind are
 * brought to places that are multiples of the first, so that they meet and share what is read.
 */
const TURN_EVENTS = 128;
const TURN_BYTES = 256 * 1024;

export class LiveReader {
  readonly workspace: MunchkinId;
  readonly response: ServerResponse;
  readonly #filter: JournalFilter;
  readonly #leave: Leave;
  /** Ordinal of the last event that was looked at for it. */
  after: number;
  /** Monotonic: when something was last written. */
  wroteAt: number;
  /** How often its journal had grown when its turn began. */
  seenGrowths = 0;

  constructor({ workspace, after, filter, response, leave }: LiveReading, nowMs: number) {
    this.workspace = workspace;
    this.after = after;
    this.#filter = filter;
    this.#leave = leave;
    this.response = response;
    this.wroteAt = nowMs;
  }

  get isOver(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  get mayRead(): boolean {
    return this.#leave();
  }

  /** Its socket takes nothing more at the moment. */
  get isFull(): boolean {
    return this.response.writableNeedDrain;
  }

  /** What its next turn is about. */
  request(): JournalPageRequest {
    return {
      ...this.#filter,
      after: this.after,
      limit: TURN_EVENTS - (this.after % TURN_EVENTS),
      maxBytes: TURN_BYTES,
    };
  }

  /** Returns how many bytes that are, about. */
  write(frames: Iterable<string | Uint8Array>, nowMs: number): number {
    let bytes = 0;
    // Handed to the kernel in one call, whatever their number.
    this.response.cork();
    for (const frame of frames) {
      this.response.write(frame);
      bytes += frame.length;
    }
    this.response.uncork();
    this.wroteAt = nowMs;
    return bytes;
  }

  /** The stream ends here. What a full socket has not taken is dropped: the reader goes on from its own place. */
  end(): void {
    if (this.isFull) this.response.destroy();
    else this.response.end();
  }
}
