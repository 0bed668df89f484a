/**
 * The spans of what the applier does with entries, made at once when it is committed:
 *
 *   apply batch          a trace of its own, linked to the requests whose entries it took
 *    └─ commit           the transaction
 *   apply                below the request's span: from acceptance to commit, linked to the batch
 *   retry                below it too: one try of its waiting objects
 *
 * Owns: what they say, and how many there are (law 6). Never: an object's content.
 */
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Attributes, Context, Link, Span, SpanContext, Tracer } from '@opentelemetry/api';
import { isSampled } from '#model/traceparent.ts';
import type { FateCounts, RequestId } from '#model/words.ts';
import { remoteContext } from './tracing-context.ts';
import type { ApplierTracing, TracedBatch, TracedRetry } from './tracing.ts';

/** Requests of one batch that get spans; of further ones the trace ends with their answer. */
export const MAX_TRACED_PER_BATCH = 128;

/** Requests with waiting objects whose traces are remembered, for their tries; those that wait longest go first. */
export const MAX_TRACED_WAITING = 1_000;

export function createApplierTracing(tracer: Tracer): ApplierTracing {
  return new AppliedSpans(tracer);
}

type TracedEntry = TracedBatch['entries'][number];

class AppliedSpans implements ApplierTracing {
  readonly #tracer: Tracer;
  /** The contexts of requests with waiting objects, in this process alone. */
  readonly #waiting = new Map<RequestId, string>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  batchApplied(batch: TracedBatch): void {
    const traced = tracedEntries(batch.entries);
    if (traced.length === 0) return;
    const counts = new Map(batch.requests.map((request) => [request.requestId, request.counts]));
    const link: Link = { context: this.#batch(batch, traced).spanContext() };
    for (const entry of traced) this.#apply(entry, { batch, link, counts: counts.get(entry.requestId) });
  }

  objectsRetried({ workspace, requestIds, times }: TracedRetry): void {
    if (this.#waiting.size === 0) return;
    const startTime = times.now - times.seconds * 1000;
    for (const [requestId, objects] of Map.groupBy(requestIds, (id) => id)) {
      const traceparent = this.#waiting.get(requestId);
      if (traceparent === undefined) continue;
      const attributes = {
        'inlet.workspace': workspace,
        'inlet.request_id': requestId,
        'inlet.objects': objects.length,
      };
      const options = { startTime, attributes };
      this.#tracer.startSpan('retry', options, remoteContext(traceparent)).end(times.now);
    }
  }

  #batch({ workspace, entries, times }: TracedBatch, traced: readonly TracedEntry[]): Span {
    const attributes = {
      'inlet.workspace': workspace,
      'inlet.entries': entries.length,
      'inlet.objects': entries.reduce((sum, { objects }) => sum + objects, 0),
    };
    const links = traced.flatMap((entry) => linkTo(remoteContext(entry.envelope.traceparent)));
    const startTime = times.now - times.seconds * 1000;
    const options = { startTime, links, attributes };
    const span = this.#tracer.startSpan('apply batch', options, ROOT_CONTEXT);
    const commitTime = times.now - times.commitSeconds * 1000;
    this.#tracer.startSpan('commit', { startTime: commitTime }, trace.setSpan(ROOT_CONTEXT, span)).end(times.now);
    span.end(times.now);
    return span;
  }

  #apply({ requestId, acceptedAt, lane, objects, envelope }: TracedEntry, { batch, link, counts }: Applying): void {
    const { workspace, times } = batch;
    const attributes = {
      'inlet.workspace': workspace,
      'inlet.request_id': requestId,
      'inlet.lane': lane,
      'inlet.objects': objects,
      ...fateAttributes(counts),
    };
    // Clocks are set now and then: no span ends before it begins.
    const startTime = Math.min(acceptedAt, times.now);
    const options = { startTime, links: [link], attributes };
    const span = this.#tracer.startSpan('apply', options, remoteContext(envelope.traceparent));
    span.addEvent('taken from the log', Math.max(startTime, times.now - times.seconds * 1000));
    span.end(times.now);
    if (counts !== undefined && counts.pending > 0) this.#remember(requestId, envelope.traceparent);
  }

  #remember(requestId: RequestId, traceparent: string | undefined): void {
    if (traceparent === undefined) return;
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size >= MAX_TRACED_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    this.#waiting.set(requestId, traceparent);
  }
}

interface Applying {
  readonly batch: TracedBatch;
  readonly link: Link;
  readonly counts: Readonly<FateCounts> | undefined;
}

function tracedEntries(entries: readonly TracedEntry[]): readonly TracedEntry[] {
  const traced: TracedEntry[] = [];
  for (const entry of entries) {
    const { traceparent } = entry.envelope;
    if (traceparent === undefined || !isSampled(traceparent)) continue;
    traced.push(entry);
    if (traced.length === MAX_TRACED_PER_BATCH) break;
  }
  return traced;
}

function linkTo(context: Context): readonly Link[] {
  const linked: SpanContext | undefined = trace.getSpanContext(context);
  return linked === undefined ? [] : [{ context: linked }];
}

// Fates that no object of the request met are left out.
function fateAttributes(counts: Readonly<FateCounts> | undefined): Attributes {
  if (counts === undefined) return {};
  const { received: _, ...fates } = counts;
  const met = Object.entries(fates).filter(([, count]) => count > 0);
  return Object.fromEntries(met.map(([fate, count]) => [`inlet.${fate}`, count]));
}
