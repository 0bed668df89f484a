/**
 * Retention: forgets what is finished and lies beyond its time or size, while everything goes on.
 * Owns: when log and stores are looked at, and how far each is cut. Never: cuts what is not applied, nor decides what a
 * store forgets: the store does, told by a command that goes through the log like everything else.
 *
 *   every half minute ─► log: cut lane by lane, in steps, behind the checkpoint
 *                     └► stores: the command `retain` for those in which something is to be forgotten
 */
import { abortable } from '#kit/abortable.ts';
import { crashPoint } from '#kit/crash-point.ts';
import { IntakeError } from '#ports/intake-log.ts';
import type { IntakeTotals } from '#ports/intake-log.ts';
import { LogCuts } from './log-cuts.ts';
import type { RetentionParts } from './retention-parts.ts';
import { StoreCuts } from './store-cuts.ts';

/** A round every so often: what comes in meanwhile may be too much (law 6). Shorter where things are kept shortly. */
const INTERVAL_MS = 30_000;
const SHORTEST_INTERVAL_MS = 50;
const INTERVALS_IN_RETENTION = 20;

export class Retention implements AsyncDisposable {
  readonly #parts: RetentionParts;
  readonly #log: LogCuts;
  readonly #stores: StoreCuts;
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#log = new LogCuts(parts);
    this.#stores = new StoreCuts(parts);
  }

  /** Forgets from now on until it is disposed of. */
  start(): void {
    this.#loop ??= this.#forever();
  }

  /** One look at everything. Rejects with a fault of our own alone: what does not answer is left for the next round. */
  async round(): Promise<void> {
    const { events, clock } = this.#parts;
    const began = clock.monotonic();
    const totals = await this.#totals();
    if (totals === undefined) return;
    const { signal } = this.#stop;
    const keptBytes = await this.#log.cut(totals, signal);
    crashPoint('retention.after-truncate');
    await this.#stores.cut(totals, signal);
    if (signal.aborted) return;
    events.retentionDone({ keptBytes, seconds: (clock.monotonic() - began) / 1000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #forever(): Promise<void> {
    const { clock, limits, events } = this.#parts;
    const { signal } = this.#stop;
    const wanted = limits.ageMs / INTERVALS_IN_RETENTION;
    const intervalMs = Math.min(INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, wanted));
    while (!signal.aborted) {
      // The start of a server is a busy moment, and nothing here is in a hurry.
      await clock.sleep(intervalMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        // A store that hangs does not keep the server from stopping.
        await abortable(this.round(), signal);
      } catch (error) {
        if (!signal.aborted) events.internalFault(error, { where: 'retention' });
      }
    }
  }

  // A log that has failed is not cut any more (law 9).
  async #totals(): Promise<readonly IntakeTotals[] | undefined> {
    try {
      return await this.#parts.writer.totals();
    } catch (error) {
      if (error instanceof IntakeError) return undefined;
      throw error;
    }
  }
}
