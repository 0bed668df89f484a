import type { Applying } from '#ports/applying.ts';
import type { Clock } from '#ports/clock.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Durability } from '#model/words.ts';

/** What the query routes work with. */
export interface QueryParts {
  readonly reader: StoreReader;
  /** Knows requests that the applier has not come to yet. */
  readonly intake: IntakeReader;
  readonly applying: Applying;
  readonly clock: Clock;
  /** What the log's success answers promise; shown with each request. */
  readonly durability: Durability;
  /** The longest that one query runs. */
  readonly queryTimeoutMs: number;
}
