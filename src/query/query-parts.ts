import type { Applying } from '#ports/applying.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Submitting } from '#ports/submitting.ts';
import type { Durability } from '#model/words.ts';

/** What the query routes work with. */
export interface QueryParts {
  readonly reader: StoreReader;
  /** Knows requests that the applier has not come to yet. */
  readonly intake: IntakeReader;
  readonly applying: Applying;
  /** Knows event tables that were made by name, and which fields name an object. */
  readonly control: Pick<Control, 'definitions' | 'eventPlaces' | 'removeEventPlaces'>;
  /** Takes replays and commands into the log. */
  readonly submitting: Submitting;
  readonly clock: Clock;
  /** What the log's success answers promise; shown with each request. */
  readonly durability: Durability;
  /** The longest that one query runs. */
  readonly queryTimeoutMs: number;
  /** How long a call waits until the applier has decided or rehearsed; {@link DECISION_PATIENCE_MS} unless given. */
  readonly decisionPatienceMs?: number;
}

export const DECISION_PATIENCE_MS = 30_000;
