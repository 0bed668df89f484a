/**
 * Builds what the server does for itself while it serves: it checks law 2, and forgets what is beyond retention.
 * Owns: the start of both. Never: opens an engine.
 */
import { ConservationChecker } from '#admin/conservation-checker.ts';
import type { Config } from '#config/options.ts';
import { SYSTEM_CLOCK } from '#engines/system/clock.ts';
import type { Applying } from '#ports/applying.ts';
import type { IntakeReader, IntakeWriter } from '#ports/intake-log.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Submitting } from '#ports/submitting.ts';
import { Retention } from '#retention/retention.ts';
import type { RetentionEvents } from '#telemetry/events.ts';
import type { Metrics } from '#telemetry/metrics.ts';

interface UpkeepComposition {
  readonly writer: IntakeWriter;
  readonly intake: IntakeReader;
  readonly store: StoreReader & Applying;
  readonly gateway: Submitting;
  readonly metrics: Metrics;
  readonly retentionEvents: RetentionEvents;
  /** Both end when it is disposed of, before the engines that they read. */
  readonly opened: AsyncDisposableStack;
}

/** Both run when this returns. */
export function composeUpkeep(
  { retentionMs, retentionBytes }: Config,
  { writer, intake, store, gateway, metrics, retentionEvents: events, opened }: UpkeepComposition,
): ConservationChecker {
  const conservation = new ConservationChecker({
    metrics,
    clock: SYSTEM_CLOCK,
    intakeTotals: writer,
    intake,
    reader: store,
    applying: store,
    onFault: (error) => events.internalFault(error, { where: 'conservation' }),
  });
  const retention = new Retention({
    writer,
    intake,
    reader: store,
    submitting: gateway,
    clock: SYSTEM_CLOCK,
    events,
    limits: { ageMs: retentionMs, maxBytes: retentionBytes },
  });
  opened.use(conservation).start();
  opened.use(retention).start();
  return conservation;
}
