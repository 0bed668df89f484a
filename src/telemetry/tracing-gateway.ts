/**
 * The spans of a request on its way into the log:
 *
 *   POST /postback/v3/event/{database}/{table}     from the first sight of the request to its answer
 *    └─ append                                     until the entry is durable (law 1)
 *
 * Owns: what they say. Never: a path, a query, a header or a body; those may hold secrets (law 8).
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Span, Tracer } from '@opentelemetry/api';
import type { NewEntry } from '#model/entry.ts';
import { remoteContext, traceparentOf } from './tracing-context.ts';
import type { AnsweredRequest, AppendSpan, GatewayTracing, RequestSpan } from './tracing.ts';

export function createGatewayTracing(tracer: Tracer): GatewayTracing {
  return {
    beginRequest: ({ requestId, method, route, traceparent }) => {
      const parent = remoteContext(traceparent);
      const attributes = { 'http.request.method': method, 'http.route': route, 'inlet.request_id': requestId };
      const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
      const own = traceparentOf(span.spanContext());
      return span.isRecording() ? new OpenRequest(tracer, span, own) : new UnrecordedRequest(own);
    },
  };
}

/** Most requests where traces are sampled: all that is kept of one is that nobody records it. */
class UnrecordedRequest implements RequestSpan {
  readonly traceparent: string;

  constructor(traceparent: string) {
    this.traceparent = traceparent;
  }

  nameCall(): void {}

  beginAppend(): AppendSpan {
    return UNRECORDED_APPEND;
  }

  end(): void {}
}

const UNRECORDED_APPEND: AppendSpan = { end: () => undefined };

class OpenRequest implements RequestSpan {
  readonly traceparent: string;
  readonly #tracer: Tracer;
  readonly #span: Span;
  #objects = 0;

  constructor(tracer: Tracer, span: Span, traceparent: string) {
    this.traceparent = traceparent;
    this.#tracer = tracer;
    this.#span = span;
  }

  nameCall(name: string): void {
    this.#span.setAttribute('inlet.call', name);
  }

  // An entry that is not the first of its request has an id of its own.
  beginAppend({ requestId, lane, objects }: Pick<NewEntry, 'requestId' | 'lane' | 'objects'>): AppendSpan {
    const attributes = { 'inlet.request_id': requestId, 'inlet.lane': lane, 'inlet.objects': objects };
    const span = this.#tracer.startSpan('append', { attributes }, trace.setSpan(ROOT_CONTEXT, this.#span));
    return {
      end: (outcome) => {
        if (outcome === 'durable') this.#objects += objects;
        else span.setStatus({ code: SpanStatusCode.ERROR, message: 'the log has not taken it' });
        span.end();
      },
    };
  }

  end({ status, workspace, code }: AnsweredRequest): void {
    const span = this.#span;
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    if (workspace !== undefined) span.setAttribute('inlet.workspace', workspace);
    if (code !== undefined) span.setAttribute('inlet.refusal_code', code);
    if (this.#objects > 0) span.setAttribute('inlet.objects', this.#objects);
    const fault = faultOf(status);
    if (fault !== undefined) span.setAttribute('error.type', fault).setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

// A sender's own fault is no fault of the server's span (OpenTelemetry's conventions for HTTP).
function faultOf(status: number | undefined): string | undefined {
  if (status === undefined) return 'sender_gone';
  return status >= 500 ? String(status) : undefined;
}
