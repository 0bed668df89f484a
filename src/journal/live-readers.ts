/**
 * Everybody who follows a journal live.
 *
 *   waiting ──the journal grows──► due ──its turn──► page written ──┬──► due       more lies behind it
 *      ▲                            ▲                              ├──► draining   its socket is full
 *      └────────────────────────────┼──────────────────────────────┴──► waiting    it has seen all
 *                                   └─── drained, or its page was read from the store
 *
 * Owns: who is let in, whose turn it is, signs of life, and that a stream ends with what opened it. Never: waits for a
 * slow reader, or buffers for it: it falls behind in the store and goes on from there.
 */
import { sendingMs } from '#kit/pacer.ts';
import type { Pacer } from '#kit/pacer.ts';
import type { JournalEvent } from '#model/journal.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { JournalPage } from '#ports/store-reader.ts';
import { Problem } from '#protocols/api/problems.ts';
import { eventFrame, expiredFrame, placeFrame } from '#protocols/journaling/page-text.ts';
import type { OwnFeed } from './feed.ts';
import { LivePlaces } from './live-places.ts';
import { LiveReader } from './live-reader.ts';
import type { LiveReading } from './live-reader.ts';
import { isPassing } from './reading-fault.ts';

export interface LiveReadersParts {
  readonly feed: Pick<OwnFeed, 'peek' | 'read' | 'onGrowth'>;
  readonly clock: Clock;
  readonly pacer: Pick<Pacer, 'run' | 'charge'>;
  /** A reading failed for no reason that passes; the stream of that reader ends. */
  readonly onFault: (error: unknown, workspace: MunchkinId) => void;
  /** So many readers are open from now on. */
  readonly onCount?: (readers: number) => void;
}

/** What a client waits before it connects again, in milliseconds. */
const RETRY_MS = 1_000;
/** A reader that was sent nothing for so long gets a sign of life. */
const HEARTBEAT_MS = 15_000;
/** One whose socket has taken nothing for so long is gone, or might as well be. */
const MAX_STALL_MS = 600_000;
/** Between two tries to read a store that does not answer. */
const READ_AGAIN_MS = 1_000;

/** The readers of one workspace. */
interface Circle {
  readonly readers: Set<LiveReader>;
  readonly waiting: Set<LiveReader>;
  readonly stop: AbortController;
  growths: number;
  isCalled: boolean;
}

export class LiveReaders implements Disposable {
  readonly #parts: LiveReadersParts;
  readonly #circles = new Map<MunchkinId, Circle>();
  readonly #places = new LivePlaces();
  readonly #stop = new AbortController();
  /** The same bytes for all readers, for as long as somebody keeps the event. */
  readonly #frames = new WeakMap<JournalEvent, Uint8Array>();
  #count = 0;

  constructor(parts: LiveReadersParts) {
    this.#parts = parts;
    void this.#beat();
  }

  /**
   * A place for another reader of the workspace, to be given to {@link open} or disposed of. Throws a `Problem` when
   * there is none; how many others have is nothing that it tells (law 7).
   */
  admit(workspace: MunchkinId): Disposable {
    this.refuseWhenStopping();
    const place = this.#places.take(workspace);
    if (place !== undefined) return place;
    throw new Problem(
      'streams-full',
      'No more streams of this workspace are served at the moment: close some, or come back later.',
    );
  }

  /** Throws a `Problem` when the server stops: whoever waits for the head of an answer waits in vain. */
  refuseWhenStopping(): void {
    if (this.#stop.signal.aborted) throw new Problem('streams-full', 'The server is stopping.');
  }

  /** Serves the reader until it leaves or has no leave any more, or the server stops. Its head is written already. */
  open(reading: LiveReading): void {
    const circle = this.#circleOf(reading.workspace);
    const reader = new LiveReader(reading, this.#parts.clock.monotonic());
    circle.readers.add(reader);
    this.#counted(1);
    reading.response.once('close', () => {
      reading.place[Symbol.dispose]();
      this.#left(circle, reader);
    });
    // A connection that breaks closes, too; that it broke is of no interest.
    reading.response.on('error', () => undefined);
    reader.write([placeFrame(reader.workspace, reader.after, RETRY_MS)], reader.wroteAt);
    this.#schedule(circle, reader);
  }

  /** Ends all streams at once, and takes no more. */
  [Symbol.dispose](): void {
    this.#stop.abort();
    for (const { readers } of this.#circles.values()) for (const reader of readers) reader.end();
  }

  #circleOf(workspace: MunchkinId): Circle {
    const known = this.#circles.get(workspace);
    if (known !== undefined) return known;
    const stop = new AbortController();
    const circle: Circle = { readers: new Set(), waiting: new Set(), stop, growths: 0, isCalled: false };
    this.#circles.set(workspace, circle);
    this.#parts.feed.onGrowth(workspace, () => this.#grown(circle), stop.signal);
    return circle;
  }

  #left(circle: Circle, reader: LiveReader): void {
    circle.readers.delete(reader);
    circle.waiting.delete(reader);
    this.#counted(-1);
    if (circle.readers.size > 0) return;
    circle.stop.abort();
    this.#circles.delete(reader.workspace);
  }

  #counted(change: 1 | -1): void {
    this.#count += change;
    this.#parts.onCount?.(this.#count);
  }

