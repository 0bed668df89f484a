/** `W/requests/{requestId}/cancel-waiting`: ends the wait of a request's objects. */
import { callerGone } from '#kit/caller-gone.ts';
import { cancelWaiting } from './cancel-waiting.ts';
import type { QueryParts } from './query-parts.ts';
import { endedWaitsSchema, requestFatesSchema } from './request-schemas.ts';
import type { MunchkinId } from '#model/words.ts';
import { invalidInput } from '#protocols/api/problems.ts';
import { munchkinIdParam, problems } from '#protocols/api/schemas.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

export function cancelRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/v1/workspaces/:munchkinId/requests/:requestId/cancel-waiting',
      {
        config: { access: 'workspace-or-client' },
        schema: {
          tags: ['requests'],
          operationId: 'cancelWaiting',
          summary: 'End the wait of all waiting objects of a request: they fail with the code that they wait with',
          description:
            'An access token ends waits of its own client’s requests, with the Read-Write permission for their kind. ' +
            '202: the command is durable, and will be carried out.',
          params: Type.Object({ munchkinId: munchkinIdParam, requestId: Type.String() }),
          response: {
            200: endedWaitsSchema,
            202: requestFatesSchema,
            ...problems(400, 401, 403, 404, 410, 503),
          },
        },
      },
      async (request, reply) => {
        const { munchkinId, requestId } = request.params;
        refuseMembers(request.body);
        const call = { requestId, client: request.callingClient, gone: callerGone(reply.raw) };
        const { request: shown, ended } = await cancelWaiting(parts, munchkinId as MunchkinId, call);
        if (ended === undefined) return reply.code(202).send(shown);
        return { ...shown, ended };
      },
    );
  };
}

// Whoever names something in a body expects it to matter.
function refuseMembers(body: unknown): void {
  if (body === undefined || (typeof body === 'object' && body !== null && Object.keys(body).length === 0)) return;
  throw invalidInput('', 'The call takes no body: the path names the request, and all of it that waits is ended.');
}
