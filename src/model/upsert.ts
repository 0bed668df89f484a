/**
 * Upserts: what the applier hands to a store, and what the store says became of each object.
 * Owns: the shapes that both sides share. Never: touches a store.
 */
import type { FieldDefinition, FieldValue } from '#model/field.ts';

/**
 * Consecutive objects of one type that match by the same fields. Their order is the order of acceptance (law 4).
 * Since all match by the same fields, objects with different keys do not touch each other, so that a store may
 * apply the run set by set; objects with equal keys have been folded into one (see fold.ts).
 */
export interface UpsertRun {
  /** The fields that occur in any row, in the order of each row's `values`. */
  readonly fields: readonly FieldDefinition[];
  /** The fields by which rows match. */
  readonly matchBy: readonly MatchField[];
  readonly rows: readonly UpsertRow[];
}

export interface MatchField {
  readonly field: FieldDefinition;
  /** True for email. Keys of such fields are lower-cased already. */
  readonly ignoreCase: boolean;
}

export interface UpsertRow {
  /** Person partition; always `''` for custom objects. A row matches only within its partition. */
  readonly partition: string;
  /** One value per `matchBy`, never null. */
  readonly key: readonly FieldValue[];
  /** One slot per `fields`; `undefined` leaves the field as it is, `null` clears it. */
  readonly values: readonly (FieldValue | undefined)[];
  /** Acceptance of the first and the last object folded into this row, in milliseconds since 1970. */
  readonly firstAcceptedAt: number;
  readonly lastAcceptedAt: number;
}

/** What a store found and did for one row. */
export type UpsertOutcome = 'created' | 'updated' | 'not-found' | 'several-matches';

export interface PersonRun extends UpsertRun {
  /** With `update-most-recent` the match that was updated last is taken instead of `several-matches`. */
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** False when matching by `id`: then a row without a match is `not-found`. */
  readonly createMissing: boolean;
}

export interface CustomObjectRun extends UpsertRun {
  readonly apiName: string;
  /** False when matching by `marketoGUID`. */
  readonly createMissing: boolean;
}
