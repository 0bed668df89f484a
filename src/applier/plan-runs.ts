/**
 * Puts objects and events of planned entries into runs and tables, in the order in which they come (law 4).
 * Owns: where a run begins. Never: reads an entry's bytes.
 */
import type { Workspace } from '#model/definitions.ts';
import type { EventContext } from '#model/event-placeholders.ts';
import type { JsonObject } from '#model/json.ts';
import type { ObjectRules } from '#model/object-rules.ts';
import type { CustomObjectSettings, EventSettings, ObjectSettings, PersonSettings } from '#model/object-settings.ts';
import { LATER, RunBuilder } from '#model/upsert-run.ts';
import type { ObjectFailure } from '#model/upsert-run.ts';
import { EventCells } from './event-cells.ts';
import { emptyBatch } from './planned.ts';
import type { ObjectTraits, PlannedBatch, PlannedEntry, PlannedEvents, PlannedRun } from './planned.ts';
import { RuleBook } from './rule-book.ts';
import type { Ruled, Ruling } from './rule-book.ts';

/** Objects of one entry with equal settings. */
export interface PlacedObjects {
  readonly planned: PlannedEntry;
  readonly settings: PersonSettings | CustomObjectSettings;
  readonly objects: Iterable<readonly [index: number, object: JsonObject]>;
  /** By index; these fail. */
  readonly excluded: ReadonlyMap<number, ObjectFailure> | undefined;
}

export class RunPlanner {
  readonly #book: RuleBook;
  readonly #eventCells = new EventCells();
  readonly batch: PlannedBatch = emptyBatch();

  constructor(workspace: Workspace) {
    this.#book = new RuleBook(workspace);
  }

  /** Runs and event tables so far: each costs statements of its own, whatever it holds. */
  get statements(): number {
    const { personRuns, customObjectRuns, eventTables } = this.batch;
    let statements = eventTables.size;
    for (const runs of [personRuns, ...customObjectRuns.values()]) {
      for (const { builder } of runs) statements += Math.max(1, builder.runs);
    }
    return statements;
  }

  /** Of its event tables, estimated. */
  get cells(): number {
    return this.#eventCells.total;
  }

  /** What objects with such settings have besides their members. */
  traits(settings: ObjectSettings): ObjectTraits {
    if (settings.kind === 'event') return { settings, keyFields: NO_FIELDS };
    const ruling = this.#ruling(settings, false);
    const keyFields = 'rules' in ruling ? keyFieldsOf(ruling.rules) : NO_FIELDS;
    return { settings, keyFields };
  }

  /** Adds the objects behind those before them; the ones that cannot be added fail. */
  addObjects({ planned, settings, objects, excluded }: PlacedObjects): void {
    const ruling = this.#ruling(settings, planned.isAnswered);
    if ('failure' in ruling) {
      for (const [index] of objects) planned.failures.push({ index, ...ruling.failure });
      return;
    }
    const run = lastRun(this.#runsFor(ruling), ruling.rules);
    const partition = settings.kind === 'person' ? settings.partitionName : '';
    const placement = { partition, acceptedAt: planned.entry.acceptedAt };
    for (const [index, object] of objects) {
      const row = excluded?.get(index) ?? run.builder.add(object, placement);
      if (row === LATER) {
        run.later.push({ planned, index });
      } else if (typeof row !== 'number') {
        planned.failures.push({ index, ...row });
      } else {
        run.slotEntries.push(planned);
        run.slotIndexes.push(index);
        run.slotRows.push(row);
      }
    }
  }

  /** Adds events to the table of this name, `database.table`. */
  addEvents(name: string, events: PlannedEvents): void {
    remembered(this.batch.eventTables, name, () => []).push(events);
    this.#eventCells.add(name, events.events);
  }

  #ruling(settings: PersonSettings | CustomObjectSettings, wantsIdentities: boolean): Ruling {
    return this.#book.rulingFor(settings, wantsIdentities);
  }

  #runsFor({ rules, type }: Ruled): PlannedRun[] {
    return rules.kind === 'person' ? this.batch.personRuns : remembered(this.batch.customObjectRuns, type, () => []);
  }
}

const NO_FIELDS: ReadonlySet<string> = new Set();

function keyFieldsOf(rules: ObjectRules): ReadonlySet<string> {
  return new Set(rules.matchBy.map(({ field }) => field.name.toLowerCase()));
}

/** What fills the placeholders of events with such settings. */
export function eventContext(
  { ip, userAgent, globalId, idKey }: Pick<EventSettings, 'ip' | 'userAgent' | 'globalId' | 'idKey'>,
  acceptedAt: number,
): EventContext {
  return { acceptedAt, ip, userAgent, globalId, idKey };
}

// Objects of other rules begin a new run: they might touch a row of the run before (law 4).
function lastRun(runs: PlannedRun[], rules: ObjectRules): PlannedRun {
  const last = runs.at(-1);
  if (last?.rules === rules) return last;
  const next = { rules, builder: new RunBuilder(rules), slotEntries: [], slotIndexes: [], slotRows: [], later: [] };
  runs.push(next);
  return next;
}

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
