/**
 * Objects per workspace and day.
 * Owns: what is reserved; the log owns what is counted, in the commit of each append. Never: lets two requests
 * that come at once pass together what one of them may not pass alone.
 *
 * The wall clock says which day it is, and a clock can be set, back and forth. Each day has one count, whenever the
 * clock comes to it: one that nobody holds is what the log says, and one that requests still hold is kept beside.
 *
 *   clock   23.11. ──────► 24.11. ──────► 23.11.
 *   counts  23.11. current  24.11. current  23.11. current again: kept while held, else read from the log anew
 */
import type { MunchkinId } from '#model/words.ts';
import type { IntakeWriter } from '#ports/intake-log.ts';
import type { DayOf } from './quota-day.ts';

/** To be given to {@link DailyQuota.keep} or {@link DailyQuota.release}, once. */
export interface Reservation {
  readonly day: string;
  readonly objects: number;
  readonly count: DayCount;
}

/** The request does not fit into the day. */
export interface QuotaReached {
  readonly retryAfterSeconds: number;
}

/** What a workspace has left of a day. */
export interface DayLeft {
  readonly objects: number;
  /** Until the day ends, rounded up. */
  readonly seconds: number;
}

/** The one count of a workspace's day. */
interface DayCount {
  readonly workspace: MunchkinId;
  readonly day: string;
  /** Settles when `used` holds what the log says; undefined from then on. */
  loading: Promise<void> | undefined;
  used: number;
  /** Requests between {@link DailyQuota.reserve} and the end of their append. */
  holders: number;
}

export class DailyQuota {
  readonly #dailyObjects: number;
  readonly #writer: Pick<IntakeWriter, 'objectsOfDay'>;
  readonly #dayOf: DayOf;
  /** Of the day at which the clock last was, for each workspace. */
  readonly #current = new Map<MunchkinId, DayCount>();
  /** Of other days, while requests hold them: no more than requests are under way. */
  readonly #held = new Map<string, DayCount>();

  constructor(dailyObjects: number, writer: Pick<IntakeWriter, 'objectsOfDay'>, dayOf: DayOf) {
    this.#dailyObjects = dailyObjects;
    this.#writer = writer;
    this.#dayOf = dayOf;
  }

  /**
   * Takes `objects` from the day of `nowMs` (milliseconds since 1970), all or none. The first call of a day asks the
   * log, and rejects as the log does.
   */
  async reserve(workspace: MunchkinId, objects: number, nowMs: number): Promise<Reservation | QuotaReached> {
    const today = this.#dayOf(nowMs);
    const count = this.#countOf(workspace, today.day);
    count.holders += 1;
    if (count.loading !== undefined) await this.#loaded(count);
    if (count.used + objects > this.#dailyObjects) {
      this.#leave(count);
      return { retryAfterSeconds: secondsUntil(today.untilMs, nowMs) };
    }
    count.used += objects;
    return { day: today.day, objects, count };
  }

  /** The log has taken what was reserved, and counts it from now on. */
  keep({ count }: Reservation): void {
    this.#leave(count);
  }

  /** The log has not taken it. */
  release({ count, objects }: Reservation): void {
    count.used -= objects;
    this.#leave(count);
  }

  /** Undefined until the day's first request has asked the log. */
  left(workspace: MunchkinId, nowMs: number): DayLeft | undefined {
    const { day, untilMs } = this.#dayOf(nowMs);
    const count = this.#current.get(workspace);
    if (count === undefined || count.day !== day || count.loading !== undefined) return undefined;
    return { objects: Math.max(0, this.#dailyObjects - count.used), seconds: secondsUntil(untilMs, nowMs) };
  }

  /** Objects that are left of the day; asks the log where {@link left} does not know. Rejects as the log does. */
  async remaining(workspace: MunchkinId, nowMs: number): Promise<number> {
    const nothing = await this.reserve(workspace, 0, nowMs);
    if ('count' in nothing) this.keep(nothing);
    return this.left(workspace, nowMs)?.objects ?? 0;
  }

  #countOf(workspace: MunchkinId, day: string): DayCount {
    const current = this.#current.get(workspace);
    if (current?.day === day) return current;
    const key = keyOf(workspace, day);
    const count = this.#held.get(key) ?? this.#begin(workspace, day);
    this.#held.delete(key);
    if (current !== undefined && current.holders > 0) this.#held.set(keyOf(workspace, current.day), current);
    this.#current.set(workspace, count);
    return count;
  }

  // Once for all requests that come before the log has answered.
  #begin(workspace: MunchkinId, day: string): DayCount {
    const count: DayCount = { workspace, day, loading: undefined, used: 0, holders: 0 };
    count.loading = this.#writer.objectsOfDay(workspace, day).then((objects) => {
      count.used = objects;
      count.loading = undefined;
    });
    return count;
  }

  async #loaded(count: DayCount): Promise<void> {
    try {
      await count.loading;
    } catch (error) {
      // Nobody else is to hear of this answer: the next request asks again.
      if (this.#current.get(count.workspace) === count) this.#current.delete(count.workspace);
      this.#leave(count);
      throw error;
    }
  }

  #leave(count: DayCount): void {
    count.holders -= 1;
    if (count.holders === 0) this.#held.delete(keyOf(count.workspace, count.day));
  }
}

function keyOf(workspace: MunchkinId, day: string): string {
  return `${workspace} ${day}`;
}

function secondsUntil(untilMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((untilMs - nowMs) / 1000));
}
