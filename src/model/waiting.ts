/**
 * Waiting objects: those whose fate is pending after they were tried (docs/specs/retries.md).
 * Owns: the shapes that applier and store share. Never: decides when one is tried again (see retry-schedule.ts).
 */
import type { FieldDefinition, FieldValue } from './field.ts';
import type { ObjectSettings } from './object-settings.ts';
import type { ObjectKind, RequestId } from './words.ts';

/**
 * Why an object waits. `no-person`: its link names a person that does not exist. `behind`: an earlier version of the
 * same object waits, and it must not overtake that one. `transient`: the store could not take it for the moment.
 */
export type WaitReason = 'no-person' | 'behind' | 'transient';

/** What an object is matched by: two objects with an equal key are versions of one. */
export interface WaitingKey {
  /** Names of the match fields, in their declared spelling. */
  readonly matchBy: readonly string[];
  /** `''` for custom objects. */
  readonly partition: string;
  /** One value per match field; emails lower-cased. */
  readonly values: readonly FieldValue[];
}

/** The person that an object names. */
export interface WaitingLink {
  readonly personField: FieldDefinition;
  /** True for email; then `value` is lower-cased already. */
  readonly ignoreCase: boolean;
  readonly value: FieldValue;
}

/** How a try ended that has to be repeated. */
export interface WaitState {
  readonly reason: WaitReason;
  /** Record-level code that the object fails with after its last try. */
  readonly code: string;
  readonly message: string;
  /** How often it was tried so far. */
  readonly attempts: number;
  /** Milliseconds since 1970. Absent while it waits `behind`: it is due once nothing is before it. */
  readonly nextAttemptAt?: number;
}

export interface NewWaitingObject extends WaitState {
  readonly requestId: RequestId;
  /** Place of the object in its request, from 0. */
  readonly index: number;
  readonly kind: ObjectKind;
  /** `persons`, the API name of a custom object type, or `database.table`. */
  readonly type: string;
  readonly settings: ObjectSettings;
  /** The object's JSON text, equal to what was sent. */
  readonly object: string;
  /** JSON text: the object's dedupe attributes and their values, for people to read. */
  readonly keyText: string;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /** Absent for events, which are no versions of anything. */
  readonly key?: WaitingKey;
  readonly link?: WaitingLink;
}

/** A waiting object as a store gives it back. Key and link are made anew from the object when it is tried again. */
export interface WaitingObject extends Omit<NewWaitingObject, 'key' | 'link'> {
  /** Its place among all that wait in its workspace: rising, in the order of acceptance within a type and lane. */
  readonly order: number;
}

/** A try that has to be repeated, of an object that waits already. */
export interface PostponedObject extends WaitState {
  readonly order: number;
}
