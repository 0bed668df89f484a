/** Public keys of the signatures, their rotation, and the URL on which a receiver verifies itself. */
import type { WebhookParts } from './webhook-parts.ts';
import { Problem } from '#protocols/api/problems.ts';
import { problems } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import { VALIDATION_PATH } from '#protocols/webhooks/challenge.ts';
import { KEY_PATH } from '#protocols/webhooks/headers.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';

const tags = ['webhooks'];

const keyList: TSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      path: Type.String({ description: 'Below the address of the server; deliveries announce it' }),
      publicKey: Type.String({ description: 'SPKI in PEM' }),
    }),
    { description: 'The older one first, which the next rotation replaces' },
  ),
});

export function keyRoutes(parts: WebhookParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    addPublicKey(app, parts);
    addList(app, parts);
    addRotate(app, parts);
    addValidate(app, parts);
  };
}

function addPublicKey(app: Api, { keys }: WebhookParts): void {
  app.get(
    `${KEY_PATH}:file`,
    {
      config: { access: 'public' },
      schema: {
        tags,
        operationId: 'webhookPublicKey',
        summary: 'A public key, at the path that the headers of deliveries announce',
        params: Type.Object({ file: Type.String() }),
        response: {
          200: { description: 'SPKI in PEM', content: { 'application/x-pem-file': { schema: Type.String() } } },
          ...problems(404),
        },
      },
    },
    async (request, reply) => {
      const pem = await keys.publicKey(request.params.file);
      if (pem === undefined) throw new Problem('not-found', 'No key in use has this path.');
      return reply.type('application/x-pem-file').send(pem);
    },
  );
}

function addList(app: Api, { keys }: WebhookParts): void {
  app.get(
    '/v1/webhook-keys',
    {
      config: { access: 'server' },
      schema: {
        tags,
        operationId: 'listWebhookKeys',
        summary: 'The two keys that deliveries of all workspaces are signed with',
        response: { 200: keyList, ...problems(401, 403) },
      },
    },
    async () => ({ items: await keys.shown() }),
  );
}

function addRotate(app: Api, { keys, bodies }: WebhookParts): void {
  app.post(
    '/v1/webhook-keys/rotate',
    {
      config: { access: 'server' },
      schema: {
        tags,
        operationId: 'rotateWebhookKeys',
        summary: 'Put a new key in the place of the older one; the other stays good',
        response: { 200: keyList, ...problems(401, 403) },
      },
    },
    async () => {
      const items = await keys.rotate();
      bodies.clear();
      return { items };
    },
  );
}

function addValidate(app: Api, { webhooks }: WebhookParts): void {
  app.get(
    VALIDATION_PATH,
    {
      config: { access: 'public' },
      schema: {
        tags,
        operationId: 'validateWebhook',
        summary: 'Called by a receiver, or its operator, within 5 minutes of the validation URL it was sent',
        querystring: Type.Object(
          { id: Type.String({ maxLength: 64 }), challenge: Type.String({ maxLength: 64 }) },
          { additionalProperties: false },
        ),
        response: {
          200: { description: 'Verified', content: { 'text/plain': { schema: Type.String() } } },
          ...problems(400, 404),
        },
      },
    },
    async (request, reply) => {
      const { id, challenge } = request.query;
      if (await webhooks.validate(id, challenge)) return reply.type('text/plain').send('The webhook is verified.\n');
      const detail = 'No webhook waits for this challenge. It was good for 5 minutes: enable the webhook for another.';
      throw new Problem('not-found', detail);
    },
  );
}
