/**
 * A receiver of traces by another maker: Elastic's, which decodes by the protobuf definitions of OpenTelemetry.
 * Owns: turning what it received into spans that are easy to compare. Never: decodes bytes itself.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { OTLP_RECEIVER } from '../../run-plan.ts';

const FOLDER = join(import.meta.dirname, '../../..', OTLP_RECEIVER.folder);

/** For `skip`: false, or why its suites cannot run. */
export const WITHOUT_RECEIVER: string | false = existsSync(join(FOLDER, 'installed.json'))
  ? false
  : '@elastic/mockotlpserver is not installed; npm test installs it';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** Without its prefix, such as `SERVER`. */
  readonly kind: string;
  /** Nanoseconds since 1970. */
  readonly begins: bigint;
  readonly ends: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  /** Span ids. */
  readonly links: readonly string[];
  readonly events: readonly string[];
}

export class OtlpReceiver implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = [];
  readonly #server: MockOtlpServer;

  private constructor() {
    const { MockOtlpServer: Server } = createRequire(join(FOLDER, 'package.json'))(
      '@elastic/mockotlpserver',
    ) as Package;
    this.#server = new Server({
      logLevel: 'error',
      services: ['http'],
      httpHostname: '127.0.0.1',
      httpPort: 0,
      onTrace: (request) => this.spans.push(...spansOf(JSON.parse(JSON.stringify(request)) as TraceRequest)),
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await receiver.#server.start();
    return receiver;
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get url(): string {
    return this.#server.httpUrl;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }
}

interface Package {
  readonly MockOtlpServer: new (options: ServerOptions) => MockOtlpServer;
}

interface ServerOptions {
  readonly logLevel: string;
  readonly services: readonly string[];
  readonly httpHostname: string;
  readonly httpPort: number;
  readonly onTrace: (request: unknown) => void;
}

interface MockOtlpServer {
  readonly httpUrl: string;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** JSON of an ExportTraceServiceRequest: bytes in base64, 64-bit numbers as strings, enums by their names. */
interface TraceRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly links?: readonly { readonly spanId: string }[];
  readonly events?: readonly { readonly name: string }[];
}

function spansOf({ resourceSpans }: TraceRequest): readonly ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => receivedSpan(span, valuesOf(resource.attributes)))),
  );
}

function receivedSpan(span: SentSpan, resource: ReceivedSpan['resource']): ReceivedSpan {
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId ?? ''),
    name: span.name,
    kind: span.kind.replace('SPAN_KIND_', ''),
    begins: BigInt(span.startTimeUnixNano),
    ends: BigInt(span.endTimeUnixNano),
    attributes: valuesOf(span.attributes ?? []),
    resource,
    links: (span.links ?? []).map(({ spanId }) => hex(spanId)),
    events: (span.events ?? []).map(({ name }) => name),
  };
}

// Each value stands under the name of its type; 64-bit integers come as strings.
function valuesOf(attributes: readonly KeyValue[]): Readonly<Record<string, unknown>> {
  const values = attributes.map(({ key, value }) => {
    const [type, content] = Object.entries(value)[0] ?? [];
    return [key, type === 'intValue' ? Number(content) : content] as const;
  });
  return Object.fromEntries(values);
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
