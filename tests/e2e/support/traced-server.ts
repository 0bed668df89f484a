/** A server that sends its traces somewhere. */
import { startServer } from './inlet-server.ts';
import type { InletServer } from './inlet-server.ts';

/** Its environment alone is changed, for the time of its start. */
export async function startTraced(
  endpoint: string,
  environment: Readonly<Record<string, string>> = {},
  ...options: readonly string[]
): Promise<InletServer> {
  const given = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...environment };
  Object.assign(process.env, given);
  try {
    return await startServer('--log-level', 'warn', ...options);
  } finally {
    for (const name of Object.keys(given)) delete process.env[name];
  }
}
