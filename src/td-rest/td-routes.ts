/**
 * Treasure Data's REST API, version 3: the calls by which its clients prepare tables, import, query and read back.
 * Owns: one call from its door to its answer. Never: writes to a store; what changes there goes through the log.
 *
 * ```
 *  path, method ─► key ─► body ─► handler ─┬─ import, delete: log ─► applier
 *    404, 405    401, 403                  ├─ job:            a query of the store, later
 *                                          └─ set up, read:   control, store's reader
 * ```
 */
import { callerGone } from '#kit/caller-gone.ts';
import type { WriteKey } from '#model/definitions.ts';
import type { RequestId } from '#model/words.ts';
import { tdError, tdErrorText } from '#protocols/td-rest/errors.ts';
import { findTdCall, TD_PREFIX } from '#protocols/td-rest/find-call.ts';
import type { FoundTdCall } from '#protocols/td-rest/find-call.ts';
import { readParameters } from '#protocols/td-rest/parameters.ts';
import { currentTrace } from '#telemetry/trace-scope.ts';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { keyAtDoor } from './door.ts';
import { TD_HANDLERS } from './handlers.ts';
import { readBody } from './read-body.ts';
import { jsonReply } from './reply.ts';
import { tdErrorOf } from './td-faults.ts';
import type { TdParts, TdReply } from './td-parts.ts';

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What the door has found out. */
interface Admitted {
  readonly call: FoundTdCall;
  /** Absent for a call that needs none. */
  readonly key?: WriteKey;
}

export function tdRoutes(parts: TdParts): FastifyPluginAsync {
  const admitted = new WeakMap<FastifyRequest, Admitted>();
  const stopping = new AbortController();
  return async (app) => {
    app.removeAllContentTypeParsers();
    // Bodies are read by the calls: that of an import is larger than memory.
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    app.setErrorHandler((error, request, reply) =>
      fail(parts, error, { request, reply, key: admitted.get(request)?.key }),
    );
    app.addHook('onRequest', async (request) => void admitted.set(request, admit(parts, request)));
    app.addHook('preClose', async () => stopping.abort());
    app.all(
      `${TD_PREFIX}*`,
      { config: { access: 'write-key', protocol: 'td-rest' }, schema: { hide: true } },
      async (request, reply) => {
        const found = admitted.get(request);
        if (found === undefined) throw tdError('td-500');
        return send(await serve(parts, found, { request, reply, stopping: stopping.signal }), reply);
      },
    );
  };
}

function admit(parts: TdParts, { originalUrl, method, headers }: FastifyRequest): Admitted {
  const call = findTdCall(originalUrl, method);
  const { access } = call.entry;
  return access === 'public' ? { call } : { call, key: keyAtDoor(parts.control, headers.authorization, access) };
}

async function serve(
  parts: TdParts,
  { call, key }: Admitted,
  { request, reply, stopping }: Exchange & { readonly stopping: AbortSignal },
): Promise<TdReply> {
  const { name, path, query } = call;
  currentTrace()?.span?.nameCall(name);
  if (name === 'serverStatus' || key === undefined) return jsonReply({ status: 'ok' });
  const isImport = name === 'importRecords' || name === 'importRecordsOnce';
  // A GET has its parameters in its address, and what it sends besides is held for nobody.
  const bytes = isImport || request.method === 'GET' ? new Uint8Array() : await readBody(request.raw);
  return TD_HANDLERS[name]({
    parts,
    key,
    workspace: key.workspace,
    path,
    parameters: readParameters(query, { bytes, contentType: request.headers['content-type'] }),
    body: request.raw,
    range: request.headers.range,
    gone: callerGone(reply.raw),
    stopping,
  });
}

function send(
  { status = 200, contentType, headers = {}, body, requestId }: TdReply,
  reply: FastifyReply,
): FastifyReply {
  if (requestId !== undefined) reply.header('X-Request-Id', requestId);
  if (contentType !== undefined) reply.type(contentType);
  return reply.code(status).headers(headers).header('Cache-Control', 'no-store').send(body);
}

function fail(
  parts: TdParts,
  error: unknown,
  { request, reply, key }: Exchange & { readonly key: WriteKey | undefined },
): FastifyReply {
  const requestId = request.id as RequestId;
  const known = tdErrorOf(error);
  if (known === undefined) parts.events.internalFault(error, { where: 'td-rest', requestId });
  const shown = known ?? tdError('td-500', `its log says which, under the id ${requestId}`);
  const { code, status, message, retryAfterSeconds } = shown;
  parts.events.requestRefused({
    protocol: 'td-rest',
    requestId,
    status,
    code,
    reason: message,
    ...(key !== undefined && { workspace: key.workspace }),
  });
  if (retryAfterSeconds !== undefined) reply.header('Retry-After', String(retryAfterSeconds));
  // A body that nobody reads any more would stand before the next request on this connection.
  if (!request.raw.complete) reply.header('Connection', 'close');
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .header('Cache-Control', 'no-store')
    .send(tdErrorText(shown));
}
