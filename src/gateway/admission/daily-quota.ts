/**
 * Objects per workspace and day.
 * Owns: what is reserved; the log owns what is counted, in the commit of each append. Never: lets two requests
 * that come at once pass together what one of them may not pass alone.
 */
import type { MunchkinId } from '#model/words.ts';
import type { IntakeWriter } from '#ports/intake-log.ts';
import type { DayOf, QuotaDay } from './quota-day.ts';

export interface Reservation {
  readonly workspace: MunchkinId;
  readonly day: string;
  readonly objects: number;
}

/** The request does not fit into the day. */
export interface QuotaReached {
  readonly retryAfterSeconds: number;
}

interface Count {
  readonly day: string;
  used: number;
}

export class DailyQuota {
  readonly #dailyObjects: number;
  readonly #writer: Pick<IntakeWriter, 'objectsOfDay'>;
  readonly #dayOf: DayOf;
  readonly #counts = new Map<MunchkinId, Count>();
  readonly #loading = new Map<string, Promise<Count>>();

  constructor(dailyObjects: number, writer: Pick<IntakeWriter, 'objectsOfDay'>, dayOf: DayOf) {
    this.#dailyObjects = dailyObjects;
    this.#writer = writer;
    this.#dayOf = dayOf;
  }

  /** Takes `objects` from the day of `nowMs` (milliseconds since 1970), all or none. */
  async reserve(workspace: MunchkinId, objects: number, nowMs: number): Promise<Reservation | QuotaReached> {
    const today = this.#dayOf(nowMs);
    const count = this.#countOf(workspace, today.day) ?? (await this.#load(workspace, today));
    if (count.used + objects > this.#dailyObjects) {
      return { retryAfterSeconds: Math.max(1, Math.ceil((today.untilMs - nowMs) / 1000)) };
    }
    count.used += objects;
    return { workspace, day: today.day, objects };
  }

  /** Gives back what was reserved for a request that the log did not take. */
  release(reservation: Reservation): void {
    const count = this.#countOf(reservation.workspace, reservation.day);
    if (count !== undefined) count.used -= reservation.objects;
  }

  #countOf(workspace: MunchkinId, day: string): Count | undefined {
    const count = this.#counts.get(workspace);
    return count?.day === day ? count : undefined;
  }

  // Once per workspace and day; requests that come meanwhile wait for the same answer of the log.
  #load(workspace: MunchkinId, { day }: QuotaDay): Promise<Count> {
    const key = `${workspace} ${day}`;
    const loading = this.#loading.get(key) ?? this.#start(workspace, day).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #start(workspace: MunchkinId, day: string): Promise<Count> {
    const count = { day, used: await this.#writer.objectsOfDay(workspace, day) };
    const newest = this.#counts.get(workspace);
    // An answer that comes after the next day's must not push that day's reservations away.
    if (newest === undefined || newest.day < day) this.#counts.set(workspace, count);
    return count;
  }
}
