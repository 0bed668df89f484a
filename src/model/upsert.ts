/**
 * Upserts: what the applier hands to a store, and what the store says became of each object.
 * Owns: the shapes that both sides share. Never: touches a store.
 */
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import type { RequestId } from '#model/words.ts';

/**
 * Consecutive objects of one type that match by the same fields. Their order is the order of acceptance (law 4).
 * Since all match by the same fields, objects with different keys do not touch each other, so that a store may
 * apply the run set by set. Objects with equal keys have been folded into one row, or lie in a later run where
 * folding would change what becomes of them. With `createDuplicate` rows match nothing, and keys may repeat.
 */
export interface UpsertRun {
  readonly action: UpsertAction;
  /** Whether the answer names each row's object: costs a look-up, and only the REST calls need it. */
  readonly wantsIdentities: boolean;
  /** The fields that occur in any row, in the order of each row's `values`. */
  readonly fields: readonly FieldDefinition[];
  /** The fields by which rows match. */
  readonly matchBy: readonly MatchField[];
  readonly rows: readonly UpsertRow[];
  /**
   * The objects that were folded into the rows. The store keeps the fate of each whose row it created, updated or
   * deleted: of a created row its first object has created it, and the others have updated it. Absent: of none.
   */
  readonly objects?: RunObjects;
}

/** Columns of equal length: one place per object, those of a row in the order of acceptance; each row has one. */
export interface RunObjects {
  /** Place of the object's row among `rows`. */
  readonly rows: readonly number[];
  readonly requestIds: readonly RequestId[];
  /** Place of the object in its request, from 0. */
  readonly indexes: readonly number[];
  /** Milliseconds since 1970: when they are decided. */
  readonly decidedAt: number;
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
  /** Of the first object in it that was waiting already (see waiting.ts). Absent: behind all that wait. */
  readonly order?: number;
}

/**
 * What is to become of rows with and without a match. `createOrUpdate`: both. `createOnly`: a match is `exists`, and so
 * are several. `updateOnly`: no match is `not-found`; so is it always when rows match by `id` or `marketoGUID`.
 * `createDuplicate`: every row is created. `delete`: the match is deleted; `values` say nothing.
 */
export type UpsertAction = 'createOrUpdate' | 'createOnly' | 'updateOnly' | 'createDuplicate' | 'delete';

/**
 * What a store found and did for one row. `no-person`: the row's link names a person that does not exist.
 * `behind`: an earlier version of the object waits. Of the last six nothing has been written.
 */
export type UpsertOutcome =
  | 'created'
  | 'updated'
  | 'deleted'
  | 'exists'
  | 'not-found'
  | 'several-matches'
  | 'no-person'
  | 'behind';

export interface UpsertAnswer {
  /** One per row, in the order of the rows. */
  readonly outcomes: readonly UpsertOutcome[];
  /**
   * With `wantsIdentities` one per row: the `id` or `marketoGUID` of the object that was created, updated or deleted,
   * undefined for other outcomes. Else empty.
   */
  readonly identities: readonly (number | string | undefined)[];
}

export interface PersonRun extends UpsertRun {
  /** With `update-most-recent` the match that was updated last is taken instead of `several-matches`. */
  readonly multipleMatches: 'fail' | 'update-most-recent';
}

export interface CustomObjectRun extends UpsertRun {
  readonly apiName: string;
  /** The type's own dedupe fields, whatever the run matches by: they tell versions of one object. */
  readonly dedupeFields: readonly string[];
  /** Absent: the type has no link, or no row has a value for it. */
  readonly link?: RunLink;
}

/** The field of a custom object that names a person. A row with `null` or no value there names nobody. */
export interface RunLink {
  /** Place among the run's `fields`. */
  readonly at: number;
  /** What the value is compared with, in persons of any partition. */
  readonly personField: FieldDefinition;
  /** True for email. */
  readonly ignoreCase: boolean;
}
