/**
 * Admin: the HTTP API by which operators and programs steer the server: its door, its errors, its OpenAPI document.
 * Owns: definitions' routes, health, and who may call what on every route.
 * Never: takes events or objects in, or listens.
 */
import { authorize, leaveOf } from './authorize.ts';
import type { Credentials } from './authorize.ts';
import { boundBodies } from './body-bound.ts';
import { clientRoutes } from './client-routes.ts';
import { customObjectRoutes } from './custom-object-routes.ts';
import type { DefinitionParts } from './definition-parts.ts';
import { problemOf } from './error-answers.ts';
import { healthRoutes } from './health.ts';
import type { HealthParts } from './health.ts';
import { conservationRoutes } from './conservation-routes.ts';
import type { ConservationParts } from './conservation-routes.ts';
import { KnownPaths } from './known-paths.ts';
import { describeApi, DOCS_PATH } from './openapi.ts';
import { partitionRoutes } from './partition-routes.ts';
import { personFieldRoutes } from './person-field-routes.ts';
import { traceRequests } from './trace-requests.ts';
import type { TraceParts } from './trace-requests.ts';
import { compileValidator } from './validator.ts';
import { workspaceRoutes } from './workspace-routes.ts';
import { writeKeyRoutes } from './write-key-routes.ts';
import { assert } from '#kit/assert.ts';
import { JsonError, decodeUtf8, parseJson } from '#model/json.ts';
import type { Client } from '#model/definitions.ts';
import type { RequestId } from '#model/words.ts';
import { Problem, problemDocument } from '#protocols/api/problems.ts';
import { problemSchema } from '#protocols/api/schemas.ts';
import { readRestTarget, REST_ROUTE } from '#protocols/marketo-rest/target.ts';
import { tdTarget } from '#protocols/td-rest/find-call.ts';
import type { GatewayEvents } from '#telemetry/events.ts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUIDv7 } from 'node:crypto';

export interface HttpApiParts extends DefinitionParts, HealthParts, ConservationParts, TraceParts {
  readonly events: Pick<GatewayEvents, 'requestAnswered' | 'requestRefused' | 'internalFault'>;
  /** The client whose access token this is, while the token lives. */
  readonly accessTokenClient: (token: string) => Client | undefined;
  /** What `info.version` says. */
  readonly version: string;
  /** Undefined where the address that the server listens at is all that is known. */
  readonly publicUrl: string | undefined;
  /** That all bodies may hold of the memory, from before they are read until they are answered (law 6). */
  readonly maxBodyMemoryBytes: number;
  /** Routes of other rooms, which come in behind the same door. */
  readonly routes: readonly FastifyPluginAsync[];
}

/** Bytes of a body: the largest, a custom object type with all its fields, has a hundredth. */
const MAX_BODY_BYTES = 1_048_576;

/** Ready to be given requests, by `routing` or `inject`. Whoever builds it closes it. */
export async function buildHttpApi(parts: HttpApiParts): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    genReqId: () => randomUUIDv7(),
    rewriteUrl: ({ url = '/' }) => (readRestTarget(url) === undefined ? tdTarget(url) : REST_ROUTE),
    frameworkErrors: (error, request, reply) => void answerError(parts, error, { request, reply }),
  });
  readJsonExactly(app);
  app.setValidatorCompiler(compileValidator).addSchema(problemSchema);
  const paths = new KnownPaths();
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(DOCS_PATH)) route.config = { ...route.config, access: 'public' };
    assert(route.config?.access !== undefined, `route ${route.url} does not say who may call it`);
    paths.add(route);
  });
  traceRequests(app, parts);
  guard(app, parts, paths);
  boundBodies(app, { ...parts, maxBodyBytes: MAX_BODY_BYTES });
  answerProblems(app, parts, paths);
  await describeApi(app, parts);
  await addRoutes(app, parts);
  await app.ready();
  return app;
}

