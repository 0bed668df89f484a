/**
 * What the memory store holds of one workspace.
 * Owns: the shapes, and the copy that a transaction works on. Never: decides anything.
 */
import type { CellValue, EventTable } from '#model/event-table.ts';
import { type FailureRecord, noFates, type ObjectFate, type ObjectResult, type RequestRecord } from '#model/fates.ts';
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import type { KeyClaim } from '#model/idempotency.ts';
import type { JournalEvent, NewJournalEvent } from '#model/journal.ts';
import type { WaitingLink, WaitingObject } from '#model/waiting.ts';
import { type FateCounts, type Lane, LOG_START, type Position } from '#model/words.ts';

/** A person or custom object. Never changed; an update makes a new one. */
export interface StoredObject {
  /** The id of a person, the `marketoGUID` of a custom object. */
  readonly identity: number | string;
  readonly partition: string;
  /** By lower-cased field name; a field that was never set is absent. */
  readonly values: ReadonlyMap<string, FieldValue>;
  /** Milliseconds since 1970, whole seconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface StoredObjects {
  /** By lower-cased name. */
  readonly fields: Map<string, FieldDefinition>;
  readonly rows: Map<number | string, StoredObject>;
  /** Of a custom object type, in their declared spelling. */
  readonly dedupeFields: readonly string[];
}

/** A waiting object, beside what the store finds it by. Never changed; a change makes a new one. */
export interface StoredWaiting {
  readonly waiting: WaitingObject;
  /** A text that is equal for versions of one object; absent for events. */
  readonly version?: string;
  readonly link?: WaitingLink;
}

/** A journal event, beside what the store finds it by. */
export type StoredJournalEvent = NewJournalEvent & JournalEvent;

export interface StoredEvent {
  readonly time: number;
  readonly cells: ReadonlyMap<string, CellValue>;
  readonly extra: string | null;
}

export interface StoredEvents {
  table: EventTable;
  readonly rows: StoredEvent[];
}

export interface WorkspaceTables {
  nextPersonId: number;
  readonly persons: StoredObjects;
  /** By lower-cased API name. */
  readonly customObjects: Map<string, StoredObjects>;
  /** By `database.table`. */
  readonly events: Map<string, StoredEvents>;
  /** Idempotency keys that are taken, by `database.table`. */
  readonly eventKeys: Map<string, readonly KeyClaim[]>;
  requests: RequestRecord[];
  failures: FailureRecord[];
  results: ObjectResult[];
  fates: ObjectFate[];
  nextOrder: number;
  /** By order, rising. */
  readonly waiting: Map<number, StoredWaiting>;
  nextOrdinal: number;
  /** By ordinal, rising. */
  journal: StoredJournalEvent[];
  /** Requests that were accepted before then, in milliseconds since 1970, are forgotten once they are finished. */
  retainedFrom: number;
  readonly totals: Readonly<Record<Lane, FateCounts>>;
  readonly checkpoint: Record<Lane, Position>;
}

export function emptyTables(): WorkspaceTables {
  return {
    nextPersonId: 1,
    persons: emptyObjects([]),
    customObjects: new Map(),
    events: new Map(),
    eventKeys: new Map(),
    requests: [],
    failures: [],
    results: [],
    fates: [],
    nextOrder: 1,
    waiting: new Map(),
    nextOrdinal: 1,
    journal: [],
    retainedFrom: 0,
    totals: { high: noFates(), normal: noFates(), events: noFates() },
    checkpoint: { high: LOG_START, normal: LOG_START, events: LOG_START },
  };
}

export function emptyObjects(dedupeFields: readonly string[]): StoredObjects {
  return { fields: new Map(), rows: new Map(), dedupeFields };
}

/** A copy whose changes the original does not see. */
export function copyTables(tables: WorkspaceTables): WorkspaceTables {
  return {
    ...tables,
    persons: copyObjects(tables.persons),
    customObjects: new Map(Array.from(tables.customObjects, ([name, objects]) => [name, copyObjects(objects)])),
    events: new Map(Array.from(tables.events, ([key, { table, rows }]) => [key, { table, rows: [...rows] }])),
    eventKeys: new Map(tables.eventKeys),
    requests: [...tables.requests],
    failures: [...tables.failures],
    results: [...tables.results],
    fates: [...tables.fates],
    journal: [...tables.journal],
    waiting: new Map(tables.waiting),
    totals: structuredClone(tables.totals),
    checkpoint: { ...tables.checkpoint },
  };
}

function copyObjects(objects: StoredObjects): StoredObjects {
  return { ...objects, fields: new Map(objects.fields), rows: new Map(objects.rows) };
}
