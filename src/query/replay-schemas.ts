/** Schemas of what a call for a replay is answered. */
import { Type } from '@fastify/type-provider-typebox';
import type { TSchema } from '@fastify/type-provider-typebox';

const notReplayable: TSchema = Type.Array(
  Type.Object({
    requestId: Type.String(),
    index: Type.Integer(),
    reason: Type.Enum(['unknown', 'replayed', 'unreadable'], {
      description:
        'unknown: not in the quarantine; replayed: tried again already; unreadable: it has no objects to try',
    }),
    replayedBy: Type.Optional(Type.String()),
  }),
);

const restMembers = {
  notReplayable,
  more: Type.Boolean({ description: 'Whether there are more than one call takes' }),
  after: Type.Optional(Type.String({ description: 'To be given in the next call' })),
};

const submitted: TSchema = Type.Array(
  Type.Object({
    requestId: Type.String({ description: 'Under which the fates of the objects can be asked for' }),
    kind: Type.Enum(['person', 'customObject', 'event']),
    type: Type.String(),
    objects: Type.Integer({ description: 'How many it holds' }),
  }),
);

export const replayAnswerSchema: TSchema = Type.Object(
  {
    requests: submitted,
    ...restMembers,
    refused: Type.Optional(Type.String({ description: 'Why the log took no more; repeat the same call later' })),
  },
  { description: 'The replays are durable in the log' },
);

const rehearsed: TSchema = Type.Array(
  Type.Object({
    requestId: Type.String(),
    index: Type.Integer(),
    outcome: Type.Enum(['created', 'updated', 'deleted', 'stored', 'waiting', 'failed']),
    code: Type.Optional(Type.String({ description: 'With which it would fail or wait' })),
    message: Type.Optional(Type.String()),
    overwrites: Type.Array(Type.String(), {
      description:
        'Fields that would take the place of other values, in an object that was changed after this one came',
    }),
  }),
);

const sums: TSchema = Type.Object({
  created: Type.Integer(),
  updated: Type.Integer(),
  deleted: Type.Integer(),
  stored: Type.Integer(),
  waiting: Type.Integer(),
  failed: Type.Integer(),
  overwriting: Type.Integer({ description: 'Objects that would overwrite something' }),
});

export const rehearsalAnswerSchema: TSchema = Type.Object(
  { requests: submitted, objects: Type.Optional(rehearsed), sums: Type.Optional(sums), ...restMembers },
  { description: 'Nothing was submitted: there was nothing to replay, or it was a dry run' },
);
