/**
 * The words of Inlet as types; GLOSSARY.md says what each means.
 * Owns: names and shapes. Never: behaviour.
 */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Names a workspace, such as `556-RJS-213`. */
export type MunchkinId = Branded<string, 'MunchkinId'>;
/** UUID version 7 in lower case: sorts by the time of acceptance. */
export type RequestId = Branded<string, 'RequestId'>;
/** Place of an entry in its lane of the intake log; positive, rising, not necessarily without gaps. */
export type Position = Branded<number, 'Position'>;

/** Nothing of a lane has been applied yet. */
export const LOG_START: Position = 0 as Position;

/** The priority that a sender asks for. */
export type Priority = 'high' | 'normal';

/**
 * A lane of the intake log, in order within itself (law 4). Persons and custom objects travel in the lane of their
 * priority: `high` goes before `normal`, which is never starved. Events are of normal priority and have a lane of
 * their own, so that a bulk load of persons does not delay them.
 */
export type Lane = Priority | 'events';
export const LANES: readonly Lane[] = ['high', 'normal', 'events'];

/** What a success answer promises about the bytes. `memory` exists for tests alone. */
export type Durability = 'memory' | 'fsync' | `replicated(${number})`;

export type ObjectKind = 'person' | 'customObject' | 'event';

/** Counts of the objects of one request, workspace or server. Law 2: `received` is the sum of the others. */
export interface FateCounts {
  received: number;
  created: number;
  updated: number;
  stored: number;
  deleted: number;
  failed: number;
  pending: number;
}
