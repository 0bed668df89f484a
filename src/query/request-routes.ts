/** `W/requests`: what was accepted, and what became of it. */
import { findRequest } from './find-request.ts';
import type { QueryParts } from './query-parts.ts';
import { decidedRequest } from './request-answer.ts';
import { requestWithFates } from './request-fates.ts';
import { requestFatesSchema, requestItemSchema } from './request-schemas.ts';
import { DEFAULT_PAGE_LIMIT, pageOfReading } from '#protocols/api/paging.ts';
import { invalidInput } from '#protocols/api/problems.ts';
import { afterParam, limitParam, munchkinIdParam, pageOf, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import { zonedTimeMs } from '#protocols/api/zoned-time.ts';
import type { RequestFilter } from '#ports/store-reader.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, Static } from '@fastify/type-provider-typebox';

const timeParam = Type.Optional(Type.String({ description: 'ISO 8601 with zone, such as 2026-11-23T10:00:00Z' }));

const requestsQuery = Type.Object(
  {
    state: Type.Optional(
      Type.Enum(['pending', 'retrying', 'done'], {
        description: 'pending: without a final fate for all; retrying: of which some objects wait',
      }),
    ),
    kind: Type.Optional(Type.Enum(['person', 'customObject', 'event'])),
    from: timeParam,
    to: timeParam,
    correlationId: Type.Optional(Type.String({ maxLength: 255 })),
    limit: limitParam,
    after: afterParam,
  },
  { additionalProperties: false },
);

const fatesQuery = Type.Object(
  {
    limit: limitParam,
    after: Type.Optional(Type.Integer({ minimum: -1, description: 'Index of the last failure seen' })),
    retriesAfter: Type.Optional(Type.Integer({ minimum: 0, description: 'Index of the last retry seen' })),
  },
  { additionalProperties: false },
);

const tags = ['requests'];

export function requestRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    getRequest(app, parts);
    listRequests(app, parts);
  };
}

function getRequest(app: Api, parts: QueryParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/requests/:requestId',
    {
      config: { access: 'workspace-or-client' },
      schema: {
        tags,
        operationId: 'getRequest',
        summary: 'A request and the fates of its objects, known from the moment of its answer',
        params: Type.Object({ munchkinId: munchkinIdParam, requestId: Type.String() }),
        querystring: fatesQuery,
        response: { 200: requestFatesSchema, ...problems(400, 401, 403, 404, 410, 503) },
      },
    },
    async (request) => {
      const workspace = request.params.munchkinId as MunchkinId;
      const found = await findRequest(parts, workspace, request.params.requestId);
      return requestWithFates(parts, workspace, { found, page: request.query });
    },
  );
}

function listRequests(app: Api, parts: QueryParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/requests',
    {
      config: { access: 'workspace-or-client' },
      schema: {
        tags,
        operationId: 'listRequests',
        summary: 'Requests that the applier has come to, newest first',
        description: 'One that still lies in the log is in no list, whatever the filter: it is found by its id.',
        params: workspaceParams,
        querystring: requestsQuery,
        response: { 200: pageOf(requestItemSchema), ...problems(400, 401, 403, 404, 503) },
      },
    },
    async (request) => {
      const workspace = request.params.munchkinId as MunchkinId;
      const reading = await parts.reader.requests(workspace, requestFilter(request.query));
      const page = pageOfReading(reading, (record) => record.requestId, {
        url: request.url,
        limit: request.query.limit,
      });
      return { ...page, items: page.items.map((record) => decidedRequest(record, parts.durability)) };
    },
  );
}

function requestFilter(query: Static<typeof requestsQuery>): RequestFilter {
  const { state, kind, from, to, correlationId, limit = DEFAULT_PAGE_LIMIT, after } = query;
  return {
    limit: limit + 1,
    ...(state !== undefined && { state }),
    ...(kind !== undefined && { kind }),
    ...(from !== undefined && { from: zonedTimeMs(from, '?from') }),
    ...(to !== undefined && { to: zonedTimeMs(to, '?to') }),
    ...(correlationId !== undefined && { correlationId }),
    ...(after !== undefined && { before: cursorOf(after) }),
  };
}

function cursorOf(after: string): RequestId {
  if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u.test(after)) return after as RequestId;
  throw invalidInput('?after', 'must come from the `next` of the page before');
}
