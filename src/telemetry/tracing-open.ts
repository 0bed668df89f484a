/**
 * Whether this process traces: reads the environment, and loads OpenTelemetry only where it does.
 * Owns: nothing. Never: fails; who watches the server is not to keep it from its work.
 */
import type { TracingParts } from './tracing-provider.ts';
import { readTracingSettings } from './tracing-settings.ts';
import type { Environment } from './tracing-settings.ts';
import type { Tracing } from './tracing.ts';

/** Undefined where tracing is off. What the environment says wrongly goes to `onProblem`. */
export async function openTracing(environment: Environment, parts: TracingParts): Promise<Tracing | undefined> {
  const { settings, problems } = readTracingSettings(environment);
  for (const problem of problems) parts.onProblem(problem);
  if (settings === undefined) return undefined;
  const { createTracing } = await import('./tracing-provider.ts');
  return createTracing(settings, parts);
}
