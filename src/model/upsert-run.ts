/**
 * Builds the runs of upserts that a store applies from the objects of requests, in their order (law 4).
 *
 *   object ──fields──► values ──key──► a new row │ folded into the row that has this key already
 *              │          │              └── or, where folding would change a fate, a row of a later run (R14)
 *              └──────────┴──── a fault: the object fails alone, and nothing of it is kept (law 5)
 *
 * Owns: the order of an object's checks (docs/specs/persons.md, P6), and folding. Never: asks what the store holds.
 */
import { assert } from '#kit/assert.ts';
import { TextNumbers } from '#kit/text-numbers.ts';
import { decideValue, isValueProblem } from './field-value.ts';
import type { FieldDefinition, FieldValue } from './field.ts';
import { faultOf, isEmpty } from './object-fault.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { ObjectRules } from './object-rules.ts';
import { comparedLink, foldInto, identityOf, mayFold, Row } from './upsert-row.ts';
import type { Placement, Version } from './upsert-row.ts';
import type { RunLink, UpsertAction, UpsertRun } from './upsert.ts';
import type { NewWaitingObject } from './waiting.ts';

/** Why an object failed, for its sender: a record-level code of the documented service, and its text. */
export interface ObjectFailure {
  readonly code: string;
  readonly message: string;
}

/** A run as the store takes it, but for what all objects of its type have in common. */
export interface BuiltRun extends UpsertRun {
  /** Absent: the type has no link, or no row has a value for it. */
  readonly link?: RunLink;
}

/** As a store knows a row whose objects wait. */
export type RowVersion = Required<Pick<NewWaitingObject, 'key'>> & Pick<NewWaitingObject, 'link'>;

/** The object has to lie behind more earlier versions of itself than one batch takes. */
export const LATER = 'later';

/** What a sender's spelling of a field's name stands for. */
interface Slot {
  readonly field: FieldDefinition;
  /** Place among the run's fields; {@link UNPLACED} until a row has the field, or for good when it is the identity. */
  index: number;
  /** Place among the match fields, or {@link UNPLACED}. */
  readonly keyIndex: number;
  readonly isIdentity: boolean;
}

const UNPLACED = -1;

/** Senders may spell names in any case; a hostile one has no end of spellings to fill the memory with (law 6). */
const MAX_SPELLINGS = 4096;

/** Each run costs the store some milliseconds, whatever it holds (law 6). */
const MAX_RUNS = 32;

const UNLINKED: Version = { link: null, isNext: true, run: 0, isClosed: false };

/** What becomes of two objects with equal keys depends on both of their own: the second finds what the first made. */
const NEVER_FOLDED: ReadonlySet<UpsertAction> = new Set(['createOnly', 'delete']);

export class RunBuilder {
  readonly #rules: ObjectRules;
  readonly #slots = new Map<string, Slot>();
  readonly #spellings = new Map<string, Slot>();
  readonly #fields: FieldDefinition[] = [];
  readonly #rows: Row[] = [];
  /** Rows by the identity of their key. */
  readonly #partitions = new Map<string, TextNumbers>();
  /** A row's values before an object fills them; copied for each object, since that is the fastest way to make one. */
  readonly #blankValues: (FieldValue | undefined)[] = [];
  readonly #blankKey: FieldValue[];
  readonly #lowerCased: readonly boolean[];
  readonly #folds: boolean;
  readonly #maxRuns: number;
  /** Place of the link among the run's fields, or {@link UNPLACED}. */
  #linkIndex = UNPLACED;
  #runs = 0;
  /** Place of each row in its run; undefined as long as all lie in one. */
  #places: number[] | undefined;

  constructor(rules: ObjectRules) {
    this.#rules = rules;
    this.#blankKey = rules.matchBy.map(() => null);
    this.#lowerCased = rules.matchBy.map(({ ignoreCase }) => ignoreCase);
    this.#folds = !NEVER_FOLDED.has(rules.action);
    // Who waits for an answer has sent a few hundred objects at most, and none of them may wait.
    this.#maxRuns = rules.wantsIdentities ? Infinity : MAX_RUNS;
  }

  /** How many runs there are so far. */
  get runs(): number {
    return this.#runs;
  }

