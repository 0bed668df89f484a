/**
 * What the writer and the log's thread say to each other: numbered calls, and one answer to each.
 * Owns: the shapes. Never: the transport.
 */
import type { Lane, MunchkinId, Position } from '#model/words.ts';
import type { IntakeTotals } from '#ports/intake-log.ts';
import type { Group } from './intake-group.ts';
import type { Synchronous } from './intake-tables.ts';

export interface IntakeThreadOptions {
  readonly path: string;
  readonly synchronous: Synchronous;
}

/** Commands are carried out in the order of sending, except that a truncation lets others pass between its slices. */
export type IntakeCommand =
  | { readonly kind: 'append'; readonly group: Group }
  | { readonly kind: 'objects-of-day'; readonly workspace: MunchkinId; readonly quotaDay: string }
  | { readonly kind: 'totals' }
  | { readonly kind: 'truncate'; readonly workspace: MunchkinId; readonly lane: Lane; readonly through: Position }
  | { readonly kind: 'close' };

export interface IntakeCall {
  readonly call: number;
  readonly command: IntakeCommand;
}

/** The first position of an append, the objects of a day, the totals, or nothing. */
export type IntakeResult = number | readonly IntakeTotals[] | undefined;

/** `failed` answers every call that is open and every later one: the thread has ended (law 9). */
export type IntakeReply =
  | { readonly kind: 'done'; readonly call: number; readonly result: IntakeResult }
  | { readonly kind: 'full'; readonly call: number; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };
