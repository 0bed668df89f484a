/**
 * OpenTelemetry's tracer of this process: samples, gathers what has ended, and sends it by OTLP.
 * Owns: the bounds (law 6): of the queue, of what a span holds, of the time that a stop gives to the last export.
 * Never: keeps anybody waiting for a receiver.
 */
import { randomUUID } from 'node:crypto';
import { TraceFlags } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { ReadableSpan, Sampler, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { createApplierTracing, MAX_TRACED_PER_BATCH } from './tracing-applier.ts';
import { createGatewayTracing } from './tracing-gateway.ts';
import type { TracingSettings } from './tracing-settings.ts';
import { FLUSH_DEADLINE_MS } from './tracing.ts';
import type { Tracing } from './tracing.ts';

export interface TracingParts {
  /** Such as `gateway` or `store`. */
  readonly process: string;
  readonly version: string;
  /** `ended`: recorded spans. Of these some are `exported`, some `lost` with a failed export; the rest was dropped. */
  readonly onSpans: (outcome: SpanOutcome, spans: number) => void;
  /** Exports fail; called at the first time, then at most once a minute. */
  readonly onProblem: (message: string) => void;
}

export type SpanOutcome = 'ended' | 'exported' | 'lost';

const MAX_TEXT_LENGTH = 256;
const MAX_EVENTS = 16;
const MAX_ATTRIBUTES = 64;

export function createTracing(settings: TracingSettings, parts: TracingParts): Tracing {
  const provider = new TracerProvider({
    resource: resourceOf(parts),
    sampler: samplerOf(settings),
    spanLimits: {
      attributeCountLimit: MAX_ATTRIBUTES,
      attributeValueLengthLimit: MAX_TEXT_LENGTH,
      eventCountLimit: MAX_EVENTS,
      linkCountLimit: MAX_TRACED_PER_BATCH,
    },
    spanProcessors: [countEnded(parts), batchProcessor(settings, parts)],
  });
  const tracer = provider.getTracer('inlet', parts.version);
  return {
    gateway: createGatewayTracing(tracer),
    applier: createApplierTracing(tracer),
    [Symbol.asyncDispose]: () => withinDeadline(provider.shutdown()),
  };
}

// What the environment says goes before what is known here.
function resourceOf({ process: role, version }: TracingParts): Resource {
  const own = resourceFromAttributes({
    'service.name': 'inlet',
    'service.version': version,
    'service.instance.id': randomUUID(),
    'process.pid': process.pid,
    'inlet.process': role,
  });
  const detectors = [resourceAttributesEnvDetector, serviceNameEnvDetector];
  return defaultResource().merge(own).merge(detectResources({ detectors }));
}

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  switch (sampler) {
    case 'always_on':
      return orLinked(new AlwaysOnSampler());
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return orLinked(new TraceIdRatioBasedSampler(ratio));
    case 'parentbased_always_on':
      return orLinked(new ParentBasedSampler({ root: new AlwaysOnSampler() }));
    case 'parentbased_always_off':
      return orLinked(new ParentBasedSampler({ root: new AlwaysOffSampler() }));
    case 'parentbased_traceidratio':
      return orLinked(new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }));
  }
}

// A batch is worth a trace as soon as one of its requests is.
function orLinked(sampler: Sampler): Sampler {
  return {
    shouldSample: (...sampled) => {
      const links = sampled[5];
      const isLinked = links.some(({ context }) => (context.traceFlags & TraceFlags.SAMPLED) !== 0);
      return isLinked ? { decision: SamplingDecision.RECORD_AND_SAMPLED } : sampler.shouldSample(...sampled);
    },
    toString: () => `OrLinked{${sampler.toString()}}`,
  };
}

function countEnded({ onSpans }: TracingParts): SpanProcessor {
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) onSpans('ended', 1);
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
}

function batchProcessor(settings: TracingSettings, parts: TracingParts): SpanProcessor {
  return new BatchSpanProcessor({
    exporter: new WatchedExporter(new OTLPTraceExporter({ url: settings.url }), parts),
    maxQueueSize: settings.maxQueuedSpans,
    maxExportBatchSize: settings.maxSpansPerExport,
    scheduledDelayMillis: settings.exportDelayMs,
  });
}

const PROBLEM_INTERVAL_MS = 60_000;

/** Counts what becomes of the spans, and tells of failures now and then. */
class WatchedExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #parts: TracingParts;
  #toldAt = -Infinity;

  constructor(exporter: SpanExporter, parts: TracingParts) {
    this.#exporter = exporter;
    this.#parts = parts;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      const isExported = result.code === ExportResultCode.SUCCESS;
      this.#parts.onSpans(isExported ? 'exported' : 'lost', spans.length);
      if (!isExported) this.#tell(result.error);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #tell(error: Error | undefined): void {
    const now = performance.now();
    if (now - this.#toldAt < PROBLEM_INTERVAL_MS) return;
    this.#toldAt = now;
    const reason = error?.message.slice(0, MAX_TEXT_LENGTH) ?? 'the receiver has not taken them';
    this.#parts.onProblem(`traces cannot be exported: ${reason}`);
  }
}

async function withinDeadline(work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, FLUSH_DEADLINE_MS);
  // A failed export has been told of.
  await Promise.race([work.catch(() => undefined), late.promise]);
  clearTimeout(timer);
}
