/**
 * Counts the calls of the REST API, for its own `stats`.
 * Owns: what has not been written yet. Never: lets a call wait for it, or writes more often than every few seconds.
 *
 * A crash loses the counts of its last seconds, and nothing but these.
 */
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { Client } from '#model/definitions.ts';
import type { UsageCount } from '#model/rest-usage.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import { ControlUnavailable } from '#ports/control.ts';
import type { Control } from '#ports/control.ts';

const WRITE_AFTER_MS = 5_000;
const DAY_MS = 86_400_000;
const DAYS_KEPT = 7;

export interface UsageMeterParts {
  readonly control: Pick<Control, 'addUsage' | 'usage'>;
  readonly clock: Clock;
  /** The day of a moment, such as `2026-11-23`: quota days, in the operator's time zone. */
  readonly dayOf: (nowMs: number) => string;
  /** A count could not be written for a reason that does not pass. */
  readonly onFault: (error: unknown) => void;
}

export class UsageMeter implements AsyncDisposable {
  readonly #parts: UsageMeterParts;
  readonly #closing = new AbortController();
  readonly #turn = oneAtATime();
  #counts = new Map<string, UsageCount>();
  #writing: Promise<void> | undefined;

  constructor(parts: UsageMeterParts) {
    this.#parts = parts;
  }

  /** Counts a call, and the code that it ended with when it failed. */
  count({ workspace, name }: Client, code?: string): void {
    const day = this.#parts.dayOf(this.#parts.clock.now());
    for (const each of code === undefined ? [''] : ['', code]) {
      this.#add({ workspace, day, clientName: name, code: each, count: 1 });
    }
    this.#writing ??= this.#writeLater();
  }

  /** Today and the days before it, newest first, and their counts. */
  async lastDays(
    workspace: MunchkinId,
    days: number,
  ): Promise<{ days: readonly string[]; counts: readonly UsageCount[] }> {
    await this.#write();
    const list = this.#lastDays(days);
    return { days: list, counts: await this.#parts.control.usage(workspace, list.at(-1) ?? '') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#writing;
    await this.#write().catch(this.#parts.onFault);
  }

  // Bounded (law 6): one entry per client, day and code of the catalogue.
  #add(added: UsageCount): void {
    const key = JSON.stringify([added.workspace, added.day, added.clientName, added.code]);
    this.#counts.set(key, { ...added, count: added.count + (this.#counts.get(key)?.count ?? 0) });
  }

  async #writeLater(): Promise<void> {
    const { clock, onFault } = this.#parts;
    await clock.sleep(WRITE_AFTER_MS, this.#closing.signal).catch(() => undefined);
    this.#writing = undefined;
    await this.#write().catch(onFault);
  }

  #write(): Promise<void> {
    return this.#turn(() => this.#writeNow());
  }

  // What cannot be written for want of room is kept for the next time.
  async #writeNow(): Promise<void> {
    const counts = [...this.#counts.values()];
    if (counts.length === 0) return;
    this.#counts = new Map();
    try {
      await this.#parts.control.addUsage(counts, this.#lastDays(DAYS_KEPT).at(-1) ?? '');
    } catch (error) {
      for (const each of counts) this.#add(each);
      if (!(error instanceof ControlUnavailable)) throw error;
    }
  }

  // By the calendar: days of 23 or 25 hours would be missed or met twice by the clock.
  #lastDays(days: number): readonly string[] {
    const today = Date.parse(this.#parts.dayOf(this.#parts.clock.now()));
    return Array.from({ length: days }, (_, ago) => new Date(today - ago * DAY_MS).toISOString().slice(0, 10));
  }
}
