/** `W/journal`: pages of the journal, in the shape of Adobe I/O Events' journaling API. */
import { findPage } from './journal-page.ts';
import type { JournalParts } from './journal-parts.ts';
import { journalParameters, sinceParameter } from './journal-schemas.ts';
import { readJournalQuery } from '#protocols/journaling/journal-query.ts';
import { linkTo, nextPagePath, validatePath } from '#protocols/journaling/links.ts';
import type { KeptParameters } from '#protocols/journaling/links.ts';
import { expiredText, journalPageText } from '#protocols/journaling/page-text.ts';
import { readPosition } from '#protocols/journaling/position.ts';
import { problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { MunchkinId } from '#model/words.ts';
import type { JournalPage } from '#ports/store-reader.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';

/** Events of a page whose reader named no limit, and of any page. */
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Seconds after which a reader at the end asks again. */
const RETRY_AFTER_SECONDS = 2;

const journalPage = Type.Object({
  events: Type.Array(Type.Object({ position: Type.String(), event: Type.Object({}, { additionalProperties: true }) })),
  _page: Type.Object({
    last: Type.String({ description: 'Position of the last event of the page' }),
    count: Type.Integer(),
  }),
});

const journalQuery = Type.Object(
  {
    ...journalParameters,
    since: sinceParameter,
    latest: Type.Optional(Type.String({ description: 'true: begin with what comes next; any other value is ignored' })),
    seek: Type.Optional(
      Type.String({ maxLength: 64, description: 'Begin so long ago: a negative ISO 8601 duration such as -PT2H' }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Most events of a page; 100 unless given, 1,000 whatever is given' }),
    ),
  },
  { additionalProperties: false },
);

const tags = ['journal'];
const text = (description: string) => ({ description, content: { 'text/plain': { schema: Type.String() } } });
const GONE = text('The position has expired: `Events at position … have expired.`');

export function journalingRoutes(app: Api, parts: JournalParts): void {
  readPages(app, parts);
  validatePositions(app, parts);
}

function readPages(app: Api, parts: JournalParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/journal',
    {
      config: { access: 'workspace-or-client' },
      schema: {
        tags,
        operationId: 'readJournal',
        summary: 'A page of the journal, oldest first, with a link to the next',
        params: workspaceParams,
        querystring: journalQuery,
        response: {
          200: journalPage,
          204: Type.Null({
            description: 'Nothing behind the position yet: ask the link `next` again after Retry-After',
          }),
          410: GONE,
          ...problems(400, 401, 403, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const workspace = request.params.munchkinId as MunchkinId;
      const query = readJournalQuery(request.query, { workspace, now: parts.clock.now() });
      const limit = Math.min(MAX_LIMIT, request.query.limit ?? DEFAULT_LIMIT);
      const found = await findPage(parts, { ...query, workspace, limit });
      if (found.kind === 'expired') return answerGone(reply, workspace, found.ordinal);
      return answerPage(reply, found.page, { workspace, linkBase: parts.linkBase, kept: request.query });
    },
  );
}

function validatePositions(app: Api, parts: JournalParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/journal/validate',
    {
      config: { access: 'workspace-or-client' },
      schema: {
        tags,
        operationId: 'validateJournalPosition',
        summary: 'Whether a position can still be read from',
        params: workspaceParams,
        querystring: Type.Object({ since: Type.String({ maxLength: 255 }) }, { additionalProperties: false }),
        response: {
          204: Type.Null({ description: 'It can' }),
          410: GONE,
          ...problems(400, 401, 403, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const workspace = request.params.munchkinId as MunchkinId;
      const ordinal = readPosition(request.query.since, workspace, '?since');
      const found = await findPage(parts, { workspace, start: { at: 'ordinal', ordinal }, filter: {}, limit: 1 });
      if (found.kind === 'expired') return answerGone(reply, workspace, ordinal);
      return reply.code(204).send(null);
    },
  );
}

interface AnswerContext {
  readonly workspace: MunchkinId;
  readonly linkBase: string;
  readonly kept: KeptParameters;
}

function answerPage(
  reply: FastifyReply,
  page: JournalPage,
  { workspace, linkBase, kept }: AnswerContext,
): FastifyReply {
  const next = linkTo(linkBase + nextPagePath(workspace, page.through, kept), 'next');
  if (page.events.length > 0) {
    return reply.header('Link', next).type('application/json').send(journalPageText(workspace, page.events));
  }
  return reply
    .code(204)
    .header('Link', [next, linkTo(linkBase + validatePath(workspace, page.through), 'validate')])
    .header('Retry-After', String(RETRY_AFTER_SECONDS))
    .send();
}

/** 410, as documented: a reader begins anew, without `since` or with `latest=true`. */
export function answerGone(reply: FastifyReply, workspace: MunchkinId, ordinal: number): FastifyReply {
  return reply.code(410).type('text/plain; charset=utf-8').send(expiredText(workspace, ordinal));
}
