/**
 * To which trace the work belongs that is being done for a request of the HTTP API.
 * Owns: that it is found wherever that work has come to. Never: begins or ends a span.
 *
 * The collection routes hand their exchange along and have no need of it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestSpan } from './tracing.ts';

export interface TraceScope {
  /** Of the request's span, or of its sender where tracing is off. */
  readonly traceparent: string | undefined;
  readonly span: RequestSpan | undefined;
}

const SCOPE = new AsyncLocalStorage<TraceScope>();

/** Everything that `work` begins belongs to the trace. */
export function withinTrace(scope: TraceScope, work: () => void): void {
  SCOPE.run(scope, work);
}

/** Undefined outside of a request of the HTTP API. */
export function currentTrace(): TraceScope | undefined {
  return SCOPE.getStore();
}
