/**
 * What an applier is made of, and what an operator sets.
 * Owns: the shapes. Never: a default of an option; those stand in the option table.
 */
import type { RetrySchedule } from '#model/retry-schedule.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { Checkpoint, Store } from '#ports/store.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { ApplierEvents } from '#telemetry/events.ts';
import type { ApplierTracing } from '#telemetry/tracing.ts';
import type { BudgetLimits } from './budget.ts';

export interface ApplierParts {
  readonly reader: IntakeReader;
  readonly store: Store;
  readonly control: Control;
  readonly clock: Clock;
  readonly events: ApplierEvents;
  /** Absent: tracing is off. */
  readonly tracing?: ApplierTracing | undefined;
  readonly limits: ApplierLimits;
  readonly schedule: RetrySchedule;
  /** What is stored, for those who ask what a replay would do. */
  readonly objects: Pick<StoreReader, 'objects'>;
  /** The process's metrics as Prometheus text, for {@link Applier.status}. */
  readonly metrics: () => Promise<string>;
  /** A workspace's store has been read or advanced; called once at its start and after each batch. */
  readonly onCheckpoint: (workspace: MunchkinId, checkpoint: Checkpoint) => void;
  /** A workspace's journal has grown up to the event with this ordinal; called after the commit. */
  readonly onJournal: (workspace: MunchkinId, last: number) => void;
}

export interface ApplierLimits {
  readonly budget: BudgetLimits;
  /** Columns of an event table; further keys go to `_extra`. */
  readonly maxColumns: number;
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** Within which events of equal idempotency keys are one. */
  readonly idempotencyWindowMs: number;
  /** Workspaces whose batches are applied at the same time: bounds memory (law 6). */
  readonly workspacesAtOnce: number;
}
