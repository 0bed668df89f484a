/** Schemas of fates, one by one. */
import { Type } from '@fastify/type-provider-typebox';
import type { TSchema } from '@fastify/type-provider-typebox';

const OUTCOMES = ['created', 'updated', 'stored', 'deleted', 'failed', 'pending'] as const;

const fateMembers = {
  index: Type.Integer({ description: 'Place in the request, from 0' }),
  outcome: Type.Enum([...OUTCOMES]),
  identity: Type.Optional(
    Type.Union([Type.Integer(), Type.String()], {
      description: 'id of a person, marketoGUID of a custom object, that was created, updated or deleted',
    }),
  ),
  decidedAt: Type.Optional(Type.String({ format: 'date-time' })),
  duplicateOf: Type.Optional(Type.String({ description: 'Of a stored event: the request that had brought it before' })),
  key: Type.Optional(Type.Unknown({ description: 'Of one that failed or waits: what it calls itself' })),
  code: Type.Optional(Type.String({ description: 'Why it failed, or with what it fails unless a later try succeeds' })),
  message: Type.Optional(Type.String()),
  attempts: Type.Optional(Type.Integer()),
  replayedBy: Type.Optional(Type.String({ description: 'Of one that failed: the request that tried it again' })),
  reason: Type.Optional(
    Type.Enum(['no-person', 'behind', 'transient', 'not-applied'], {
      description:
        'Why it is pending: its link names nobody; an earlier version of it waits; the store could not take it; ' +
        'the applier has not come to its request',
    }),
  ),
  nextAttemptAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'At the latest; absent while an earlier version of it waits' }),
  ),
};

/** The fate of one object of a request. */
export const fateSchema: TSchema = Type.Object(fateMembers);

const historyItem = Type.Object({
  requestId: Type.String(),
  acceptedAt: Type.String({ format: 'date-time' }),
  clientId: Type.Optional(Type.String()),
  priority: Type.Optional(Type.Enum(['high', 'normal'])),
  correlationId: Type.Optional(Type.String()),
  requestSource: Type.Optional(Type.String()),
  replays: Type.Optional(
    Type.Object(
      { requestId: Type.String(), index: Type.Integer() },
      { description: 'Of a replay: the failed object that was tried again' },
    ),
  ),
  ...fateMembers,
  fields: Type.Optional(Type.Array(Type.String(), { description: 'Names of the fields that it sent, in their order' })),
  fieldsUnavailable: Type.Optional(
    Type.Enum(['forgotten', 'unreadable'], {
      description: 'Instead of fields. forgotten: the log does not keep the request any more',
    }),
  ),
});

/** A page of what became of one object, request by request. */
export const historySchema: TSchema = Type.Object({
  type: Type.String({ description: 'persons, or the API name of a custom object type' }),
  objects: Type.Array(
    Type.Object({
      identity: Type.Union([Type.Integer(), Type.String()]),
      partitionName: Type.Optional(Type.String({ description: 'Of a person' })),
    }),
    { description: 'Those that exist now and have these values' },
  ),
  items: Type.Array(historyItem, { description: 'In the order of acceptance' }),
  next: Type.Optional(Type.String({ description: 'Path of the next page; absent on the last' })),
  retainedFrom: Type.Optional(
    Type.String({
      format: 'date-time',
      description: 'Finished requests that were accepted before then are forgotten; absent while none is',
    }),
  ),
});
