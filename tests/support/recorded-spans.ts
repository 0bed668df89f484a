/** Spans that stay in memory, made by OpenTelemetry's own tracer. */
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { createApplierTracing } from '#telemetry/tracing-applier.ts';
import { createGatewayTracing } from '#telemetry/tracing-gateway.ts';
import type { ApplierTracing, GatewayTracing } from '#telemetry/tracing.ts';

export class RecordedSpans {
  readonly gateway: GatewayTracing;
  readonly applier: ApplierTracing;
  readonly #exporter = new InMemorySpanExporter();

  constructor() {
    const spanProcessors = [new SimpleSpanProcessor({ exporter: this.#exporter })];
    const tracer = new TracerProvider({ spanProcessors }).getTracer('test');
    this.gateway = createGatewayTracing(tracer);
    this.applier = createApplierTracing(tracer);
  }

  /** Those that have ended, in that order. */
  get all(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  named(name: string): readonly ReadableSpan[] {
    return this.all.filter((span) => span.name === name);
  }
}

/** The W3C form of a span's context. */
export function contextOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}
