/**
 * Opens tracing in one of the two processes, if the environment asks for it.
 * Owns: what its log and metrics say of it. Never: opens an engine.
 */
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import { openTracing } from '#telemetry/tracing-open.ts';
import type { Tracing } from '#telemetry/tracing.ts';
import manifest from '../package.json' with { type: 'json' };

/** To be disposed of when no span can end any more. */
export function composeTracing(
  role: 'gateway' | 'store',
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
): Promise<Tracing | undefined> {
  return openTracing(process.env, {
    process: role,
    version: manifest.version,
    onSpans: (outcome, spans) => metrics.add('inlet_trace_spans_total', { outcome }, spans),
    onProblem: (problem) => logger.warn(problem),
  });
}