  /**
   * Adds an object behind those before it. Returns the number of its row; or why it failed, or {@link LATER}: then it
   * changed nothing.
   */
  add(object: JsonObject, placement: Placement): number | ObjectFailure | typeof LATER {
    const placedFields = this.#fields.length;
    const values = this.#blankValues.slice();
    const key = this.#blankKey.slice();
    const isSound = this.#read(object, values, key);
    if (!isSound || key.includes(null)) return this.#refuse(object, placedFields);
    const row = new Row(placement, key, values);
    const { link } = this.#rules;
    if (link !== undefined || placement.waited !== undefined) {
      const named = link === undefined ? null : comparedLink(link, values[this.#linkIndex]);
      row.version = { link: named, isNext: placement.waited?.isNext !== false, run: 0, isClosed: false };
    }
    const number = this.#put(row);
    if (number === LATER) this.#unplace(placedFields);
    return number;
  }

  /** The runs of all objects added so far, to be applied in this order. The builder takes no further object. */
  finish(): readonly BuiltRun[] {
    for (const { values } of this.#rows) {
      while (values.length < this.#fields.length) values.push(undefined);
    }
    if (this.#runs <= 1) return this.#runs === 0 ? [] : [this.#run(this.#rows)];
    const runs: Row[][] = Array.from({ length: this.#runs }, () => []);
    this.#places = this.#rows.map((row) => (runs[row.version?.run ?? 0] as Row[]).push(row) - 1);
    return runs.map((rows) => this.#run(rows));
  }

  /** Which run the row lies in, from 0. */
  runOf(row: number): number {
    return (this.#rows[row] as Row).version?.run ?? 0;
  }

  /** Place of the row in its run, known once the builder has finished. */
  placeOf(row: number): number {
    return this.#places === undefined ? row : (this.#places[row] as number);
  }

  /** Which object the row is a version of, and whom it names. */
  versionOf(row: number): RowVersion {
    const { matchBy, link } = this.#rules;
    const { partition, key, version } = this.#rows[row] as Row;
    const waitingKey = { matchBy: matchBy.map(({ field }) => field.name), partition, values: key };
    const value = version?.link ?? null;
    if (link === undefined || value === null) return { key: waitingKey };
    return { key: waitingKey, link: { personField: link.personField, ignoreCase: link.ignoreCase, value } };
  }

  #run(rows: readonly Row[]): BuiltRun {
    const { action, wantsIdentities, matchBy, link } = this.#rules;
    const run = { action, wantsIdentities, fields: this.#fields, matchBy, rows };
    if (link === undefined || !rows.some((row) => (row.version?.link ?? null) !== null)) return run;
    return { ...run, link: { at: this.#linkIndex, personField: link.personField, ignoreCase: link.ignoreCase } };
  }

  // The fast path: one look-up and one decision a member. False at the first fault; which one counts is asked later.
  #read(object: JsonObject, values: (FieldValue | undefined)[], key: FieldValue[]): boolean {
    for (const name in object) {
      const slot = this.#spellings.get(name) ?? this.#slot(name);
      if (slot === undefined) return false;
      const json = object[name] as JsonValue;
      const value = decideValue(slot.field, json);
      if (isValueProblem(value)) return false;
      if (slot.keyIndex !== UNPLACED) key[slot.keyIndex] = isEmpty(json) ? null : this.#keyValue(value, slot.keyIndex);
      if (slot.isIdentity) continue;
      if (slot.index === UNPLACED) this.#place(slot, values);
      values[slot.index] = value;
    }
    return true;
  }

  /** Undefined: no field that a sender may set. */
  #slot(spelling: string): Slot | undefined {
    const name = spelling.toLowerCase();
    const slot = this.#slots.get(name) ?? this.#newSlot(name);
    if (slot !== undefined && this.#spellings.size < MAX_SPELLINGS) this.#spellings.set(spelling, slot);
    return slot;
  }

  #newSlot(name: string): Slot | undefined {
    const { fields, matchBy, identity } = this.#rules;
    const field = fields.get(name);
    if (field === undefined || (field.readOnly === true && field !== identity)) return undefined;
    const keyIndex = matchBy.findIndex((match) => match.field === field);
    const slot: Slot = { field, index: UNPLACED, keyIndex, isIdentity: field === identity };
    this.#slots.set(name, slot);
    return slot;
  }

  #place(slot: Slot, values: (FieldValue | undefined)[]): void {
    slot.index = this.#fields.length;
    this.#fields.push(slot.field);
    this.#blankValues.push(undefined);
    values.push(undefined);
    if (slot.field === this.#rules.link?.field) this.#linkIndex = slot.index;
  }

  #keyValue(value: FieldValue, keyIndex: number): FieldValue {
    return typeof value === 'string' && this.#lowerCased[keyIndex] === true ? value.toLowerCase() : value;
  }

  #refuse(object: JsonObject, placedFields: number): ObjectFailure {
    this.#unplace(placedFields);
    const fault = faultOf(object, this.#rules);
    assert(fault !== undefined, 'an object that is refused has a fault');
    return fault;
  }

  // Fields that only a refused object had are none of the run's.
  #unplace(placedFields: number): void {
    for (const field of this.#fields.splice(placedFields)) {
      const slot = this.#slots.get(field.name.toLowerCase());
      if (slot !== undefined) slot.index = UNPLACED;
    }
    this.#blankValues.length = placedFields;
    if (this.#linkIndex >= placedFields) this.#linkIndex = UNPLACED;
  }

  #put(row: Row): number | typeof LATER {
    if (this.#rules.action === 'createDuplicate') return this.#append(row, 0);
    const rowsByKey = this.#rowsOf(row.partition);
    const identity = identityOf(row.key);
    const index = rowsByKey.add(identity, this.#rows.length);
    if (index === undefined) return this.#append(row, 0);
    const earlier = this.#rows[index] as Row;
    if (this.#folds && mayFold(earlier.version, row.version)) {
      foldInto(earlier, row);
      return index;
    }
    const run = (earlier.version?.run ?? 0) + 1;
    if (run >= this.#maxRuns) {
      if (earlier.version !== undefined) earlier.version.isClosed = true;
      return LATER;
    }
    rowsByKey.replace(identity, this.#rows.length);
    return this.#append(row, run);
  }

  #append(row: Row, run: number): number {
    if (run > 0) row.version = { ...(row.version ?? UNLINKED), run };
    this.#runs = Math.max(this.#runs, run + 1);
    return this.#rows.push(row) - 1;
  }

  #rowsOf(partition: string): TextNumbers {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    const made = new TextNumbers();
    this.#partitions.set(partition, made);
    return made;
  }
}
