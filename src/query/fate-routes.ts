/** `W/requests/{requestId}/fates` and `W/objects/{type}/history`: what became of single objects. */
import { failureCursor, failurePlace } from './failure-cursor.ts';
import { isoTime } from './fate-answer.ts';
import type { ShownFate } from './fate-answer.ts';
import { fateSchema, historySchema } from './fate-schemas.ts';
import { findRequest } from './find-request.ts';
import { readHistory } from './history.ts';
import type { FoundObject, HistoryPage } from './history.ts';
import { namedObject, namedType } from './named-object.ts';
import type { NamedObject } from './named-object.ts';
import { objectFates } from './object-fates.ts';
import type { QueryParts } from './query-parts.ts';
import { SentObjects } from './sent-fields.ts';
import type { SentObject } from './sent-fields.ts';
import { must } from '#kit/assert.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import { DEFAULT_PAGE_LIMIT, nextPath, pageOfReading } from '#protocols/api/paging.ts';
import { Problem } from '#protocols/api/problems.ts';
import { afterParam, limitParam, munchkinIdParam, pageOf, problems } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

/** Each item of a history may cost a look into the log. */
const MAX_HISTORY_ITEMS = 100;
/** More than any field holds that could name an object. */
const MAX_NAME_CHARACTERS = 2_000;

const fatesQuery = Type.Object(
  {
    limit: limitParam,
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'Index of the last object seen' })),
  },
  { additionalProperties: false },
);

const historyQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_HISTORY_ITEMS, description: `${MAX_HISTORY_ITEMS} unless given` }),
    ),
    after: afterParam,
  },
  { additionalProperties: Type.String({ maxLength: MAX_NAME_CHARACTERS }) },
);

export function fateRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    listRequestFates(app, parts);
    getHistory(app, parts);
  };
}

function listRequestFates(app: Api, parts: QueryParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/requests/:requestId/fates',
    {
      config: { access: 'workspace-or-client' },
      schema: {
        tags: ['requests'],
        operationId: 'listRequestFates',
        summary: 'The fate of each object of a request, by its place',
        params: Type.Object({ munchkinId: munchkinIdParam, requestId: Type.String() }),
        querystring: fatesQuery,
        response: { 200: pageOf(fateSchema), ...problems(400, 401, 403, 404, 410, 503) },
      },
    },
    async (request) => {
      const workspace = request.params.munchkinId as MunchkinId;
      const { limit = DEFAULT_PAGE_LIMIT, after } = request.query;
      const found = await findRequest(parts, workspace, request.params.requestId);
      const reading = await objectFates(parts, workspace, { found, page: { limit, after } });
      return pageOfReading(reading, ({ index }) => String(index), { url: request.url, limit });
    },
  );
}

function getHistory(app: Api, parts: QueryParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/objects/:type/history',
    {
      config: { access: 'workspace-or-client' },
      schema: {
        tags: ['objects'],
        operationId: 'getObjectHistory',
        summary: 'Which requests touched an object, when, which fields each sent, and what became of each',
        description:
          'Further parameters are fields, in any case, and their values; together they name the object: ' +
          '`?email=…`, the dedupe fields of a custom object, or `?id=…` or `?marketoGUID=…` alone, which finds what ' +
          'was deleted too. Several objects with these values are all in the answer, 20 at most.',
        params: Type.Object({
          munchkinId: munchkinIdParam,
          type: Type.String({ maxLength: 255, description: 'persons, or the API name of a custom object type' }),
        }),
        querystring: historyQuery,
        response: { 200: historySchema, ...problems(400, 401, 403, 404, 503) },
      },
    },
    async (request) => {
      const { munchkinId, type } = request.params;
      const { limit = MAX_HISTORY_ITEMS, after, ...given } = request.query;
      const workspace = munchkinId as MunchkinId;
      const definition = must(parts.control.definitions().workspaces.get(workspace), 'the door knows the workspace');
      const named = namedObject(namedType(definition, type), given as Readonly<Record<string, string>>);
      return historyAnswer(parts, workspace, { named, limit, after, url: request.url });
    },
  );
}

interface HistoryCall {
  readonly named: NamedObject;
  readonly limit: number;
  readonly after: string | undefined;
  readonly url: string;
}

interface HistoryItem extends ShownFate, Omit<SentObject, 'acceptedAt'> {
  readonly requestId: RequestId;
  readonly acceptedAt: string;
}

interface History {
  readonly type: string;
  readonly objects: readonly FoundObject[];
  readonly items: readonly HistoryItem[];
  readonly next?: string;
  readonly retainedFrom?: string;
}

async function historyAnswer(
  parts: QueryParts,
  workspace: MunchkinId,
  { named, limit, after, url }: HistoryCall,
): Promise<History> {
  const place = after === undefined ? undefined : failurePlace(after, '?after');
  const page = await readHistory(parts, workspace, { named, limit, after: place });
  const isUnknown = page.objects.length === 0 && page.fates.length === 0;
  if (isUnknown && place === undefined) throw unknownObject(named);
  const retainedFrom = await parts.reader.retainedFrom(workspace);
  return {
    type: named.type,
    objects: page.objects,
    ...(await shownItems(parts, workspace, { page, url })),
    ...(retainedFrom > 0 && { retainedFrom: isoTime(retainedFrom) }),
  };
}

/** Ends early when as much of the log was read as a page may cost. */
async function shownItems(
  parts: QueryParts,
  workspace: MunchkinId,
  { page, url }: { readonly page: HistoryPage; readonly url: string },
): Promise<Pick<History, 'items' | 'next'>> {
  const objects = new SentObjects(parts, workspace);
  const items: HistoryItem[] = [];
  let looked = 0;
  for (const placed of page.fates) {
    if (looked > 0 && objects.isSpent) break;
    looked += 1;
    const sent = await objects.of(placed);
    if (sent === undefined) continue;
    const { requestId, fate } = placed;
    items.push({ requestId, ...sent, acceptedAt: isoTime(sent.acceptedAt), ...fate });
  }
  const last = page.fates[looked - 1];
  const hasMore = page.hasMore || looked < page.fates.length;
  return hasMore && last !== undefined ? { items, next: nextPath(url, { after: failureCursor(last) }) } : { items };
}

function unknownObject({ type, identityField, key }: NamedObject): Problem {
  const name = key.map(({ field, value }) => `${field}=${value}`).join(', ');
  const detail =
    `No object of ${type} has ${name}, and none that failed or waits calls itself so. ` +
    `Look for a slip of the pen, name it as its senders do, or, when it was deleted, by its ${identityField}. ` +
    'What the applier has not come to yet is found by its request id.';
  return new Problem('object-unknown', detail);
}
