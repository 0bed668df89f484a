/**
 * Bodies and answers of the routes of webhooks.
 * Owns: their schemas, and how a webhook and a trace are shown. Never: decides.
 */
import type { Webhook } from '#model/webhook.ts';
import type { KeptTrace } from '#ports/deliveries.ts';
import { munchkinIdParam } from '#protocols/api/schemas.ts';
import { Type } from '@fastify/type-provider-typebox';
import type {
  Static,
  TArray,
  TBoolean,
  TEnum,
  TNull,
  TObject,
  TOptional,
  TSchema,
  TString,
  TUnion,
} from '@fastify/type-provider-typebox';
import type { Status } from './webhooks.ts';

type Types = TArray<TEnum<['results', 'metrics', 'status']>>;
type Form = TEnum<['single', 'batch']>;

const url: TString = Type.String({ description: 'https or http, without user name and password' });
const name: TString = Type.String({ minLength: 1, maxLength: 255 });
const types: Types = Type.Array(Type.Enum(['results', 'metrics', 'status']), {
  minItems: 1,
  uniqueItems: true,
  description: 'Types of events to send; all unless given',
});
const form: Form = Type.Enum(['single', 'batch'], {
  description: 'single: an event a request, as a JSON object. batch: an array of at most 20 events and 2 MB',
});
const enabled: TBoolean = Type.Boolean({ description: 'Whether events are sent' });

export const newWebhook: TObject<{
  url: TString;
  name: TOptional<TString>;
  types: TOptional<Types>;
  delivery: TOptional<Form>;
  enabled: TOptional<TBoolean>;
}> = Type.Object(
  {
    url,
    name: Type.Optional(name),
    types: Type.Optional(types),
    delivery: Type.Optional(form),
    enabled: Type.Optional(enabled),
  },
  { additionalProperties: false },
);

export const webhookPatch: TObject<{
  url: TOptional<TString>;
  name: TOptional<TUnion<[TString, TNull]>>;
  types: TOptional<TUnion<[Types, TNull]>>;
  delivery: TOptional<Form>;
  enabled: TOptional<TBoolean>;
}> = Type.Object(
  {
    url: Type.Optional(url),
    name: Type.Optional(Type.Union([name, Type.Null()])),
    types: Type.Optional(Type.Union([types, Type.Null()])),
    delivery: Type.Optional(form),
    enabled: Type.Optional(enabled),
  },
  {
    additionalProperties: false,
    description: 'What is left out stays; null takes a name, or the choice of types, away',
  },
);

export type NewWebhook = Static<typeof newWebhook>;
export type WebhookPatch = Static<typeof webhookPatch>;

export const webhookParams: TObject<{ munchkinId: TString; id: TString }> = Type.Object({
  munchkinId: munchkinIdParam,
  id: Type.String({ description: 'Id of the webhook' }),
});

const time: TSchema = Type.String({ format: 'date-time' });
const count: TSchema = Type.Integer({ minimum: 0 });

export const webhookItem: TSchema = Type.Object({
  id: Type.String(),
  url: Type.String(),
  name: Type.Optional(Type.String()),
  types: Type.Optional(types),
  delivery: form,
  enabled,
  state: Type.Enum(['unverified', 'active', 'unstable', 'disabled'], {
    description: 'Events are sent to enabled webhooks that are active or unstable',
  }),
  reason: Type.Optional(Type.String({ description: 'Why it is in this state, and how to mend it' })),
  cursor: Type.Integer({ description: 'Ordinal in the journal up to which events are delivered or pending' }),
  pending: Type.Integer({ description: 'Deliveries under way or waiting for another try' }),
  delivered: Type.Integer({ description: 'Deliveries that succeeded' }),
  dropped: Type.Integer({ description: 'Deliveries that were given up' }),
  lostEvents: Type.Integer({ description: 'Events that the journal forgot before they could be sent' }),
  createdAt: time,
  updatedAt: time,
});

export function shownWebhook(webhook: Webhook, { standing, pending }: Status): Record<string, unknown> {
  const { id, url: target, name: called, types: wanted, delivery, enabled: isOn, createdAt, updatedAt } = webhook;
  const { state, reason, cursor, delivered, dropped, lostEvents } = standing;
  return {
    id,
    url: target,
    ...(called !== undefined && { name: called }),
    ...(wanted !== undefined && { types: wanted }),
    delivery,
    enabled: isOn,
    state,
    ...(reason !== undefined && { reason }),
    cursor,
    pending,
    delivered,
    dropped,
    lostEvents,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

const message = {
  headers: Type.Record(Type.String(), Type.String()),
  body: Type.String({ description: 'Its first 2 KB' }),
  bodyIsCut: Type.Boolean(),
};

export const traceItem: TSchema = Type.Object({
  deliveryId: Type.String({ description: 'The same at each try; also in x-adobe-delivery-id' }),
  kind: Type.Enum(['events', 'test', 'challenge']),
  attempt: Type.Integer({ description: 'From 1; 0 when events were lost before a try' }),
  at: time,
  durationMs: Type.Number(),
  succeeded: Type.Boolean(),
  request: Type.Object({ method: Type.Enum(['GET', 'POST']), url: Type.String(), ...message }),
  response: Type.Optional(Type.Object({ status: count, ...message })),
  fault: Type.Optional(Type.String({ description: 'Why there was no answer' })),
});

export function shownTrace(trace: Omit<KeptTrace, 'ordinal'>): Record<string, unknown> {
  const { deliveryId, kind, attempt, at, durationMs, succeeded, request, response, fault } = trace;
  return {
    deliveryId,
    kind,
    attempt,
    at: new Date(at).toISOString(),
    durationMs,
    succeeded,
    request,
    ...(response !== undefined && { response }),
    ...(fault !== undefined && { fault }),
  };
}