  // To call a thousand readers is work itself, which is done in its turn.
  #grown(circle: Circle): void {
    circle.growths += 1;
    if (circle.isCalled || circle.waiting.size === 0) return;
    circle.isCalled = true;
    void this.#parts.pacer.run(() => {
      circle.isCalled = false;
      for (const reader of circle.waiting) this.#schedule(circle, reader);
      circle.waiting.clear();
    });
  }

  #schedule(circle: Circle, reader: LiveReader): void {
    void this.#parts.pacer.run(() => this.#serve(circle, reader));
  }

  #serve(circle: Circle, reader: LiveReader): void {
    if (reader.isOver) return;
    if (reader.isFull) {
      reader.response.once('drain', () => this.#schedule(circle, reader));
      return;
    }
    reader.seenGrowths = circle.growths;
    const page = this.#parts.feed.peek(reader.workspace, reader.request());
    if (page === undefined) void this.#read(circle, reader);
    else this.#give(circle, reader, page);
  }

  async #read(circle: Circle, reader: LiveReader): Promise<void> {
    const { feed, pacer, clock, onFault } = this.#parts;
    try {
      const page = await feed.read(reader.workspace, reader.request());
      await pacer.run(() => this.#give(circle, reader, page));
    } catch (error) {
      if (!isPassing(error)) {
        onFault(error, reader.workspace);
        reader.end();
        return;
      }
      await clock.sleep(READ_AGAIN_MS, this.#stop.signal).catch(() => undefined);
      this.#schedule(circle, reader);
    }
  }

  #give(circle: Circle, reader: LiveReader, page: JournalPage): void {
    if (reader.isOver) return;
    if (!reader.mayRead) {
      reader.end();
      return;
    }
    const now = this.#parts.clock.monotonic();
    if (page.first > reader.after + 1) {
      reader.write([expiredFrame(reader.workspace, reader.after)], now);
      reader.end();
      return;
    }
    reader.after = page.through;
    if (page.events.length > 0) {
      const frames = page.events.map((event) => this.#frameOf(reader.workspace, event));
      this.#parts.pacer.charge(sendingMs(reader.write(frames, now)));
    }
    if (reader.isFull) reader.response.once('drain', () => this.#schedule(circle, reader));
    else if (page.through < page.last || reader.seenGrowths !== circle.growths) this.#schedule(circle, reader);
    else circle.waiting.add(reader);
  }

  #frameOf(workspace: MunchkinId, event: JournalEvent): Uint8Array {
    const made = this.#frames.get(event);
    if (made !== undefined) return made;
    const frame = Buffer.from(eventFrame(workspace, event));
    this.#frames.set(event, frame);
    return frame;
  }

  async #beat(): Promise<void> {
    const { clock, pacer } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await clock.sleep(HEARTBEAT_MS, signal).catch(() => undefined);
      for (const { readers } of this.#circles.values()) {
        for (const reader of readers) void pacer.run(() => this.#signOfLife(reader));
      }
    }
  }

  #signOfLife(reader: LiveReader): void {
    const now = this.#parts.clock.monotonic();
    const quietMs = now - reader.wroteAt;
    if (reader.isOver) return;
    if (!reader.mayRead) {
      reader.end();
      return;
    }
    if (quietMs < HEARTBEAT_MS) return;
    if (reader.isFull) {
      if (quietMs >= MAX_STALL_MS) reader.response.destroy();
    } else {
      reader.write([placeFrame(reader.workspace, reader.after)], now);
    }
  }
}
