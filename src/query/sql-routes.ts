/** `W/sql`: one read-only statement over what a workspace has stored (spec: server, "SQL"). */
import { callerGone } from '#kit/caller-gone.ts';
import { csvText } from './csv.ts';
import type { QueryParts } from './query-parts.ts';
import { runQuery } from './run-query.ts';
import type { WantedQuery } from './run-query.ts';
import { invalidInput } from '#protocols/api/problems.ts';
import { problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { MunchkinId } from '#model/words.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, Static, TSchema } from '@fastify/type-provider-typebox';

const DEFAULT_TIMEOUT_MS = 30_000;
/** A wait may outlast the longest query, since a request may lie behind many others. */
const MAX_TIMEOUT_MS = 600_000;

const sqlBody = Type.Object(
  {
    query: Type.String({
      minLength: 1,
      maxLength: 100_000,
      description: 'One SELECT, VALUES, SHOW, DESCRIBE or EXPLAIN',
    }),
    params: Type.Optional(
      Type.Array(Type.Unknown(), {
        maxItems: 1000,
        description: 'Strings, numbers, booleans or null, for $1, $2 … or ?',
      }),
    ),
    after: Type.Optional(
      Type.String({ maxLength: 64, description: 'X-Request-Id whose objects must have been decided first' }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_TIMEOUT_MS,
        description: 'Waiting and running together; 30,000 unless given',
      }),
    ),
  },
  { additionalProperties: false },
);

const sqlAnswer: TSchema = Type.Object({
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
  rows: Type.Unknown({ description: 'One array of values per row' }),
  elapsedMs: Type.Number(),
  truncated: Type.Optional(Type.Boolean({ description: 'True when rows were left out: at most 10,000 rows or 16 MB' })),
});

export function sqlRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/v1/workspaces/:munchkinId/sql',
      {
        config: { access: 'workspace' },
        schema: {
          tags: ['sql'],
          operationId: 'runSql',
          summary: 'Run one read-only statement; with Accept: text/csv the answer is CSV',
          params: workspaceParams,
          body: sqlBody,
          response: {
            200: {
              description: 'The rows',
              content: { 'application/json': { schema: sqlAnswer }, 'text/csv': { schema: Type.String() } },
            },
            ...problems(400, 401, 403, 404, 408, 410, 413, 415, 503),
          },
        },
      },
      async (request, reply) => {
        const wanted = wantedQuery(request.body);
        const answer = await runQuery(parts, request.params.munchkinId as MunchkinId, {
          wanted,
          gone: callerGone(reply.raw),
        });
        if (!wantsCsv(request.headers.accept)) return answer;
        if (answer.truncated === true) reply.header('X-Inlet-Truncated', 'true');
        return reply.type('text/csv; charset=utf-8').send(csvText(answer));
      },
    );
  };
}

function wantedQuery(body: Static<typeof sqlBody>): WantedQuery {
  const { query, params, after, timeoutMs = DEFAULT_TIMEOUT_MS } = body;
  const given = params === undefined ? {} : { params: params.map(paramValue) };
  return { query, timeoutMs, ...given, ...(after !== undefined && { after }) };
}

// A number that no double tells goes as its digits, as answers show such numbers too (law 10).
function paramValue(value: unknown, at: number): unknown {
  if (JSON.isRawJSON(value)) return value.rawJSON;
  if (value === null || typeof value !== 'object') return value;
  throw invalidInput(`params[${at}]`, 'must be a string, number, boolean or null; give an object or list as JSON text');
}

function wantsCsv(accept: string | undefined): boolean {
  return accept !== undefined && accept.split(',').some((type) => type.trim().toLowerCase().startsWith('text/csv'));
}
