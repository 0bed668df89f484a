/** `W/databases/{database}/tables/{table}/events`: events as they were sent, as NDJSON (law 10). */
import { openEventPages } from './event-pages.ts';
import type { QueryParts } from './query-parts.ts';
import { Problem } from '#protocols/api/problems.ts';
import { munchkinIdParam, problems } from '#protocols/api/schemas.ts';
import { foldEventName } from '#model/event-names.ts';
import type { MunchkinId } from '#model/words.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';
import { Readable } from 'node:stream';

const secondsParam = (description: string) => Type.Optional(Type.Integer({ minimum: 0, description }));

const eventsQuery = Type.Object(
  {
    from: secondsParam('UNIX seconds of the column time, inclusive'),
    to: secondsParam('UNIX seconds of the column time, exclusive'),
  },
  { additionalProperties: false },
);

const eventLines: TSchema = Type.String();

export function eventRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/v1/workspaces/:munchkinId/databases/:database/tables/:table/events',
      {
        config: { access: 'workspace' },
        schema: {
          tags: ['databases'],
          operationId: 'readEvents',
          summary: 'Events as they were sent, one a line, in the order of acceptance',
          description:
            'Streamed as fast as it is read. An answer that ends before its last chunk met a fault on the way.',
          params: Type.Object({ munchkinId: munchkinIdParam, database: Type.String(), table: Type.String() }),
          querystring: eventsQuery,
          response: {
            200: { description: 'Events', content: { 'application/x-ndjson': { schema: eventLines } } },
            ...problems(400, 401, 403, 404, 503),
          },
        },
      },
      async (request, reply) => {
        const workspace = request.params.munchkinId as MunchkinId;
        const table = { database: foldEventName(request.params.database), table: foldEventName(request.params.table) };
        const pages = await openEventPages((place) =>
          parts.reader.events(workspace, { ...table, ...request.query, ...place }),
        );
        if (pages === undefined)
          throw new Problem('table-unknown', 'No event has been stored in a table of this name.');
        // A reader that goes away destroys the stream, which ends the generator: nothing more is read for nobody.
        return reply.type('application/x-ndjson').send(Readable.from(pages, { objectMode: false }));
      },
    );
  };
}
