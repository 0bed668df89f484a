/**
 * Lets work that can wait have no more than a small share of the event loop while the rest of the process is busy.
 * Owns: when the next piece is run, and the measure of how busy the rest is. Never: ends a piece that has begun.
 *
 *   idle   ■■■■ ■■■■ ■■■■        a slice of pieces, a turn for everybody else, the next slice
 *   busy   ■           ■         a short slice, then a rest so many times as long as the share demands
 */

export interface PacerClock {
  /** Milliseconds that only ever grow. */
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface PacerOptions {
  readonly clock: PacerClock;
  /** Milliseconds for which the event loop has been active since some start, this pacer's pieces included. */
  readonly activeMs: () => number;
  /** Of the time, that pieces may have while the rest is busy; 0.03 unless given. */
  readonly share?: number;
  /** Of the time, from which on the rest counts as busy; 0.3 unless given. */
  readonly busyFrom?: number;
}

const SHARE = 0.03;
const BUSY_FROM = 0.3;
/** Nobody else waits for longer than this and the piece that was running. */
const SLICE_MS = 2;
/** How busy the rest is, is judged anew after so much time: short enough to notice a burst, long enough to be true. */
const SAMPLE_MS = 50;
/** A piece that took very long is not paid for by a rest without end. */
const MAX_REST_MS = 2_000;

/**
 * What bytes cost behind the call that sends them: the kernel's copies, the network, a receiver on the same machine.
 * Measured with a thousand readers on two cores, where 200 MiB a second took nearly half of what senders had.
 */
const SENDING_MS_PER_BYTE = 6 / (1024 * 1024);

/** Milliseconds of work that so many bytes cause elsewhere once they have been handed to a socket. */
export function sendingMs(bytes: number): number {
  return bytes * SENDING_MS_PER_BYTE;
}

export class Pacer {
  readonly #options: Required<PacerOptions>;
  readonly #pieces: (() => void)[] = [];
  readonly #stop = new AbortController();
  #isRunning = false;
  /** Time of pieces in all. */
  #ownMs = 0;
  /** What the pieces of this slice cause elsewhere. */
  #chargedMs = 0;
  #sample: { readonly at: number; readonly activeMs: number; readonly ownMs: number };
  #isBusy = false;

  constructor(options: PacerOptions) {
    this.#options = { share: SHARE, busyFrom: BUSY_FROM, ...options };
    this.#sample = this.#reading();
  }

  /** Whether the rest of the process was busy when it was last looked at. */
  isBusy(): boolean {
    this.#look();
    return this.#isBusy;
  }

  /**
   * Runs `piece` when its turn has come, in the order of the calls, and resolves with what it gives. A piece is short
   * and does not wait. Pieces that have not begun when the pacer is stopped never run.
   */
  run<Result>(piece: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#stop.signal.aborted) return;
      this.#pieces.push(() => {
        try {
          resolve(piece());
        } catch (error) {
          reject(error as Error);
        }
      });
      if (!this.#isRunning) void this.#runAll();
    });
  }

  /**
   * Resolves after the rest that work of `ms` calls for: at once while the rest of the process is idle. For work that
   * was done elsewhere, such as a reading.
   */
  async rest(ms: number): Promise<void> {
    if (!this.isBusy()) return;
    await this.#options.clock.sleep(this.#restMs(ms), this.#stop.signal).catch(() => undefined);
  }

  /** To be called within a piece: it causes work of `ms` elsewhere on the machine, which is rested for as well. */
  charge(ms: number): void {
    this.#chargedMs += ms;
  }

  /** Runs nothing more. */
  stop(): void {
    this.#stop.abort();
    this.#pieces.length = 0;
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#pieces.length > 0) {
        const spentMs = this.#runSlice();
        // Also after the last piece: those that come in the meantime make the next slice.
        await this.#options.clock.sleep(this.isBusy() ? this.#restMs(spentMs) : 0, this.#stop.signal);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      this.#isRunning = false;
    }
  }

  #runSlice(): number {
    const { clock } = this.#options;
    const begun = clock.monotonic();
    let ownMs = 0;
    let run = 0;
    this.#chargedMs = 0;
    while (run < this.#pieces.length && ownMs + this.#chargedMs < SLICE_MS && !this.#stop.signal.aborted) {
      this.#pieces[run]?.();
      run += 1;
      ownMs = clock.monotonic() - begun;
    }
    this.#pieces.splice(0, run);
    this.#ownMs += ownMs;
    return ownMs + this.#chargedMs;
  }

  #restMs(spentMs: number): number {
    return Math.min(MAX_REST_MS, spentMs * (1 / this.#options.share - 1));
  }

  #look(): void {
    const now = this.#reading();
    const { at, activeMs, ownMs } = this.#sample;
    const passedMs = now.at - at;
    if (passedMs < SAMPLE_MS) return;
    const others = now.activeMs - activeMs - (now.ownMs - ownMs);
    this.#isBusy = others / passedMs >= this.#options.busyFrom;
    this.#sample = now;
  }

  #reading(): { readonly at: number; readonly activeMs: number; readonly ownMs: number } {
    return { at: this.#options.clock.monotonic(), activeMs: this.#options.activeMs(), ownMs: this.#ownMs };
  }
}
