/**
 * Gathers what became of waiting objects that were tried again: whose wait ends, whose goes on, and what that does
 * to the requests that they came with (law 2).
 * Owns: the counting. Never: decides a fate: rules, store and schedule have.
 */
import type { Duplicate, FailureRecord, RequestChange } from '#model/fates.ts';
import { addFates, noFates } from '#model/fates.ts';
import { outcomeFailure, outcomeWait, PERSON_NOT_FOUND } from '#model/object-rules.ts';
import { afterTry } from '#model/retry-schedule.ts';
import type { RetrySchedule } from '#model/retry-schedule.ts';
import type { ObjectFailure } from '#model/upsert-run.ts';
import type { UpsertAnswer, UpsertOutcome } from '#model/upsert.ts';
import type { PostponedObject, WaitingObject, WaitReason } from '#model/waiting.ts';
import type { FateCounts, ObjectKind, RequestId } from '#model/words.ts';
import { ownOutcome, UNAVAILABLE } from './fates.ts';
import type { RetryRun } from './retry-plan.ts';

/** What a store is to do with objects that were tried. */
export interface SettledObjects {
  readonly removed: readonly number[];
  readonly postponed: readonly PostponedObject[];
}

export class RetryFates {
  readonly #schedule: RetrySchedule;
  readonly #now: number;
  readonly #dueAt: number;
  readonly #changes = new Map<RequestId, FateCounts>();
  readonly #duplicates = new Map<RequestId, Duplicate[]>();
  readonly #byKind = new Map<ObjectKind, FateCounts>();
  readonly failures: FailureRecord[] = [];
  postponed = 0;

  /** The time of the tries, and what was due at `dueAt`, both in milliseconds since 1970. */
  constructor(schedule: RetrySchedule, { now, dueAt }: { readonly now: number; readonly dueAt: number }) {
    this.#schedule = schedule;
    this.#now = now;
    this.#dueAt = dueAt;
  }

  /** The store's word on each row of one run, by its number among those of `retried`. */
  decided(retried: RetryRun, run: number, { outcomes }: UpsertAnswer): SettledObjects {
    const created = new Set<number>();
    const chances = new Map<number, number>();
    const removed: number[] = [];
    const postponed: PostponedObject[] = [];
    for (const [slot, row] of retried.slotRows.entries()) {
      if (retried.builder.runOf(row) !== run) continue;
      const waiting = retried.slots[slot] as WaitingObject;
      const outcome = outcomes[retried.builder.placeOf(row)] as UpsertOutcome;
      const wait = outcomeWait(outcome);
      const failure = outcomeFailure(outcome, retried.rules);
      if (wait === undefined) {
        removed.push(waiting.order);
        if (failure === undefined) this.#count(waiting, ownOutcome(outcome, row, created));
        else this.#fail(waiting, failure, waiting.attempts + 1);
        continue;
      }
      if (this.#goesOn(waiting, wait)) continue;
      const chance = chances.get(row) ?? this.#schedule.random();
      chances.set(row, chance);
      const next = this.#afterTry(waiting, wait, chance);
      if (next === undefined) removed.push(waiting.order);
      else postponed.push(next);
    }
    return { removed, postponed };
  }

  stored(waiting: WaitingObject): void {
    this.#count(waiting, 'stored');
  }

  /** How many events had been stored already. */
  get duplicates(): number {
    return [...this.#duplicates.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** The event of another request, `of`, was stored under its idempotency key. */
  repeated(waiting: WaitingObject, of: RequestId): void {
    this.#count(waiting, 'stored');
    const { requestId, index } = waiting;
    const known = this.#duplicates.get(requestId);
    if (known === undefined) this.#duplicates.set(requestId, [{ index, of }]);
    else known.push({ index, of });
  }

  /** It is of no use to try this one again. */
  failed(waiting: WaitingObject, failure: ObjectFailure): void {
    this.#fail(waiting, failure, waiting.attempts + 1);
  }

  /** The store could not take these for the moment. */
  unavailable(all: readonly WaitingObject[]): SettledObjects {
    const chance = this.#schedule.random();
    const next = all.map((waiting) => this.#afterTry(waiting, 'transient', chance));
    const removed = all.filter((_, at) => next[at] === undefined).map(({ order }) => order);
    return { removed, postponed: next.filter((each) => each !== undefined) };
  }

  /** What has become of the requests. */
  changes(): RequestChange[] {
    return Array.from(this.#changes, ([requestId, counts]) => {
      const duplicates = this.#duplicates.get(requestId);
      return { requestId, counts, at: this.#now, ...(duplicates && { duplicates }) };
    });
  }

  /** The final fates of this batch, and nothing of what was pending. */
  counts(): ReadonlyMap<ObjectKind, Readonly<FateCounts>> {
    return this.#byKind;
  }

  /** Tried beside another, before it is due itself, and as before: that was no try of its own. */
  #goesOn({ nextAttemptAt = Infinity, reason }: WaitingObject, wait: WaitReason): boolean {
    return nextAttemptAt > this.#dueAt && (reason !== 'behind' || wait === 'behind');
  }

  /** Undefined when that was its last try: then it has failed. */
  #afterTry(before: WaitingObject, reason: WaitReason, chance: number): PostponedObject | undefined {
    const failure = reason === 'transient' ? UNAVAILABLE : PERSON_NOT_FOUND;
    const { acceptedAt } = before;
    const next = afterTry(this.#schedule, { reason, failure, before, acceptedAt, at: this.#now, chance });
    if (next === undefined) {
      this.#fail(before, failure, this.#schedule.waitsMs.length + 1);
      return undefined;
    }
    this.postponed += 1;
    return { ...next, order: before.order };
  }

  #fail(waiting: WaitingObject, failure: ObjectFailure, attempts: number): void {
    this.#count(waiting, 'failed');
    this.failures.push(retryFailure(waiting, { ...failure, attempts, failedAt: this.#now }));
  }

  #count({ requestId, kind }: WaitingObject, fate: Exclude<keyof FateCounts, 'received' | 'pending'>): void {
    const counts = { ...noFates(), [fate]: 1 };
    addTo(this.#changes, requestId, { ...counts, pending: -1 });
    addTo(this.#byKind, kind, counts);
  }
}

/** How an object came to fail that waited. `failedAt` in milliseconds since 1970. */
export interface RetryFailure extends ObjectFailure {
  readonly attempts: number;
  readonly failedAt: number;
}

export function retryFailure(waiting: WaitingObject, failure: RetryFailure): FailureRecord {
  const { requestId, index, kind, type, keyText, object, acceptedAt, settings } = waiting;
  return { requestId, index, kind, type, key: keyText, object, acceptedAt, settings, ...failure };
}

function addTo<Key>(sums: Map<Key, FateCounts>, key: Key, counts: Readonly<FateCounts>): void {
  const sum = sums.get(key);
  if (sum === undefined) sums.set(key, { ...counts });
  else addFates(sum, counts);
}
