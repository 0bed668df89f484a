/**
 * Turns waiting objects back into runs and rows, under the definitions of the moment.
 *
 *   waiting ──its own settings──► person runs │ custom object runs │ events by table
 *      │            └── what cannot be any more: its type or a field is gone, it does not fit (fails)
 *      └── what this batch has no room for (goes on waiting, and is due)
 *
 * Owns: the order of the objects, which is the order in which they wait (law 4). Never: asks the store.
 */
import type { Workspace } from '#model/definitions.ts';
import { parseJson } from '#model/json.ts';
import type { JsonObject } from '#model/json.ts';
import type { ObjectRules } from '#model/object-rules.ts';
import type { CustomObjectSettings, EventSettings, PersonSettings } from '#model/object-settings.ts';
import { LATER, RunBuilder } from '#model/upsert-run.ts';
import type { ObjectFailure } from '#model/upsert-run.ts';
import type { WaitingObject } from '#model/waiting.ts';
import { eventKeys } from './event-keys.ts';
import type { ContextEvents } from './events.ts';
import { eventContext } from './plan-runs.ts';
import { RuleBook } from './rule-book.ts';
import type { Ruled } from './rule-book.ts';
import type { UpsertsByType } from './upserts.ts';

export interface RetryPlan extends UpsertsByType<RetryRun> {
  /** Events by `database.table`, in order. */
  readonly eventTables: ReadonlyMap<string, readonly RetryEvents[]>;
  readonly failures: readonly { readonly waiting: WaitingObject; readonly failure: ObjectFailure }[];
}

/** Waiting objects with the same rules: slot for slot, which object, which row. */
export interface RetryRun {
  readonly rules: ObjectRules;
  readonly builder: RunBuilder;
  readonly slots: WaitingObject[];
  readonly slotRows: number[];
}

export interface RetryEvents extends ContextEvents {
  readonly waiting: WaitingObject;
}

/** Each run costs the store some milliseconds, whatever it holds (law 6). */
const MAX_RUNS = 64;

/** What is tried: objects that are due, and versions of them that wait behind them. By their order. */
export interface Tried {
  readonly objects: readonly WaitingObject[];
  /** Beyond this place in the order, versions behind those that are due may be missing. */
  readonly wholeUpTo: number;
}

export interface RetryPlanning {
  readonly workspace: Workspace;
  /** Milliseconds since 1970: an object that is applied late counts as changed when it was applied. */
  readonly now: number;
  /** Told of faults of our own. */
  readonly onFault: (error: unknown) => void;
}

/** Law 5: an object that a fault of our own keeps from being planned fails, and the others go on. */
export function planRetries({ objects, wholeUpTo }: Tried, { workspace, now, onFault }: RetryPlanning): RetryPlan {
  const broken = new Set<WaitingObject>();
  for (;;) {
    const planner = new RetryPlanner(workspace, { now, wholeUpTo });
    const faulty = objects.find((waiting) => {
      try {
        if (broken.has(waiting)) planner.failures.push({ waiting, failure: UNREADABLE });
        else planner.add(waiting);
        return false;
      } catch (error) {
        onFault(error);
        return true;
      }
    });
    if (faulty === undefined) return planner;
    broken.add(faulty);
  }
}

const UNREADABLE: ObjectFailure = { code: 'unreadable', message: 'an internal fault; see the log' };

class RetryPlanner implements RetryPlan {
  readonly #book: RuleBook;
  readonly #now: number;
  readonly #wholeUpTo: number;
  readonly personRuns: RetryRun[] = [];
  readonly customObjectRuns = new Map<string, RetryRun[]>();
  readonly eventTables = new Map<string, RetryEvents[]>();
  readonly failures: { waiting: WaitingObject; failure: ObjectFailure }[] = [];

  constructor(workspace: Workspace, { now, wholeUpTo }: { readonly now: number; readonly wholeUpTo: number }) {
    this.#book = new RuleBook(workspace);
    this.#now = now;
    this.#wholeUpTo = wholeUpTo;
  }

  /** A planner that threw takes no further object. Once the batch has as many runs as it may, it takes none. */
  add(waiting: WaitingObject): void {
    if (this.#runs() >= MAX_RUNS) return;
    const { settings } = waiting;
    const object = parseJson(waiting.object) as JsonObject;
    if (settings.kind === 'event') this.#addEvent(waiting, settings, object);
    else this.#addObject(waiting, settings, object);
  }

  #addEvent(waiting: WaitingObject, settings: EventSettings, object: JsonObject): void {
    const name = `${settings.database}.${settings.table}`;
    const context = eventContext(settings, waiting.acceptedAt);
    const known = this.eventTables.get(name);
    const event = { waiting, events: [object], context, ...eventKeys(settings, waiting.requestId) };
    if (known === undefined) this.eventTables.set(name, [event]);
    else known.push(event);
  }

  #addObject(waiting: WaitingObject, settings: PersonSettings | CustomObjectSettings, object: JsonObject): void {
    const ruling = this.#book.rulingFor(settings, false);
    if ('failure' in ruling) {
      this.failures.push({ waiting, failure: ruling.failure });
      return;
    }
    const run = this.#runFor(ruling);
    const partition = settings.kind === 'person' ? settings.partitionName : '';
    const { order } = waiting;
    const waited = { order, isNext: order <= this.#wholeUpTo };
    const row = run.builder.add(object, { partition, acceptedAt: this.#now, waited });
    if (row === LATER) return;
    if (typeof row !== 'number') {
      this.failures.push({ waiting, failure: row });
      return;
    }
    run.slots.push(waiting);
    run.slotRows.push(row);
  }

  // Objects of other rules begin a new run: they might touch a row of the run before (law 4).
  #runFor({ rules, type }: Ruled): RetryRun {
    const runs = rules.kind === 'person' ? this.personRuns : this.#customObjectRuns(type);
    const last = runs.at(-1);
    if (last?.rules === rules) return last;
    const next = { rules, builder: new RunBuilder(rules), slots: [], slotRows: [] };
    runs.push(next);
    return next;
  }

  #customObjectRuns(apiName: string): RetryRun[] {
    const known = this.customObjectRuns.get(apiName);
    if (known !== undefined) return known;
    const made: RetryRun[] = [];
    this.customObjectRuns.set(apiName, made);
    return made;
  }

  #runs(): number {
    const all = [this.personRuns, ...this.customObjectRuns.values()].flat();
    return this.eventTables.size + all.reduce((sum, { builder }) => sum + Math.max(1, builder.runs), 0);
  }
}
