/**
 * The spans of the HTTP API's requests, and that what they submit to the log belongs to them.
 * Owns: which requests have one: all but probes.
 * Never: names a path as it was sent; senders put anything there (law 8).
 */
import { readTraceparent } from '#model/traceparent.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { Control } from '#ports/control.ts';
import { withinTrace } from '#telemetry/trace-scope.ts';
import type { TraceScope } from '#telemetry/trace-scope.ts';
import type { GatewayTracing, RequestSpan } from '#telemetry/tracing.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface TraceParts {
  readonly control: Control;
  /** Absent: tracing is off. The sender's trace context is handed on all the same. */
  readonly tracing?: GatewayTracing | undefined;
}

/** Asked every few seconds, of no interest to anybody, and no way into the log. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** To be called before any other hook is added, so that what those refuse is seen too. */
export function traceRequests(app: FastifyInstance, { control, tracing }: TraceParts): void {
  const scopes = new WeakMap<FastifyRequest, TraceScope>();
  const end = (request: FastifyRequest, status?: number): void => {
    scopes.get(request)?.span?.end({ status, workspace: workspaceOf(control, request) });
  };
  app.addHook('onRequest', (request, _reply, done) => {
    const span = tracing && beginSpan(tracing, request);
    scopes.set(request, { span, traceparent: span?.traceparent ?? traceOf(request) });
    done();
  });
  // Behind the body, whose reading leaves the scope.
  app.addHook('preValidation', (request, _reply, done) => {
    const scope = scopes.get(request);
    if (scope?.traceparent === undefined) done();
    else withinTrace(scope, done);
  });
  app.addHook('onRequestAbort', async (request) => end(request));
  app.addHook('onResponse', async (request, reply) => end(request, reply.statusCode));
}

function beginSpan(tracing: GatewayTracing, request: FastifyRequest): RequestSpan | undefined {
  const { url } = request.routeOptions;
  if (url !== undefined && PROBES.has(url)) return undefined;
  const requestId = request.id as RequestId;
  const route = url === undefined ? '/{path}' : templateOf(url);
  return tracing.beginRequest({ requestId, method: request.method, route, traceparent: traceOf(request) });
}

// Fastify writes `/v1/workspaces/:munchkinId` and `/v3/*`.
function templateOf(url: string): string {
  return url.replaceAll(/:(\w+)/g, '{$1}').replaceAll('*', '{path}');
}

function traceOf({ headers }: FastifyRequest): string | undefined {
  return readTraceparent(headers['traceparent']);
}

function workspaceOf(control: Control, request: FastifyRequest): MunchkinId | undefined {
  if (request.callingClient !== undefined) return request.callingClient.workspace;
  const { munchkinId } = request.params as { munchkinId?: string };
  const { workspaces } = control.definitions();
  return workspaces.has(munchkinId as MunchkinId) ? (munchkinId as MunchkinId) : undefined;
}
