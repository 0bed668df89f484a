/** `W/quarantine`: objects that failed for good, with their content, the reason and their history. */
import { failureCursor, failurePlace } from './failure-cursor.ts';
import { failureFilter, failureFilterMembers } from './failure-filter.ts';
import { failureSlices, objectBytes } from './failure-slices.ts';
import type { QueryParts } from './query-parts.ts';
import { quarantinedObject } from './request-answer.ts';
import type { QuarantinedObject } from './request-answer.ts';
import { nextPath } from '#protocols/api/paging.ts';
import type { Page } from '#protocols/api/paging.ts';
import { afterParam, pageOf, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { FailureRecord } from '#model/fates.ts';
import type { MunchkinId } from '#model/words.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, Static, TSchema } from '@fastify/type-provider-typebox';

/** Every object comes with its content, so that pages are small in number and in bytes (law 6). */
const MAX_PAGE_OBJECTS = 100;
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

const quarantineQuery = Type.Object(
  {
    ...failureFilterMembers,
    replayed: Type.Optional(Type.Enum(['true', 'false'], { description: 'Whether a replay has tried it again' })),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_PAGE_OBJECTS, description: `${MAX_PAGE_OBJECTS} unless given` }),
    ),
    after: afterParam,
  },
  { additionalProperties: false },
);

const quarantineItem: TSchema = Type.Object({
  requestId: Type.String(),
  kind: Type.Enum(['person', 'customObject', 'event']),
  type: Type.String(),
  index: Type.Integer({ description: 'Place in the request, from 0; -1: the body as a whole' }),
  key: Type.Unknown({ description: 'Dedupe attributes and their values, as far as the object has them' }),
  code: Type.String(),
  message: Type.String(),
  attempts: Type.Integer(),
  replayedBy: Type.Optional(Type.String({ description: 'The request that tried it again' })),
  acceptedAt: Type.String({ format: 'date-time', description: 'When its request was accepted' }),
  failedAt: Type.String({ format: 'date-time' }),
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
          description: 'A page ends early when its objects have 8 MiB together.',
          params: workspaceParams,
          querystring: quarantineQuery,
          response: { 200: pageOf(quarantineItem), ...problems(400, 401, 403, 404, 503) },
        },
      },
      async (request) => quarantinePage(parts, request.params.munchkinId as MunchkinId, request),
    );
  };
}

interface PageCall {
  readonly url: string;
  readonly query: Static<typeof quarantineQuery>;
}

async function quarantinePage(
  { reader }: Pick<QueryParts, 'reader'>,
  workspace: MunchkinId,
  { url, query }: PageCall,
): Promise<Page<QuarantinedObject>> {
  const { limit = MAX_PAGE_OBJECTS, after, replayed } = query;
  const filter = {
    ...failureFilter(query),
    ...(replayed !== undefined && { replayed: replayed === 'true' }),
    ...(after !== undefined && { after: failurePlace(after, '?after') }),
  };
  const shown: FailureRecord[] = [];
  let bytes = 0;
  for await (const failure of failureSlices(reader, workspace, { filter, objects: limit + 1 })) {
    bytes += objectBytes(failure);
    const last = shown.at(-1);
    const isFull = shown.length === limit || bytes > MAX_PAGE_BYTES;
    if (isFull && last !== undefined) {
      return { items: shown.map(quarantinedObject), next: nextPath(url, { after: failureCursor(last) }) };
    }
    shown.push(failure);
  }
  return { items: shown.map(quarantinedObject) };
}
