/** `W/quarantine`: objects that failed for good, with their content and the reason. */
import type { QueryParts } from './query-parts.ts';
import { quarantinedObject } from './request-answer.ts';
import { pageOfReading } from '#protocols/api/paging.ts';
import { invalidInput } from '#protocols/api/problems.ts';
import { afterParam, pageOf, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { FailureRecord } from '#model/fates.ts';
import type { FailureFilter } from '#ports/store-reader.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, Static, TSchema } from '@fastify/type-provider-typebox';

/** Every object comes with its content, up to a megabyte each, so that pages are small (law 6). */
const MAX_PAGE = 100;

const quarantineQuery = Type.Object(
  {
    kind: Type.Optional(Type.Enum(['person', 'customObject', 'event'])),
    code: Type.Optional(Type.String({ maxLength: 16, description: 'Such as 1003' })),
    requestId: Type.Optional(Type.String({ maxLength: 64 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, description: `${MAX_PAGE} unless given` })),
    after: afterParam,
  },
  { additionalProperties: false },
);

const quarantineItem: TSchema = Type.Object({
  requestId: Type.String(),
  index: Type.Integer({ description: 'Place in the request, from 0; -1: the body as a whole' }),
  kind: Type.Enum(['person', 'customObject', 'event']),
  type: Type.String(),
  key: Type.Unknown({ description: 'Dedupe attributes and their values, as far as the object has them' }),
  code: Type.String(),
  message: Type.String(),
  failedAt: Type.String({ format: 'date-time' }),
  attempts: Type.Integer(),
  object: Type.Optional(Type.Unknown({ description: 'The object as it was sent' })),
  bodyBase64: Type.Optional(Type.String({ description: 'Instead of `object`: a body that could not be read' })),
});

export function quarantineRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/v1/workspaces/:munchkinId/quarantine',
      {
        config: { access: 'workspace' },
        schema: {
          tags: ['quarantine'],
          operationId: 'listQuarantine',
          summary: 'Failed objects, by request and place in it',
          params: workspaceParams,
          querystring: quarantineQuery,
          response: { 200: pageOf(quarantineItem), ...problems(400, 401, 403, 404, 503) },
        },
      },
      async (request) => {
        const { limit = MAX_PAGE } = request.query;
        const workspace = request.params.munchkinId as MunchkinId;
        const reading = await parts.reader.failures(workspace, failureFilter(request.query, limit + 1));
        const page = pageOfReading(reading, cursorOf, { url: request.url, limit });
        return { ...page, items: page.items.map(quarantinedObject) };
      },
    );
  };
}

function failureFilter(query: Static<typeof quarantineQuery>, limit: number): FailureFilter {
  const { kind, code, requestId, after } = query;
  return {
    limit,
    ...(kind !== undefined && { kind }),
    ...(code !== undefined && { code }),
    ...(requestId !== undefined && { requestId: requestId.toLowerCase() as RequestId }),
    ...(after !== undefined && { after: placeOf(after) }),
  };
}

function cursorOf(failure: FailureRecord): string {
  return `${failure.requestId}.${failure.index}`;
}

function placeOf(cursor: string): { requestId: RequestId; index: number } {
  const { requestId, index } = /^(?<requestId>[0-9a-f-]{36})\.(?<index>-?\d{1,9})$/u.exec(cursor)?.groups ?? {};
  if (requestId !== undefined) return { requestId: requestId as RequestId, index: Number(index) };
  throw invalidInput('?after', 'must come from the `next` of the page before');
}
