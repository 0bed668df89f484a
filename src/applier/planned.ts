/**
 * A batch that has been planned: what the planner hands to those who apply it.
 * Owns: the shapes. Never: decides anything.
 */
import type { DropTablesEnvelope, Entry } from '#model/entry.ts';
import type { FailureRecord, FailureRef, Warning } from '#model/fates.ts';
import type { RetentionLimit } from '#model/journal.ts';
import type { JsonObject } from '#model/json.ts';
import type { ObjectRules } from '#model/object-rules.ts';
import type { ObjectSettings } from '#model/object-settings.ts';
import type { ObjectFailure, RunBuilder } from '#model/upsert-run.ts';
import type { RequestId } from '#model/words.ts';
import type { ContextEvents } from './events.ts';

export interface PlannedBatch {
  readonly entries: PlannedEntry[];
  readonly personRuns: PlannedRun[];
  /** By declared API name. */
  readonly customObjectRuns: Map<string, PlannedRun[]>;
  /** Events by `database.table`, in order. */
  readonly eventTables: Map<string, PlannedEvents[]>;
  /** Their objects are to be read from the store, and planned behind all others. */
  readonly replays: PlannedReplay[];
  /** Requests the wait of whose objects is to end. */
  readonly cancelled: RequestId[];
  /** What is to be forgotten, behind everything else of the batch. */
  readonly retained: RetentionLimit[];
  /** Event tables that are dropped before anything else of the batch. */
  readonly dropped: DroppedTables[];
}

/** A table, or all tables of a database. */
export type DroppedTables = Pick<DropTablesEnvelope, 'database' | 'table'>;

/** One entry of the batch, and the objects of it that have failed so far. */
export interface PlannedEntry {
  readonly entry: Entry;
  /** Its sender waits for each object's result, and no object may wait. */
  readonly isAnswered: boolean;
  /** By place in the entry; none when its bytes cannot be read. */
  readonly objects: readonly (JsonObject | undefined)[];
  /** Undefined: the object cannot be tried on its own. */
  readonly traitsOf: (index: number) => ObjectTraits | undefined;
  readonly warnings: readonly Warning[];
  readonly failures: PlannedFailure[];
  /** Of a replay: the requests whose objects it tries again. */
  readonly replayOf?: readonly RequestId[];
}

/** What an object has besides its members, when it is looked at alone. */
export interface ObjectTraits {
  readonly settings: ObjectSettings;
  /** Names, in lower case, of the members that identify it to its sender. */
  readonly keyFields: ReadonlySet<string>;
}

/** Stands for the index of an object when the entry as a whole failed. */
export const WHOLE_ENTRY = -1;

export interface PlannedFailure extends ObjectFailure {
  /** Place of the object in its entry, or {@link WHOLE_ENTRY}. */
  readonly index: number;
}

/**
 * Upserts of objects with the same rules, under construction: slot for slot, which entry, which object of it, which
 * row. They are one run for the store, or several.
 */
export interface PlannedRun {
  readonly rules: ObjectRules;
  readonly builder: RunBuilder;
  readonly slotEntries: PlannedEntry[];
  readonly slotIndexes: number[];
  readonly slotRows: number[];
  /** Objects that lie behind more versions of themselves than a batch takes: they wait, and are tried soon. */
  readonly later: PlannedObject[];
}

export interface PlannedObject {
  readonly planned: PlannedEntry;
  readonly index: number;
}

/** Events of one entry with one context, less those that the store refuses. */
export interface PlannedEvents extends ContextEvents {
  readonly planned: PlannedEntry;
  /** Places in the entry, one per event; absent when they are all of it. */
  readonly indexes?: readonly number[];
}

export interface PlannedReplay {
  readonly requestId: RequestId;
  readonly refs: readonly FailureRef[];
  /** Plans what the store has of these objects, in their order. Returns those that are tried. To be called once. */
  readonly fill: (failures: readonly (FailureRecord | undefined)[]) => readonly FailureRef[];
}

/** Objects to leave out because the store refuses them: their indexes, by entry, with the reason. */
export type Exclusions = ReadonlyMap<Entry, ReadonlyMap<number, ObjectFailure>>;

export function emptyBatch(): PlannedBatch {
  return {
    entries: [],
    personRuns: [],
    customObjectRuns: new Map(),
    eventTables: new Map(),
    replays: [],
    cancelled: [],
    retained: [],
    dropped: [],
  };
}
