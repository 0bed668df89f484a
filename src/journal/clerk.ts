/**
 * Keeps the journal's books: each minute a status note, after each clock hour a metrics note, of every workspace in
 * which something has happened lately.
 * Owns: when which note is due, and that no hour is written twice. Never: adds up fates; the applier does.
 */
import type { JournalNote } from '#model/journal.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Applying } from '#ports/applying.ts';
import type { Clock } from '#ports/clock.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import { HOUR_MS, hourOf } from './activity.ts';
import type { Activity } from './activity.ts';
import { queueFigures } from './queue-figures.ts';
import type { FiguresParts } from './queue-figures.ts';
import { isPassing } from './reading-fault.ts';
import { firstDueHour, hasResults } from './written-hours.ts';

export interface ClerkParts extends FiguresParts {
  readonly reader: Pick<StoreReader, 'journal' | 'checkpoint'>;
  readonly applying: Pick<Applying, 'note'>;
  readonly activity: Activity;
  readonly workspaces: () => Iterable<MunchkinId>;
  /** Objects that may still be sent today. */
  readonly remainingQuota: (workspace: MunchkinId) => Promise<number>;
  readonly clock: Clock;
  /** A note could not be written, for no reason that passes. */
  readonly onFault: (error: unknown, workspace: MunchkinId) => void;
}

const MINUTE_MS = 60_000;
/** Where nothing was accepted or refused for so long, no notes are written: a thousand quiet stores stay closed. */
const QUIET_AFTER_MS: number = 24 * HOUR_MS;
/** Workspaces that get a status in a minute; where there are more, they take turns (law 6). */
export const STATUSES_PER_MINUTE = 60;
const AT_ONCE = 4;

export class Clerk implements Disposable {
  readonly #parts: ClerkParts;
  readonly #stop = new AbortController();
  /** Start of the hour that is not written yet, where the journal has been asked. */
  readonly #dueFrom = new Map<MunchkinId, number>();
  /** Milliseconds since 1970: until when a workspace counts as active, because its journal says so. */
  readonly #activeUntil = new Map<MunchkinId, number>();
  /** Workspaces whose hours may not all be written. */
  readonly #behind = new Set<MunchkinId>();
  #hour = -Infinity;
  #statusTurn = 0;

  constructor(parts: ClerkParts) {
    this.#parts = parts;
  }

  /** Works until it is disposed of. */
  start(): void {
    void this.#work();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #work(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stop;
    for (let minute = minuteOf(clock.now()); ;) {
      await clock.sleep(MINUTE_MS - (clock.now() % MINUTE_MS), signal).catch(() => undefined);
      if (signal.aborted) return;
      const now = clock.now();
      // A timer may wake a moment early, and a clock be set back by one: no minute is noted twice.
      if (minuteOf(now) === minute) continue;
      minute = minuteOf(now);
      await this.#keepBooks(now);
    }
  }

  async #keepBooks(now: number): Promise<void> {
    const hour = hourOf(now);
    // At the first look every journal is asked: what this process does not know may have happened before it.
    if (hour > this.#hour) {
      const due = this.#hour === -Infinity ? this.#parts.workspaces() : this.#active(now);
      for (const workspace of due) this.#behind.add(workspace);
    }
    this.#hour = Math.max(this.#hour, hour);
    await this.#forEach([...this.#behind], (workspace) => this.#writeHours(workspace, hour, now));
    await this.#forEach(this.#turnOf(this.#active(now)), (workspace) => this.#writeStatus(workspace, now));
  }

  #active(now: number): readonly MunchkinId[] {
    return [...this.#parts.workspaces()].filter((workspace) => {
      const lastAt = this.#parts.activity.lastAt(workspace) ?? -Infinity;
      const isActive = Math.max(lastAt + QUIET_AFTER_MS, this.#activeUntil.get(workspace) ?? 0) > now;
      // What comes after a pause is found in the journal again.
      if (!isActive) this.#dueFrom.delete(workspace);
      return isActive;
    });
  }

  #turnOf(workspaces: readonly MunchkinId[]): readonly MunchkinId[] {
    if (workspaces.length <= STATUSES_PER_MINUTE) return workspaces;
    const first = this.#statusTurn % workspaces.length;
    this.#statusTurn = first + STATUSES_PER_MINUTE;
    return [...workspaces.slice(first), ...workspaces.slice(0, first)].slice(0, STATUSES_PER_MINUTE);
  }

  async #writeHours(workspace: MunchkinId, hour: number, now: number): Promise<void> {
    const { activity, reader } = this.#parts;
    if (!this.#activeUntil.has(workspace)) {
      const isActive = await hasResults(reader, workspace, now - QUIET_AFTER_MS);
      this.#activeUntil.set(workspace, isActive ? now + QUIET_AFTER_MS : 0);
    }
    const firstAt = (each: MunchkinId): number | undefined => activity.firstAt(each);
    const due = this.#dueFrom.get(workspace) ?? (await firstDueHour({ reader, firstAt }, workspace, hour));
    // Whether the note of a call that fails was written, the journal knows: it is asked again.
    this.#dueFrom.delete(workspace);
    if (due !== undefined && !this.#activeUntil.has(workspace)) this.#activeUntil.set(workspace, now + QUIET_AFTER_MS);
    for (let from = due ?? hour; from < hour; from += HOUR_MS) {
      const rejected = activity.rejected(workspace, from);
      await this.#note(workspace, { type: 'metrics', from, to: from + HOUR_MS, rejected });
      activity.forget(workspace, from);
    }
    if (due !== undefined) this.#dueFrom.set(workspace, Math.max(due, hour));
    this.#behind.delete(workspace);
  }

  async #writeStatus(workspace: MunchkinId, now: number): Promise<void> {
    const quota = await this.#parts.remainingQuota(workspace);
    const queue = await queueFigures(this.#parts, workspace, now);
    await this.#note(workspace, { type: 'status', at: now, quota, queue });
  }

  async #note(workspace: MunchkinId, note: JournalNote): Promise<void> {
    this.#stop.signal.throwIfAborted();
    await this.#parts.applying.note(workspace, note);
  }

  /** A few at once; one that fails is left to the next minute. */
  async #forEach(workspaces: readonly MunchkinId[], write: (workspace: MunchkinId) => Promise<void>): Promise<void> {
    const left = workspaces.values();
    const worker = async (): Promise<void> => {
      for (const workspace of left) await this.#tried(workspace, write);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async #tried(workspace: MunchkinId, write: (workspace: MunchkinId) => Promise<void>): Promise<void> {
    if (this.#stop.signal.aborted) return;
    try {
      await write(workspace);
    } catch (error) {
      if (!this.#stop.signal.aborted && !isPassing(error)) this.#parts.onFault(error, workspace);
    }
  }
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}
