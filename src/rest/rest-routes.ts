/**
 * REST: the calls by which Marketo's clients prepare fields and types, write leads and objects, and read them back.
 * Owns: one call from its door to its answer. Never: writes to a store, or says of a write what the applier has not
 * decided.
 *
 * ```
 *  token ─► path, method ─► permission ─► handler ─┬─ read:  store's reader
 *  600…603   610, 605         603                  ├─ write: log ─► applier ─► results   (docs/specs/marketo-rest.md)
 *                                                  └─ set up: control
 * ```
 */
import { randomInt } from 'node:crypto';
import { must } from '#kit/assert.ts';
import type { Client } from '#model/definitions.ts';
import type { RequestId } from '#model/words.ts';
import { readRestBody } from '#protocols/marketo-rest/body.ts';
import { REST_CALLS } from '#protocols/marketo-rest/calls.ts';
import { failureText, restRequestId, successText } from '#protocols/marketo-rest/envelope.ts';
import { restError, tooManyCalls } from '#protocols/marketo-rest/errors.ts';
import { findCall } from '#protocols/marketo-rest/find-call.ts';
import { RestParameters } from '#protocols/marketo-rest/parameters.ts';
import { MAX_TARGET_BYTES, readRestTarget, REST_ROUTE } from '#protocols/marketo-rest/target.ts';
import { currentTrace } from '#telemetry/trace-scope.ts';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { callerGone } from '#kit/caller-gone.ts';
import { clientAtDoor, refuseWithoutPermission, workspaceOf } from './door.ts';
import { HANDLERS } from './handlers.ts';
import { restErrorOf } from './rest-faults.ts';
import type { RestParts, RestReply } from './rest-parts.ts';

/** Calls of one workspace that are under way at once; each may hold a body of a megabyte (law 6). */
const MAX_CALLS_AT_ONCE = 100;
const RANDOM_RANGE = 2 ** 20;

/** All that the HTTP API takes for a REST target comes in by one route, so that a path need not be well formed. */
export function restRoutes(parts: RestParts): FastifyPluginAsync {
  // A body fills memory while it comes, and work goes on for a while after its caller has gone: both are counted.
  const open: CallCounts = new Map();
  const underWay: CallCounts = new Map();
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => body);
    app.setErrorHandler((error, request, reply) => fail(parts, error, { request, reply }));
    app.addHook('onRequest', async (request, reply) => {
      const target = targetOf(request);
      const client = clientAtDoor(parts, request.headers.authorization, target);
      request.callingClient = client;
      if (request.originalUrl.length > MAX_TARGET_BYTES) throw restError('414', 'send the query as a POST form');
      enter(open, client);
      reply.raw.once('close', () => leave(open, client));
    });
    app.all(REST_ROUTE, { config: { access: 'client', protocol: 'rest' }, schema: { hide: true } }, (request, reply) =>
      withinLimit(underWay, clientOf(request), () => serve(parts, { request, reply })),
    );
  };
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function withinLimit<Result>(calls: CallCounts, client: Client, work: () => Promise<Result>): Promise<Result> {
  enter(calls, client);
  try {
    return await work();
  } finally {
    leave(calls, client);
  }
}

/** Calls by workspace. */
type CallCounts = Map<string, number>;

/** Throws a {@link RestError} (615) when the workspace has as many calls as it may. */
function enter(calls: CallCounts, { workspace }: Client): void {
  const count = calls.get(workspace) ?? 0;
  if (count >= MAX_CALLS_AT_ONCE) throw tooManyCalls(MAX_CALLS_AT_ONCE);
  calls.set(workspace, count + 1);
}

function leave(calls: CallCounts, { workspace }: Client): void {
  const left = (calls.get(workspace) ?? 1) - 1;
  if (left === 0) calls.delete(workspace);
  else calls.set(workspace, left);
}

async function serve(parts: RestParts, { request, reply }: Exchange): Promise<FastifyReply> {
  const client = clientOf(request);
  const target = targetOf(request);
  const { form, json } = readRestBody((request.body as Buffer | undefined) ?? new Uint8Array(), {
    contentType: request.headers['content-type'],
    contentEncoding: request.headers['content-encoding'],
  });
  const parameters = new RestParameters(target?.query ?? '', { form, ...(json !== undefined && { json }) });
  const { name, path } = findCall(target?.segments ?? [], methodOf(request, parameters));
  currentTrace()?.span?.nameCall(name);
  refuseWithoutPermission(client, REST_CALLS[name].permissions);
  const workspace = workspaceOf(parts, client);
  const gone = callerGone(reply.raw);
  const answer = await HANDLERS[name]({ parts, client, workspace, path, parameters, json, gone });
  return succeed(parts, answer, { client, reply });
}

function clientOf({ callingClient }: FastifyRequest): Client {
  return must(callingClient, 'the door has let the call in');
}

// Reading calls with long parameters come as POST, and say what they mean in the query or in a form.
function methodOf({ method }: FastifyRequest, parameters: RestParameters): string {
  return method === 'POST' ? (parameters.text('_method')?.toUpperCase() ?? method) : method;
}

function targetOf({ originalUrl }: FastifyRequest): ReturnType<typeof readRestTarget> {
  return readRestTarget(originalUrl);
}

function succeed(
  parts: RestParts,
  { requestId, ...answer }: RestReply,
  { client, reply }: { readonly client: Client; readonly reply: FastifyReply },
): FastifyReply {
  parts.usage.count(client);
  if (requestId !== undefined) reply.header('X-Request-Id', requestId);
  return send(reply.code(200), successText(newRequestId(parts), answer));
}

function fail(parts: RestParts, error: unknown, { request, reply }: Exchange): FastifyReply {
  const requestId = request.id as RequestId;
  const known = restErrorOf(error);
  if (known === undefined) parts.events.internalFault(error, { where: 'rest', requestId });
  const shown = known ?? restError('611', `the server's log says why, under the id ${requestId}`);
  const { code, status, message, retryAfterSeconds } = shown;
  const client = request.callingClient;
  if (client !== undefined) parts.usage.count(client, code);
  const workspace = client?.workspace;
  parts.events.requestRefused({
    protocol: 'rest',
    requestId,
    status,
    code,
    reason: message,
    ...(workspace !== undefined && { workspace }),
  });
  if (retryAfterSeconds !== undefined) reply.header('Retry-After', String(retryAfterSeconds));
  return send(reply.code(status), failureText(newRequestId(parts), [{ code, message }]));
}

function send(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json;charset=UTF-8').header('Cache-Control', 'no-store').send(text);
}

function newRequestId({ clock }: RestParts): string {
  return restRequestId(clock.now(), randomInt(RANDOM_RANGE) / RANDOM_RANGE);
}
