/** What retention is given. */
import type { Clock } from '#ports/clock.ts';
import type { IntakeReader, IntakeWriter } from '#ports/intake-log.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Submitting } from '#ports/submitting.ts';
import type { RetentionEvents } from '#telemetry/events.ts';

export interface RetentionLimits {
  /** How long what is finished is kept. */
  readonly ageMs: number;
  /**
   * Of the log's applied entries, all together; of what each store keeps of requests, fates and journal; and of its
   * quarantine.
   */
  readonly maxBytes: number;
}

export interface RetentionParts {
  readonly writer: Pick<IntakeWriter, 'totals' | 'truncate'>;
  readonly intake: Pick<IntakeReader, 'keptBytes' | 'truncationPoint'>;
  readonly reader: Pick<StoreReader, 'checkpoint' | 'journal' | 'requests' | 'totals'>;
  readonly submitting: Submitting;
  readonly clock: Clock;
  readonly events: RetentionEvents;
  readonly limits: RetentionLimits;
}
