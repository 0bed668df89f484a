/**
 * Builds what the rooms of the gateway process say about themselves: log, metrics, traces.
 * Owns: which events go into which. Never: knows an engine.
 */
import type { Config } from '#config/options.ts';
import type { ApplierEvents, GatewayEvents, RetentionEvents } from '#telemetry/events.ts';
import { createLogger } from '#telemetry/logger.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import { createApplierEvents, createGatewayEvents, createRetentionEvents } from '#telemetry/room-events.ts';
import type { GatewayTracing } from '#telemetry/tracing.ts';
import { createWebhookEvents } from '#telemetry/webhook-events.ts';
import type { WebhookEvents } from '#telemetry/webhook-events.ts';
import { composeTracing } from './compose-tracing.ts';

export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracing: GatewayTracing | undefined;
  readonly events: GatewayEvents;
  readonly storeEvents: Pick<ApplierEvents, 'storeRestarted'>;
  readonly retentionEvents: RetentionEvents;
  readonly webhookEvents: WebhookEvents;
}

export async function createTelemetry({ logLevel }: Config, opened: AsyncDisposableStack): Promise<Telemetry> {
  const logger = createLogger({ level: logLevel, process: 'gateway', readable: logIsReadable() });
  const metrics = createMetrics('gateway');
  return {
    metrics,
    tracing: opened.use(await composeTracing('gateway', { logger, metrics }))?.gateway,
    events: createGatewayEvents(logger, metrics),
    storeEvents: createApplierEvents(logger, metrics),
    retentionEvents: createRetentionEvents(logger, metrics),
    webhookEvents: createWebhookEvents(logger, metrics),
  };
}

export function logIsReadable(): boolean {
  return process.stderr.isTTY === true;
}