async function addRoutes(app: FastifyInstance, parts: HttpApiParts): Promise<void> {
  const rooms = [
    workspaceRoutes,
    clientRoutes,
    writeKeyRoutes,
    partitionRoutes,
    personFieldRoutes,
    customObjectRoutes,
  ].map((routes) => routes(parts));
  for (const routes of [healthRoutes(parts), conservationRoutes(parts), ...rooms, ...parts.routes]) {
    await app.withTypeProvider<TypeBoxTypeProvider>().register(routes);
  }
}

// Law 10 holds here too: a query's parameters may be numbers that no double tells.
function readJsonExactly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    refuseCoding(request.headers['content-encoding']);
    if (body.length === 0) return undefined;
    const text = decodeUtf8(body);
    if (text === undefined) throw new Problem('invalid-json', 'The body is not valid UTF-8.');
    try {
      return parseJson(text);
    } catch (error) {
      throw error instanceof JsonError ? new Problem('invalid-json', error.message) : error;
    }
  });
}

function refuseCoding(coding: string | undefined): void {
  if (coding === undefined || coding.toLowerCase() === 'identity') return;
  throw new Problem('media-type-unsupported', 'Send the body as it is, without Content-Encoding.');
}

function guard(app: FastifyInstance, parts: HttpApiParts, paths: KnownPaths): void {
  const credentials = (): Credentials => ({
    definitions: parts.control.definitions(),
    accessTokenClient: parts.accessTokenClient,
  });
  app.decorateRequest('callingClient', undefined);
  app.decorateRequest('leave', () => false);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id);
    // Before the body is read: nobody in particular may send one to no path.
    if (request.is404) throw noSuchPath(paths.methodsOf(request.url), reply);
    const { access } = request.routeOptions.config;
    assert(access !== undefined, 'a route without a door was called');
    const { munchkinId } = request.params as { munchkinId?: string };
    const call = { access, authorization: request.headers.authorization, munchkinId };
    request.callingClient = authorize(call, credentials());
    request.leave = leaveOf(call, credentials, () => parts.clock.now());
  });
  app.addHook('onResponse', async (request, reply) => {
    const { protocol = 'admin' } = request.routeOptions.config;
    const seconds = reply.elapsedTime / 1000;
    if (protocol === 'live' && reply.statusCode === 200) return;
    parts.events.requestAnswered({ protocol, status: reply.statusCode, seconds });
  });
}

function answerProblems(app: FastifyInstance, parts: HttpApiParts, paths: KnownPaths): void {
  app.setErrorHandler((error, request, reply) => answerError(parts, error, { request, reply }));
  // What the door has let in, and a route knows nothing of: a file of the readable page, say.
  app.setNotFoundHandler((request, reply) => {
    throw noSuchPath(paths.methodsOf(request.url), reply);
  });
}

function noSuchPath(methods: readonly string[], reply: FastifyReply): Problem {
  if (methods.length === 0)
    return new Problem('not-found', 'No such path. GET /openapi.json describes those that exist.');
  reply.header('Allow', methods.join(', '));
  return new Problem('method-not-allowed', `This path knows ${methods.join(', ')}.`);
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

function answerError(parts: HttpApiParts, error: unknown, { request, reply }: Exchange): FastifyReply {
  const requestId = request.id as RequestId;
  const problem = problemOf(error);
  if (problem === undefined) parts.events.internalFault(error, { where: 'admin', requestId });
  else {
    const { status, code, message: reason } = problem;
    parts.events.requestRefused({ protocol: 'admin', requestId, status, code, reason });
  }
  const shown =
    problem ?? new Problem('internal', 'The server made a mistake; its log says which, under this request id.');
  if (shown.status === 401) reply.header('WWW-Authenticate', 'Bearer realm="inlet"');
  if (shown.retryAfterSeconds !== undefined) reply.header('Retry-After', String(shown.retryAfterSeconds));
  const document = problemDocument(shown, requestId);
  return reply
    .code(shown.status)
    .header('X-Request-Id', requestId)
    .type('application/problem+json')
    .send(JSON.stringify(document));
}
