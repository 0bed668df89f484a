/** A server that sends its traces somewhere. */
import { InletServer } from './inlet-server.ts';

export function startTraced(
  endpoint: string,
  environment: Readonly<Record<string, string>> = {},
  ...options: readonly string[]
): Promise<InletServer> {
  return InletServer.open({
    args: ['--log-level', 'warn', ...options],
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...environment },
  });
}
