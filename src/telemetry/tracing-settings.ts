/**
 * What OpenTelemetry's environment variables say of traces
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 * Owns: when traces are exported, which of them, and the bounds on what waits for it (law 6).
 * Never: reads headers or certificates; the exporter does that itself.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

export interface TracingSettings {
  /** Where `POST` takes an ExportTraceServiceRequest. */
  readonly url: string;
  readonly sampler: SamplerName;
  /** Of the samplers by ratio: the share of traces that is recorded, from 0 to 1. */
  readonly ratio: number;
  /** Spans that have ended and wait for their export; further ones are dropped. */
  readonly maxQueuedSpans: number;
  readonly maxSpansPerExport: number;
  readonly exportDelayMs: number;
}

export interface TracingReading {
  /** Absent: tracing is off. */
  readonly settings?: TracingSettings;
  /** Values that were not taken, each with what holds instead. */
  readonly problems: readonly string[];
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export type SamplerName = (typeof SAMPLERS)[number];

const DEFAULT_SAMPLER = 'parentbased_always_on' satisfies SamplerName;
const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES_ENDPOINT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

/** A span takes about a kilobyte, so that no queue grows beyond some tens of megabytes. */
const MAX_QUEUED_SPANS = 32_768;
const MAX_EXPORT_DELAY_MS = 60_000;

/** Tracing is on where an endpoint is named and nothing turns it off. Empty values count as absent. */
export function readTracingSettings(environment: Environment): TracingReading {
  const problems: string[] = [];
  const url = isOff(environment) ? undefined : tracesUrl(environment, problems);
  if (url === undefined) return { problems };
  readProtocol(environment, problems);
  const number = (name: string, range: NumberRange): number => readNumber(environment, { ...range, name }, problems);
  const maxQueuedSpans = number('OTEL_BSP_MAX_QUEUE_SIZE', { standard: 2_048, least: 1, most: MAX_QUEUED_SPANS });
  const maxSpansPerExport = number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', { standard: 512, least: 1, most: 8_192 });
  return {
    problems,
    settings: {
      url,
      sampler: readSampler(environment, problems),
      ratio: number('OTEL_TRACES_SAMPLER_ARG', { standard: 1, least: 0, most: 1 }),
      maxQueuedSpans,
      maxSpansPerExport: Math.min(maxSpansPerExport, maxQueuedSpans),
      exportDelayMs: number('OTEL_BSP_SCHEDULE_DELAY', { standard: 5_000, least: 1, most: MAX_EXPORT_DELAY_MS }),
    },
  };
}

function isOff(environment: Environment): boolean {
  return (
    valueOf(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true' ||
    valueOf(environment, 'OTEL_TRACES_EXPORTER')?.toLowerCase() === 'none'
  );
}

// The endpoint of traces is taken as it is, the common one is a folder in which they have their place.
function tracesUrl(environment: Environment, problems: string[]): string | undefined {
  const own = valueOf(environment, TRACES_ENDPOINT);
  const common = valueOf(environment, ENDPOINT);
  const given = own ?? common;
  if (given === undefined) return undefined;
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    // A URL may hold a password, so it is not repeated.
    const name = own === undefined ? ENDPOINT : TRACES_ENDPOINT;
    problems.push(`${name} is no URL of http or https, such as http://127.0.0.1:4318; no traces are exported`);
    return undefined;
  }
  return own ?? `${given.replace(/\/+$/, '')}/v1/traces`;
}

function readProtocol(environment: Environment, problems: string[]): void {
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    const protocol = valueOf(environment, name);
    if (protocol === undefined || protocol === 'http/protobuf') continue;
    problems.push(`${name} is ${JSON.stringify(protocol)}, but traces are sent by http/protobuf alone`);
  }
}

function readSampler(environment: Environment, problems: string[]): SamplerName {
  const given = valueOf(environment, 'OTEL_TRACES_SAMPLER')?.toLowerCase();
  if (given === undefined) return DEFAULT_SAMPLER;
  const known = SAMPLERS.find((name) => name === given);
  if (known === undefined) {
    problems.push(`OTEL_TRACES_SAMPLER is none of ${SAMPLERS.join(', ')}; ${DEFAULT_SAMPLER} holds`);
  }
  return known ?? DEFAULT_SAMPLER;
}

interface NumberRange {
  readonly standard: number;
  readonly least: number;
  readonly most: number;
}

function readNumber(
  environment: Environment,
  { name, standard, least, most }: NumberRange & { readonly name: string },
  problems: string[],
): number {
  const given = valueOf(environment, name);
  if (given === undefined) return standard;
  const number = Number(given);
  if (number >= least && number <= most) return number;
  problems.push(`${name} is no number from ${least} to ${most}; ${standard} holds`);
  return standard;
}

function valueOf(environment: Environment, name: string): string | undefined {
  return environment[name]?.trim() || undefined;
}
