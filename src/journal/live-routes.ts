/** `W/journal/live`: the journal as Server-Sent Events, and the tickets that open it to browsers. */
import { findPage } from './journal-page.ts';
import type { JournalFound, JournalReading } from './journal-page.ts';
import type { JournalParts } from './journal-parts.ts';
import { journalParameters } from './journal-schemas.ts';
import { answerGone } from './journaling-routes.ts';
import { isPassing } from './reading-fault.ts';
import { readLiveQuery } from '#protocols/journaling/journal-query.ts';
import type { JournalQuery } from '#protocols/journaling/journal-query.ts';
import { Problem } from '#protocols/api/problems.ts';
import type { Leave } from '#protocols/api/access.ts';
import { problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { MunchkinId } from '#model/words.ts';
import type { JournalPage } from '#ports/store-reader.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';

const liveQuery = Type.Object(
  {
    ...journalParameters,
    since: Type.Optional(
      Type.String({
        maxLength: 255,
        description: 'Begin behind this position, or with the `oldest` event. Without it: with what comes next',
      }),
    ),
    ticket: Type.Optional(Type.String({ maxLength: 64, description: 'In place of a token: from W/journal/tickets' })),
  },
  { additionalProperties: false },
);

const liveHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ maxLength: 255, description: 'Position of the last event seen; goes before `since`' }),
  ),
});

/** How long a reader waits for the head of its stream while the store does not answer. */
const STORE_PATIENCE_MS = 30_000;
const READ_AGAIN_MS = 500;

const tags = ['journal'];

export function liveRoutes(app: Api, parts: JournalParts): void {
  followJournal(app, parts);
  issueTicket(app, parts);
}

function followJournal(app: Api, parts: JournalParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/journal/live',
    {
      config: { access: 'token-or-ticket', protocol: 'live' },
      schema: {
        tags,
        operationId: 'followJournal',
        summary: 'The journal as Server-Sent Events: what is asked for of the past, then each event as it comes',
        params: workspaceParams,
        headers: liveHeaders,
        querystring: liveQuery,
        response: {
          200: { description: 'A stream without end', content: { 'text/event-stream': { schema: Type.String() } } },
          410: {
            description: 'The position has expired: `Events at position … have expired.`',
            content: { 'text/plain': { schema: Type.String() } },
          },
          ...problems(400, 401, 403, 404, 503),
        },
      },
    },
    async (request, reply) => {
      const workspace = request.params.munchkinId as MunchkinId;
      const { ticket } = request.query;
      const hasToken = request.headers.authorization !== undefined;
      const leave = hasToken ? request.leave : useTicket(parts, ticket, workspace);
      const lastEventId = request.headers['last-event-id'];
      const query = readLiveQuery(request.query, lastEventId, workspace);
      // Taken before anything is waited for, so that those who wait are counted, too.
      const place = parts.readers.admit(workspace);
      let isOpen = false;
      try {
        const found = await findPlace(parts, { ...query, workspace, limit: 1 }, reply);
        if (found.kind === 'expired') answerGone(reply, workspace, found.ordinal);
        else isOpen = openStream(parts, reply, { workspace, query, page: found.page, leave, place });
      } finally {
        if (!isOpen) place[Symbol.dispose]();
      }
      return reply;
    },
  );
}

/**
 * Reads for the place alone; the reader gets the page from memory in a moment. A store that does not answer is waited
 * for: to an EventSource any other answer than 200 is the end, and a store process that starts is none.
 */
async function findPlace(parts: JournalParts, reading: JournalReading, { raw }: FastifyReply): Promise<JournalFound> {
  const until = parts.clock.monotonic() + STORE_PATIENCE_MS;
  for (;;) {
    parts.readers.refuseWhenStopping();
    try {
      return await findPage(parts, reading);
    } catch (error) {
      if (!isPassing(error) || raw.destroyed || parts.clock.monotonic() >= until) throw error;
      await parts.clock.sleep(READ_AGAIN_MS);
    }
  }
}

// A ticket is good for its workspace alone, so that a bad one tells nothing of any (law 7).
function useTicket(
  { tickets, workspaceExists }: JournalParts,
  ticket: string | undefined,
  workspace: MunchkinId,
): Leave {
  if (ticket === undefined) {
    throw new Problem(
      'token-missing',
      'Send the header Authorization: Bearer <token>, or ?ticket= of W/journal/tickets.',
    );
  }
  const leave = workspaceExists(workspace) ? tickets.use(ticket, workspace) : undefined;
  if (leave !== undefined) return leave;
  throw new Problem('token-invalid', 'The ticket is unknown, used already, or older than a minute; ask for another.');
}

interface Stream {
  readonly workspace: MunchkinId;
  readonly query: JournalQuery;
  readonly page: JournalPage;
  readonly leave: Leave;
  readonly place: Disposable;
}

/** False when the caller has gone already. */
function openStream(parts: JournalParts, reply: FastifyReply, { query, page, ...reader }: Stream): boolean {
  const response = reply.raw;
  reply.hijack();
  if (response.destroyed) return false;
  // Each write is a frame of its own already: the end of the connection is the end of the stream.
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    // Tells nginx and its kin to pass frames on as they come.
    'X-Accel-Buffering': 'no',
    Connection: 'close',
    'X-Request-Id': reply.request.id,
  });
  parts.onOpened(reply.elapsedTime / 1000);
  parts.readers.open({ ...reader, after: placeOf(query, page), filter: query.filter, response });
  return true;
}

function placeOf({ start }: JournalQuery, { first, last }: JournalPage): number {
  if (start.at === 'ordinal') return start.ordinal;
  return start.at === 'end' ? last : Math.max(0, first - 1);
}

function issueTicket(app: Api, { tickets, linkBase }: JournalParts): void {
  app.post(
    '/v1/workspaces/:munchkinId/journal/tickets',
    {
      config: { access: 'workspace-or-client' },
      schema: {
        tags,
        operationId: 'issueJournalTicket',
        summary: 'A ticket that opens the live stream once within a minute, for clients that cannot send a header',
        params: workspaceParams,
        response: {
          201: Type.Object({
            ticket: Type.String(),
            expiresAt: Type.String({ format: 'date-time' }),
            url: Type.String({
              description: 'Of the live stream with the ticket, such as /v1/…; more parameters may be added',
            }),
          }),
          ...problems(400, 401, 403, 404, 409),
        },
      },
    },
    async (request, reply) => {
      const workspace = request.params.munchkinId as MunchkinId;
      const { ticket, expiresAt } = tickets.issue(workspace, request.leave);
      reply.code(201).header('Cache-Control', 'no-store');
      const url = `${linkBase}/v1/workspaces/${encodeURIComponent(workspace)}/journal/live?ticket=${ticket}`;
      return { ticket, expiresAt: new Date(expiresAt).toISOString(), url };
    },
  );
}
