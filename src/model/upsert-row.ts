/**
 * One row of a run under construction: an object, or several versions of it folded into one (law 4).
 * Owns: when two may become one, and what they are then. Never: looks an object's fields up.
 */
import type { FieldValue } from './field.ts';
import type { LinkRule } from './object-rules.ts';
import type { UpsertRow } from './upsert.ts';

/** Where an object comes from. */
export interface Placement {
  /** `''` for custom objects. */
  readonly partition: string;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /**
   * Of an object that was waiting: its place among all that wait, and whether every version that waits before it, and
   * behind the first that is added, is added as well. Otherwise it must not be folded, and overtake the others.
   */
  readonly waited?: { readonly order: number; readonly isNext: boolean };
}

export class Row implements UpsertRow {
  readonly partition: string;
  readonly key: readonly FieldValue[];
  readonly values: (FieldValue | undefined)[];
  readonly firstAcceptedAt: number;
  lastAcceptedAt: number;
  /** Set when it was waiting. */
  declare readonly order?: number;
  /** Undefined: all its versions are one, and lie in the first run. */
  version: Version | undefined = undefined;

  constructor({ partition, acceptedAt, waited }: Placement, key: FieldValue[], values: (FieldValue | undefined)[]) {
    this.partition = partition;
    this.key = key;
    this.values = values;
    this.firstAcceptedAt = acceptedAt;
    this.lastAcceptedAt = acceptedAt;
    if (waited !== undefined) this.order = waited.order;
  }
}

/** What tells a row from others with the same key. */
export interface Version {
  /** Whom it names, lower-cased where case does not count; null: nobody. */
  readonly link: FieldValue;
  /** False: others may wait between it and the version that is added before it. */
  readonly isNext: boolean;
  /** Number of its run, from 0. */
  readonly run: number;
  /** One behind it was too much for the batch, and so is every one behind that. */
  isClosed: boolean;
}

/** A text that differs for different keys. */
// Lengths keep ('a', 'bc') and ('ab', 'c') apart; within one place of the key all values are of one type.
export function identityOf(key: readonly FieldValue[]): string {
  if (key.length === 1) return String(key[0]);
  let identity = '';
  for (const value of key) {
    const text = String(value);
    identity += `${text.length}:${text}`;
  }
  return identity;
}

/** Whom an object names by this value of its link field. */
export function comparedLink({ ignoreCase }: LinkRule, value: FieldValue | undefined): FieldValue {
  if (value === undefined) return null;
  return ignoreCase && typeof value === 'string' ? value.toLowerCase() : value;
}

/** Whether an object can be written depends on whom it names, so that versions are one row when that is one person. */
export function mayFold(earlier: Version | undefined, later: Version | undefined): boolean {
  if (earlier?.isClosed === true || later?.isNext === false) return false;
  return (earlier?.link ?? null) === (later?.link ?? null);
}

export function foldInto(earlier: Row, later: Row): void {
  const { values } = later;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (i >= earlier.values.length) earlier.values.push(value);
    else if (value !== undefined) earlier.values[i] = value;
  }
  earlier.lastAcceptedAt = later.lastAcceptedAt;
}
