/**
 * Builds the room of Treasure Data's REST API over what the gateway process has.
 * Owns: how long its calls wait, and where imports are spooled. Never: opens an engine.
 */
import { join } from 'node:path';
import type { Config } from '#config/options.ts';
import { SYSTEM_CLOCK } from '#engines/system/clock.ts';
import type { Applying } from '#ports/applying.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Submitting } from '#ports/submitting.ts';
import { ImportsUnderWay } from '#td-rest/imports-under-way.ts';
import { JobRunner } from '#td-rest/job-runner.ts';
import { LatestWrites } from '#td-rest/latest-writes.ts';
import { tdRoutes } from '#td-rest/td-routes.ts';
import type { GatewayEvents } from '#telemetry/events.ts';
import type { FastifyPluginAsync } from 'fastify';

const PATIENCE_MS = 60_000;

interface TdComposition {
  readonly control: Control;
  readonly intake: IntakeReader;
  readonly store: StoreReader & Applying;
  readonly gateway: Submitting;
  readonly events: GatewayEvents;
  /** Ends the jobs when it is disposed of, so it goes before control. */
  readonly opened: AsyncDisposableStack;
}

export function composeTdRest(
  { dataDirectory, queryTimeoutMs, idempotencyWindowMs }: Config,
  { control, intake, store, gateway, events, opened }: TdComposition,
): FastifyPluginAsync {
  const latest = new LatestWrites(store);
  const jobs = new JobRunner({
    control,
    clock: SYSTEM_CLOCK,
    reader: store,
    latest,
    queryTimeoutMs,
    onFault: (error) => events.internalFault(error, { where: 'td-rest.job' }),
  });
  opened.use(jobs);
  return tdRoutes({
    control,
    clock: SYSTEM_CLOCK,
    reader: store,
    intake,
    applying: store,
    submitting: gateway,
    jobs,
    latest,
    importsUnderWay: new ImportsUnderWay(),
    events,
    spoolDirectory: join(dataDirectory, 'imports'),
    importWindowMs: idempotencyWindowMs,
    patienceMs: PATIENCE_MS,
  });
}
