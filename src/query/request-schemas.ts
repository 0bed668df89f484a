/** Schemas of a request and its fates, which several routes answer with. */
import { Type } from '@fastify/type-provider-typebox';
import type { TSchema } from '@fastify/type-provider-typebox';

const counts: TSchema = Type.Object(
  {
    received: Type.Integer(),
    created: Type.Integer(),
    updated: Type.Integer(),
    stored: Type.Integer(),
    deleted: Type.Integer(),
    failed: Type.Integer(),
    pending: Type.Integer(),
  },
  { description: 'received = created + updated + stored + deleted + failed + pending, always' },
);

const requestMembers = {
  requestId: Type.String(),
  kind: Type.Enum(['person', 'customObject', 'event']),
  type: Type.String({ description: 'persons, the API name of a custom object type, or database.table' }),
  clientId: Type.String({ description: 'Of the client or write key; operator for a replay' }),
  priority: Type.Enum(['high', 'normal']),
  correlationId: Type.Optional(Type.String()),
  requestSource: Type.Optional(Type.String()),
  replayOf: Type.Optional(
    Type.Array(Type.String(), { description: 'Of a replay: the requests whose failed objects it tries again' }),
  ),
  duplicateOf: Type.Optional(
    Type.String({ description: 'The request that has brought all its events already, as an idempotency key says' }),
  ),
  duplicates: Type.Optional(
    Type.Array(Type.Object({ index: Type.Integer(), of: Type.String() }), {
      description: 'Else those of its events that another request, or this one, had brought; a thousand at most',
    }),
  ),
  acceptedAt: Type.String({ format: 'date-time' }),
  durability: Type.String({ description: 'What the success answer promised about the bytes' }),
  state: Type.Enum(['pending', 'retrying', 'done']),
  finishedAt: Type.Optional(Type.String({ format: 'date-time' })),
  objects: counts,
  warnings: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })),
};

/** A request in a list. */
export const requestItemSchema: TSchema = Type.Object(requestMembers);

const failure: TSchema = Type.Object({
  index: Type.Integer({ description: 'Place in the request, from 0; -1: the body as a whole' }),
  key: Type.Unknown(),
  code: Type.String(),
  message: Type.String(),
  state: Type.Enum(['failed']),
  attempts: Type.Integer(),
  replayedBy: Type.Optional(Type.String({ description: 'The request that tried it again' })),
});

const retry: TSchema = Type.Object({
  index: Type.Integer({ description: 'Place in the request, from 0' }),
  key: Type.Unknown(),
  reason: Type.Enum(['no-person', 'behind', 'transient'], {
    description: 'no-person: its link names nobody; behind: an earlier version of it waits; transient: the store did',
  }),
  code: Type.String({ description: 'With which it fails unless a later try succeeds' }),
  message: Type.String(),
  attempts: Type.Integer(),
  nextAttemptAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'At the latest; absent while an earlier version of it waits' }),
  ),
});

const fateMembers = {
  ...requestMembers,
  failures: Type.Array(failure),
  retries: Type.Array(retry, { description: 'Objects that wait, and are tried again' }),
  next: Type.Optional(Type.String({ description: 'Path of the next page of failures and retries' })),
};

export const requestFatesSchema: TSchema = Type.Object(fateMembers);

/** The same after waits of it were ended. */
export const endedWaitsSchema: TSchema = Type.Object({
  ...fateMembers,
  ended: Type.Integer({ description: 'Objects that waited when the call came and have failed since' }),
});
