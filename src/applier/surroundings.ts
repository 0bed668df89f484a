/**
 * What the steps of one workspace's loop have in common.
 * Owns: the shape. Never: decides anything.
 */
import type { MunchkinId } from '#model/words.ts';
import type { KnownStore } from './known-store.ts';
import type { ApplierParts } from './parts.ts';
import type { Turns } from './turns.ts';

export interface Surroundings {
  readonly workspace: MunchkinId;
  readonly parts: ApplierParts;
  /** Shared by all workspaces. */
  readonly turns: Turns;
  readonly store: KnownStore;
  /** Aborts when the loop is to end. */
  readonly stopping: AbortSignal;
}
