/**
 * Calls of the REST API, counted by day and client.
 * Owns: the shape, which is a disk format. Never: counts.
 */
import type { MunchkinId } from './words.ts';

export interface UsageCount {
  readonly workspace: MunchkinId;
  /** Such as `2026-11-23`. */
  readonly day: string;
  readonly clientName: string;
  /** Calls that ended with this error code; `''` stands for all calls, these too. */
  readonly code: string;
  readonly count: number;
}
