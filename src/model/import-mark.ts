/**
 * What is remembered of an import that its sender named.
 * Owns: the shape, which is a disk format. Never: holds records.
 */
import type { MunchkinId } from './words.ts';

export interface ImportName {
  readonly workspace: MunchkinId;
  readonly database: string;
  readonly table: string;
  /** The sender's own. */
  readonly uniqueId: string;
}

export interface ImportMark extends ImportName {
  /** `begun`: some of its entries may be in the log. `done`: all of them are. */
  readonly state: 'begun' | 'done';
  /** Milliseconds since 1970. */
  readonly markedAt: number;
}
