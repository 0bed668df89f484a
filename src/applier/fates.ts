/**
 * Gathers what became of each object of a batch, and adds it up by request (law 2).
 * Owns: the counting. Never: decides a fate: rules and store have.
 */
import { must } from '#kit/assert.ts';
import type { Duplicate, FailureRecord, ObjectResult, RequestRecord } from '#model/fates.ts';
import { noFates, withDuplicates } from '#model/fates.ts';
import { outcomeFailure, outcomeWait, PERSON_NOT_FOUND } from '#model/object-rules.ts';
import { afterTry } from '#model/retry-schedule.ts';
import type { RetrySchedule } from '#model/retry-schedule.ts';
import { RunBuilder } from '#model/upsert-run.ts';
import type { ObjectFailure, RowVersion } from '#model/upsert-run.ts';
import type { UpsertAnswer, UpsertOutcome } from '#model/upsert.ts';
import type { NewWaitingObject, WaitReason, WaitState } from '#model/waiting.ts';
import type { FateCounts } from '#model/words.ts';
import type { RepeatedEvent } from './event-keys.ts';
import { failureRecord, requestRecord, waitingObject } from './fate-records.ts';
import { WHOLE_ENTRY } from './planned.ts';
import type {
  PlannedBatch,
  PlannedEntry,
  PlannedEvents,
  PlannedFailure,
  PlannedObject,
  PlannedRun,
} from './planned.ts';

export interface FatesOptions {
  readonly schedule: RetrySchedule;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Told what became of each object. */
  readonly witness?: Witness;
}

export type Witness = (object: PlannedObject, outcome: WitnessedOutcome, why?: ObjectFailure) => void;

export type WitnessedOutcome = 'created' | 'updated' | 'deleted' | 'stored' | 'waiting' | 'failed';

export class Fates {
  readonly #entries: readonly PlannedEntry[];
  readonly #options: FatesOptions;
  readonly #counts = new Map<PlannedEntry, FateCounts>();
  /** Failures that only the store could find; those of the plan stay with the plan, which may be tried again. */
  readonly #refused = new Map<PlannedEntry, PlannedFailure[]>();
  readonly #duplicates = new Map<PlannedEntry, Duplicate[]>();
  readonly #results: ObjectResult[] = [];

  constructor(entries: readonly PlannedEntry[], options: FatesOptions) {
    this.#entries = entries;
    this.#options = options;
    for (const entry of entries) this.#counts.set(entry, { ...noFates(), received: entry.entry.objects });
  }

