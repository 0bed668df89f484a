/**
 * Turns entries into the runs and rows of one batch, and remembers which object went where.
 *
 *   entries ──decode──► objects ──rules──► person runs │ custom object runs │ events by table
 *                          └── what fails already here, with its reason
 *
 * Independent of what the store holds, so that the next batch can be planned while the last one is applied.
 * Owns: the order of objects within a batch (law 4). Never: asks the store.
 */
import type { Workspace } from '#model/definitions.ts';
import type { Entry } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import { customObjectRules, personRules } from '#model/object-rules.ts';
import type { ObjectRules } from '#model/object-rules.ts';
import { RunBuilder } from '#model/upsert-run.ts';
import type { ObjectFailure } from '#model/upsert-run.ts';
import { decodeEntry, UnreadableError } from './decode.ts';
import type { DecodedCustomObjects, DecodedEntry, DecodedEvents, DecodedPersons } from './decode.ts';
import { EventCells } from './event-cells.ts';

/** One entry of the batch, and the objects of it that have failed so far. */
export interface PlannedEntry {
  readonly entry: Entry;
  /** Undefined when the entry's bytes cannot be read. */
  readonly decoded?: DecodedEntry;
  /** Names, in lower case, of the members that identify an object of this entry to its sender. */
  readonly keyFields: ReadonlySet<string>;
  readonly failures: PlannedFailure[];
}

/** Stands for the index of an object when the entry as a whole failed. */
export const WHOLE_ENTRY = -1;

export interface PlannedFailure extends ObjectFailure {
  /** Place of the object in its entry, or {@link WHOLE_ENTRY}. */
  readonly index: number;
}

/** A run of upserts under construction; slot for slot: which entry, which object of it, which row of the run. */
export interface PlannedRun {
  readonly rules: ObjectRules;
  readonly builder: RunBuilder;
  readonly slotEntries: PlannedEntry[];
  readonly slotIndexes: number[];
  readonly slotRows: number[];
}

export interface PlannedBatch {
  readonly entries: PlannedEntry[];
  readonly personRuns: PlannedRun[];
  /** By declared API name. */
  readonly customObjectRuns: Map<string, PlannedRun[]>;
  /** Events by `database.table`, in order. */
  readonly eventTables: Map<string, PlannedEvents[]>;
}

/** The events of one entry, less those that the store refuses. */
export interface PlannedEvents {
  readonly planned: PlannedEntry;
  readonly decoded: DecodedEvents;
  readonly events: readonly JsonObject[];
}

/** Objects to leave out because the store refuses them: their indexes, by entry, with the reason. */
export type Exclusions = ReadonlyMap<Entry, ReadonlyMap<number, ObjectFailure>>;

export function emptyBatch(): PlannedBatch {
  return { entries: [], personRuns: [], customObjectRuns: new Map(), eventTables: new Map() };
}

export interface PlanRules {
  readonly workspace: Workspace;
  readonly exclusions: Exclusions;
  /** Entries that could not be planned: each fails as a whole. */
  readonly broken: ReadonlySet<Entry>;
}

export class BatchPlanner {
  readonly #workspace: Workspace;
  readonly #exclusions: Exclusions;
  readonly #broken: ReadonlySet<Entry>;
  readonly #eventCells = new EventCells();
  readonly #personRules = new Map<string, ObjectRules>();
  readonly #customObjectRules = new Map<string, ObjectRules>();
  readonly batch: PlannedBatch = emptyBatch();

  constructor({ workspace, exclusions, broken }: PlanRules) {
    this.#workspace = workspace;
    this.#exclusions = exclusions;
    this.#broken = broken;
  }

  /** Runs and event tables so far: each costs statements of its own, whatever it holds. */
  get statements(): number {
    const { personRuns, customObjectRuns, eventTables } = this.batch;
    let statements = personRuns.length + eventTables.size;
    for (const runs of customObjectRuns.values()) statements += runs.length;
    return statements;
  }

  /** Of its event tables, estimated. */
  get cells(): number {
    return this.#eventCells.total;
  }

