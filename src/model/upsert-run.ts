/**
 * Builds the run of upserts that a store applies from the objects of requests, in their order (law 4).
 *
 *   object ──fields──► values ──key──► a new row │ folded into the row that has this key already
 *              └──────────┴──── a fault: the object fails alone, and nothing of it is kept (law 5)
 *
 * Owns: the order of an object's checks (docs/specs/persons.md, P6), and folding. Never: asks what the store holds.
 */
import { assert } from '#kit/assert.ts';
import { decideValue, isValueProblem } from './field-value.ts';
import type { FieldDefinition, FieldValue } from './field.ts';
import { faultOf, isEmpty } from './object-fault.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { ObjectRules } from './object-rules.ts';
import type { UpsertRow, UpsertRun } from './upsert.ts';

/** Why an object failed, for its sender: a record-level code of the documented service, and its text. */
export interface ObjectFailure {
  readonly code: string;
  readonly message: string;
}

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

class Row implements UpsertRow {
  readonly partition: string;
  readonly key: readonly FieldValue[];
  readonly values: (FieldValue | undefined)[];
  readonly firstAcceptedAt: number;
  lastAcceptedAt: number;

  constructor(place: { partition: string; acceptedAt: number }, key: FieldValue[], values: (FieldValue | undefined)[]) {
    this.partition = place.partition;
    this.key = key;
    this.values = values;
    this.firstAcceptedAt = place.acceptedAt;
    this.lastAcceptedAt = place.acceptedAt;
  }
}

/** A text that differs for different keys, or the key itself where it is a single value. */
type KeyIdentity = FieldValue;

/** Senders may spell names in any case; a hostile one has no end of spellings to fill the memory with (law 6). */
const MAX_SPELLINGS = 4096;

export class RunBuilder {
  readonly #rules: ObjectRules;
  readonly #slots = new Map<string, Slot>();
  readonly #spellings = new Map<string, Slot>();
  readonly #fields: FieldDefinition[] = [];
  readonly #rows: Row[] = [];
  readonly #partitions = new Map<string, Map<KeyIdentity, number>>();
  /** A row's values before an object fills them; copied for each object, since that is the fastest way to make one. */
  readonly #blankValues: (FieldValue | undefined)[] = [];
  readonly #blankKey: FieldValue[];
  readonly #lowerCased: readonly boolean[];

  constructor(rules: ObjectRules) {
    this.#rules = rules;
    this.#blankKey = rules.matchBy.map(() => null);
    this.#lowerCased = rules.matchBy.map(({ ignoreCase }) => ignoreCase);
  }

  /**
   * Adds an object behind those before it. Returns the index of its row, or why it failed; then it changed nothing.
   * `partition` is `''` for custom objects; `acceptedAt` in milliseconds since 1970.
   */
  add(object: JsonObject, partition: string, acceptedAt: number): number | ObjectFailure {
    const placedFields = this.#fields.length;
    const values = this.#blankValues.slice();
    const key = this.#blankKey.slice();
    const isSound = this.#read(object, values, key);
    if (!isSound || key.includes(null)) return this.#refuse(object, placedFields);
    return this.#fold(new Row({ partition, acceptedAt }, key, values));
  }

  /** The run of all objects added so far. The builder takes no further object. */
  finish(): UpsertRun {
    for (const { values } of this.#rows) {
      while (values.length < this.#fields.length) values.push(undefined);
    }
    return { fields: this.#fields, matchBy: this.#rules.matchBy, rows: this.#rows };
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
  }

  #fold(row: Row): number {
    const rowsByKey = this.#rowsOf(row.partition);
    const identity = identityOf(row.key);
    const index = rowsByKey.get(identity);
    if (index !== undefined) {
      foldInto(this.#rows[index] as Row, row);
      return index;
    }
    rowsByKey.set(identity, this.#rows.length);
    return this.#rows.push(row) - 1;
  }

  #rowsOf(partition: string): Map<KeyIdentity, number> {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    const made = new Map<KeyIdentity, number>();
    this.#partitions.set(partition, made);
    return made;
  }
}

// Lengths keep ('a', 'bc') and ('ab', 'c') apart; within one place of the key all values are of one type.
function identityOf(key: readonly FieldValue[]): KeyIdentity {
  if (key.length === 1) return key[0] as FieldValue;
  let identity = '';
  for (const value of key) {
    const text = String(value);
    identity += `${text.length}:${text}`;
  }
  return identity;
}

function foldInto(earlier: Row, later: Row): void {
  const { values } = later;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (i >= earlier.values.length) earlier.values.push(value);
    else if (value !== undefined) earlier.values[i] = value;
  }
  earlier.lastAcceptedAt = later.lastAcceptedAt;
}