  /**
   * The store's word on each row of one run, by its number among those of `planned`. Of objects folded into one row the
   * first creates, the others update. Returns the objects that wait from now on, in their order.
   */
  decided(planned: PlannedRun, run: number, { outcomes, identities }: UpsertAnswer): NewWaitingObject[] {
    const created = new Set<number>();
    const waits = new RowWaits(planned, this.#options);
    const waiting: NewWaitingObject[] = [];
    const { builder, rules } = planned;
    for (const [slot, row] of planned.slotRows.entries()) {
      if (builder.runs > 1 && builder.runOf(row) !== run) continue;
      const object = objectAt(planned, slot);
      const place = builder.placeOf(row);
      const outcome = outcomes[place] as UpsertOutcome;
      const wait = object.planned.isAnswered ? undefined : outcomeWait(outcome);
      const failure = outcomeFailure(outcome, rules);
      if (wait !== undefined) waiting.push(this.#waits(object, waits.of(row, wait)));
      else if (failure !== undefined) this.#refuse(object, failure);
      else this.#applied(object, ownOutcome(outcome, row, created), identities[place]);
    }
    return waiting;
  }

  /** The objects of the run that this batch has no room for. They wait until the next, behind those before them. */
  postponed({ rules, later }: PlannedRun): NewWaitingObject[] {
    return later.map((object) => {
      const state = { reason: 'transient', ...UNAVAILABLE, attempts: 1, nextAttemptAt: this.#options.now } as const;
      const builder = new RunBuilder(rules);
      const { planned, index } = object;
      const sound = must(planned.objects[index], 'an object that was added is there');
      const row = builder.add(sound, { partition: partitionOf(object), acceptedAt: planned.entry.acceptedAt });
      return this.#waits(object, { state, ...builder.versionOf(row as number) });
    });
  }

  /** The store could not take the batch for the moment: all its objects wait, but for those that may not. */
  setAside(batch: PlannedBatch): NewWaitingObject[] {
    const waiting: NewWaitingObject[] = [];
    for (const run of [batch.personRuns, ...batch.customObjectRuns.values()].flat()) {
      const waits = new RowWaits(run, this.#options);
      for (const [slot, row] of run.slotRows.entries()) {
        const object = objectAt(run, slot);
        if (object.planned.isAnswered) this.#refuse(object, UNAVAILABLE);
        else waiting.push(this.#waits(object, waits.of(row, 'transient')));
      }
      waiting.push(...this.postponed(run));
    }
    const chance = this.#options.schedule.random();
    for (const object of eventsOf(batch.eventTables)) {
      waiting.push(this.#waits(object, { state: firstWait('transient', chance, this.#options) }));
    }
    return waiting;
  }

  /** All these events have been stored. */
  allStored(eventTables: EventsByTable): void {
    for (const { planned, events } of [...eventTables.values()].flat()) this.#of(planned).stored += events.length;
    const { witness } = this.#options;
    if (witness !== undefined) for (const object of eventsOf(eventTables)) witness(object, 'stored');
  }

  /** How many events had been stored already. */
  get duplicates(): number {
    return [...this.#duplicates.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** These had been stored already. */
  repeated(events: readonly RepeatedEvent<PlannedEvents>[]): void {
    for (const { part, at, of } of events) {
      const { planned, indexes } = part;
      const index = indexes?.[at] ?? at;
      this.#of(planned).stored += 1;
      const known = this.#duplicates.get(planned);
      if (known === undefined) this.#duplicates.set(planned, [{ index, of }]);
      else known.push({ index, of });
      this.#options.witness?.({ planned, index }, 'stored');
    }
  }

  /** The records of all requests of the batch, and of all objects that failed. */
  records(): { requests: RequestRecord[]; failures: FailureRecord[]; results: ObjectResult[] } {
    const { now } = this.#options;
    const requests: RequestRecord[] = [];
    const failures: FailureRecord[] = [];
    const results = this.#results;
    for (const planned of this.#entries) {
      const failed = [...planned.failures, ...(this.#refused.get(planned) ?? [])].sort((a, b) => a.index - b.index);
      for (const failure of failed) failures.push(failureRecord(planned, failure, now));
      const counts = this.#of(planned);
      counts.failed = failed.some((failure) => failure.index === WHOLE_ENTRY) ? counts.received : failed.length;
      const duplicates = withDuplicates({ counts }, this.#duplicates.get(planned) ?? []);
      requests.push({ ...requestRecord(planned, counts, now), ...duplicates });
      if (planned.isAnswered) for (const failure of failed) results.push(...failedResults(planned, failure));
      for (const failure of failed) this.#options.witness?.({ planned, index: failure.index }, 'failed', failure);
    }
    return { requests, failures, results };
  }

  #applied(object: PlannedObject, outcome: Applied, identity: number | string | undefined): void {
    const { planned, index } = object;
    this.#of(planned)[outcome] += 1;
    this.#options.witness?.(object, outcome);
    if (!planned.isAnswered) return;
    const { requestId } = planned.entry;
    this.#results.push({ requestId, index, outcome, ...(identity === undefined ? {} : { identity }) });
  }

  #waits(object: PlannedObject, { state, ...version }: RowWait): NewWaitingObject {
    this.#of(object.planned).pending += 1;
    this.#options.witness?.(object, 'waiting', state);
    return { ...must(waitingObject(object, state), 'an object that waits can be tried alone'), ...version };
  }

  #refuse({ planned, index }: PlannedObject, failure: ObjectFailure): void {
    const known = this.#refused.get(planned);
    if (known === undefined) this.#refused.set(planned, [{ index, ...failure }]);
    else known.push({ index, ...failure });
  }

  #of(entry: PlannedEntry): FateCounts {
    return this.#counts.get(entry) as FateCounts;
  }
}

type Applied = 'created' | 'updated' | 'deleted';

// Of the objects of a row that was created, the first did that, and the others found it.
export function ownOutcome(outcome: UpsertOutcome, row: number, created: Set<number>): Applied {
  if (outcome === 'deleted') return outcome;
  if (outcome !== 'created' || created.has(row)) return 'updated';
  created.add(row);
  return 'created';
}

/** What an object fails with that the store could not take for the moment, however often it was tried. */
export const UNAVAILABLE: ObjectFailure = { code: '503', message: 'Service unavailable' };

/** How an object waits, and, unless it is an event, which version of which object it is. */
interface RowWait extends Partial<RowVersion> {
  readonly state: WaitState;
}

/** How the objects of each row wait: alike, so that they fall due together and are one row again. */
class RowWaits {
  readonly #run: PlannedRun;
  readonly #options: FatesOptions;
  readonly #known = new Map<number, RowWait>();

  constructor(run: PlannedRun, options: FatesOptions) {
    this.#run = run;
    this.#options = options;
  }

  of(row: number, reason: WaitReason): RowWait {
    const known = this.#known.get(row);
    if (known !== undefined) return known;
    const state = firstWait(reason, this.#options.schedule.random(), this.#options);
    const made = { state, ...this.#run.builder.versionOf(row) };
    this.#known.set(row, made);
    return made;
  }
}

function firstWait(reason: WaitReason, chance: number, { schedule, now }: FatesOptions): WaitState {
  const failure = reason === 'transient' ? UNAVAILABLE : PERSON_NOT_FOUND;
  const state = afterTry(schedule, { reason, failure, acceptedAt: now, at: now, chance });
  return must(state, 'a schedule has one wait at least');
}

function objectAt(run: PlannedRun, slot: number): PlannedObject {
  return { planned: run.slotEntries[slot] as PlannedEntry, index: run.slotIndexes[slot] as number };
}

function partitionOf({ planned, index }: PlannedObject): string {
  const settings = planned.traitsOf(index)?.settings;
  return settings?.kind === 'person' ? settings.partitionName : '';
}

type EventsByTable = ReadonlyMap<string, readonly PlannedEvents[]>;

function eventsOf(eventTables: EventsByTable): PlannedObject[] {
  return [...eventTables.values()].flat().flatMap(({ planned, indexes, events }) => {
    return (indexes ?? [...events.keys()]).map((index) => ({ planned, index }));
  });
}

function failedResults({ entry }: PlannedEntry, { index, code, message }: PlannedFailure): ObjectResult[] {
  const { requestId } = entry;
  const indexes = index === WHOLE_ENTRY ? Array.from({ length: entry.objects }, (_, at) => at) : [index];
  return indexes.map((at) => ({ requestId, index: at, outcome: 'failed', code, message }));
}