  /** Adds the entry's objects behind those of the entries before it. A planner that threw takes no further entry. */
  add(entry: Entry): void {
    if (this.#broken.has(entry)) {
      this.#addFailed(entry, { index: WHOLE_ENTRY, code: UNREADABLE, message: 'an internal fault; see the log' });
      return;
    }
    const decoded = readable(entry);
    if ('problem' in decoded) {
      this.#addFailed(entry, { index: WHOLE_ENTRY, code: UNREADABLE, message: decoded.problem });
      return;
    }
    switch (decoded.kind) {
      case 'person':
        return this.#placePersons(entry, decoded);
      case 'customObject':
        return this.#placeCustomObjects(entry, decoded);
      case 'event':
        return this.#placeEvents(entry, decoded);
    }
  }

  #addFailed(entry: Entry, failure: PlannedFailure): void {
    this.batch.entries.push({ entry, keyFields: new Set(), failures: [failure] });
  }

  #placePersons(entry: Entry, decoded: DecodedPersons): void {
    const { field1, field2, partitionName } = decoded.request;
    const dedupeFields = field2 === undefined ? [field1] : [field1, field2];
    const rules = remembered(this.#personRules, dedupeFields.join('\0'), () =>
      personRules(this.#workspace, dedupeFields),
    );
    this.#placeObjects({ entry, decoded, runs: this.batch.personRuns, rules, partition: partitionName });
  }

  #placeCustomObjects(entry: Entry, decoded: DecodedCustomObjects): void {
    const { apiName } = decoded.envelope;
    const type = this.#workspace.customObjects.get(apiName.toLowerCase());
    if (type === undefined) {
      this.#addFailed(entry, {
        index: WHOLE_ENTRY,
        code: '1013',
        message: `Custom object type '${apiName}' not found`,
      });
      return;
    }
    const { dedupeBy } = decoded.request;
    const rules = remembered(this.#customObjectRules, `${apiName}\0${dedupeBy}`, () =>
      customObjectRules(type, dedupeBy),
    );
    const runs = remembered(this.batch.customObjectRuns, type.apiName, () => []);
    this.#placeObjects({ entry, decoded, runs, rules, partition: '' });
  }

  #placeEvents(entry: Entry, decoded: DecodedEvents): void {
    const { database, table } = decoded.envelope;
    const excluded = this.#exclusions.get(entry);
    const failures = [...(excluded ?? [])].map(([index, failure]) => ({ index, ...failure }));
    const planned: PlannedEntry = { entry, decoded, keyFields: new Set(), failures };
    this.batch.entries.push(planned);
    const events = excluded === undefined ? decoded.objects : decoded.objects.filter((_, i) => !excluded.has(i));
    const name = `${database}.${table}`;
    remembered(this.batch.eventTables, name, () => []).push({ planned, decoded, events });
    this.#eventCells.add(name, events);
  }

  #placeObjects({ entry, decoded, runs, rules, partition }: Placing): void {
    const excluded = this.#exclusions.get(entry);
    const planned: PlannedEntry = { entry, decoded, keyFields: keyFieldsOf(rules), failures: [] };
    this.batch.entries.push(planned);
    const run = lastRun(runs, rules);
    for (const [index, object] of decoded.objects.entries()) {
      const row = excluded?.get(index) ?? run.builder.add(object, partition, entry.acceptedAt);
      if (typeof row !== 'number') {
        planned.failures.push({ index, ...row });
        continue;
      }
      run.slotEntries.push(planned);
      run.slotIndexes.push(index);
      run.slotRows.push(row);
    }
  }
}

/** The code of an entry that could not be read; no sender's fault, so no code of the public APIs. */
const UNREADABLE = 'unreadable';

interface Placing {
  readonly entry: Entry;
  readonly decoded: DecodedPersons | DecodedCustomObjects;
  readonly runs: PlannedRun[];
  readonly rules: ObjectRules;
  readonly partition: string;
}

function keyFieldsOf(rules: ObjectRules): ReadonlySet<string> {
  return new Set(rules.matchBy.map(({ field }) => field.name.toLowerCase()));
}

// Objects that match by other fields begin a new run: they might touch a row of the run before (law 4).
function lastRun(runs: PlannedRun[], rules: ObjectRules): PlannedRun {
  const last = runs.at(-1);
  if (last?.rules === rules) return last;
  const next = { rules, builder: new RunBuilder(rules), slotEntries: [], slotIndexes: [], slotRows: [] };
  runs.push(next);
  return next;
}

function readable(entry: Entry): DecodedEntry | { readonly problem: string } {
  try {
    return decodeEntry(entry);
  } catch (error) {
    if (error instanceof UnreadableError) return { problem: error.message };
    throw error;
  }
}

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
