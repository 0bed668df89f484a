/** `W/quarantine/replay`: failed objects, tried again as new requests (spec: data ingestion, "quarantine"). */
import { callerGone } from '#kit/caller-gone.ts';
import { DECISION_PATIENCE_MS } from './query-parts.ts';
import type { QueryParts } from './query-parts.ts';
import { failureFilter, failureFilterMembers } from './failure-filter.ts';
import { rehearseReplays, submitReplays } from './replay.ts';
import { rehearsalAnswer, replayAnswer } from './replay-answer.ts';
import type { RehearsalAnswer, ReplayAnswer } from './replay-answer.ts';
import { rehearsalAnswerSchema, replayAnswerSchema } from './replay-schemas.ts';
import { selectByFilter, selectByName } from './replay-selection.ts';
import type { Selection } from './replay-selection.ts';
import { ReplayTurns } from './replay-turns.ts';
import type { FailureRef } from '#model/fates.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import { invalidInput } from '#protocols/api/problems.ts';
import { problems, workspaceParams } from '#protocols/api/schemas.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, Static } from '@fastify/type-provider-typebox';

/** Each is looked up apart from the others; the filter takes more. */
const MAX_NAMED_OBJECTS = 1000;

const closed = { additionalProperties: false } as const;

const replayCall = Type.Object(
  {
    filter: Type.Optional(
      Type.Object(failureFilterMembers, {
        ...closed,
        description: 'Failed objects that no replay has tried; {} stands for all of them',
      }),
    ),
    objects: Type.Optional(
      Type.Array(
        Type.Object({ requestId: Type.String({ maxLength: 64 }), index: Type.Integer({ minimum: -1 }) }, closed),
        { minItems: 1, maxItems: MAX_NAMED_OBJECTS, description: 'Instead of a filter: single failed objects' },
      ),
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Tell what would become of each, and change nothing' })),
    after: Type.Optional(
      Type.String({ maxLength: 128, description: 'With a filter: from the answer of the call before' }),
    ),
  },
  closed,
);

type ReplayCall = Static<typeof replayCall>;

export function replayRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  const turns = new ReplayTurns(parts.applying);
  return async (app) => {
    app.post(
      '/v1/workspaces/:munchkinId/quarantine/replay',
      {
        config: { access: 'workspace' },
        schema: {
          tags: ['quarantine'],
          operationId: 'replayQuarantine',
          summary: 'Try failed objects again, as new requests of one kind and type each',
          description:
            'In the order of acceptance. Give a filter, or the objects. A call takes at most 10,000 objects.',
          params: workspaceParams,
          body: replayCall,
          response: {
            200: rehearsalAnswerSchema,
            202: replayAnswerSchema,
            ...problems(400, 401, 403, 404, 409, 413, 415, 503),
          },
        },
      },
      async (request, reply) => {
        const { body: call } = request;
        refuseAmbiguous(call);
        const patience = AbortSignal.timeout(parts.decisionPatienceMs ?? DECISION_PATIENCE_MS);
        const signal = AbortSignal.any([patience, callerGone(reply.raw)]);
        const given = { workspace: request.params.munchkinId as MunchkinId, call, signal };
        if (call.dryRun === true) return rehearsal(parts, given);
        const answer = await replay(parts, turns, given);
        return reply.code(answer.requests.length === 0 ? 200 : 202).send(answer);
      },
    );
  };
}

interface GivenCall {
  readonly workspace: MunchkinId;
  readonly call: ReplayCall;
  readonly signal: AbortSignal;
}

async function rehearsal(parts: QueryParts, { workspace, call, signal }: GivenCall): Promise<RehearsalAnswer> {
  const selection = await select(parts, workspace, call);
  return rehearsalAnswer(selection, await rehearseReplays(parts, workspace, { ...selection, signal }));
}

function replay(parts: QueryParts, turns: ReplayTurns, { workspace, call, signal }: GivenCall): Promise<ReplayAnswer> {
  return turns.take(workspace, signal, async (note) => {
    const selection = await select(parts, workspace, call);
    return replayAnswer(call.after, selection, await submitReplays(parts, workspace, { ...selection, note }));
  });
}

function refuseAmbiguous({ filter, objects, after }: ReplayCall): void {
  if ((filter === undefined) === (objects === undefined)) {
    throw invalidInput('', 'give either filter, which may be {}, or objects');
  }
  if (after !== undefined && objects !== undefined) throw invalidInput('after', 'goes with a filter');
}

function select(parts: QueryParts, workspace: MunchkinId, call: ReplayCall): Promise<Selection> {
  const { filter = {}, objects, after } = call;
  if (objects !== undefined) return selectByName(parts.reader, workspace, objects.map(refOf));
  return selectByFilter(parts.reader, workspace, { filter: failureFilter(filter), after, now: parts.clock.now() });
}

function refOf({ requestId, index }: { readonly requestId: string; readonly index: number }): FailureRef {
  return { requestId: requestId.toLowerCase() as RequestId, index };
}
