/** `W/webhooks`: who is sent the journal's events. */
import { createWebhook, patchWebhook, removeWebhook, webhooksOf } from './webhook-changes.ts';
import { webhookOf } from './webhook-parts.ts';
import type { WebhookParts } from './webhook-parts.ts';
import { webhookUnknown } from './webhook-unknown.ts';
import { newWebhook, shownWebhook, webhookItem, webhookParams, webhookPatch } from './webhook-schemas.ts';
import { pageByKey } from '#protocols/api/paging.ts';
import { pageOf, pageQuery, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { MunchkinId } from '#model/words.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

const tags = ['webhooks'];

export function webhookRoutes(parts: WebhookParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    addCreate(app, parts);
    addList(app, parts);
    addGet(app, parts);
    addPatch(app, parts);
    addDelete(app, parts);
  };
}

function addCreate(app: Api, parts: WebhookParts): void {
  app.post(
    '/v1/workspaces/:munchkinId/webhooks',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'createWebhook',
        summary: 'Send the journal to a URL from now on; the answer comes once its receiver has been challenged',
        params: workspaceParams,
        body: newWebhook,
        response: { 201: webhookItem, ...problems(400, 401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const { webhook, status } = await createWebhook(parts, request.params.munchkinId as MunchkinId, request.body);
      return reply.code(201).send(shownWebhook(webhook, status));
    },
  );
}

function addList(app: Api, parts: WebhookParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/webhooks',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'listWebhooks',
        summary: 'List the webhooks with their states',
        params: workspaceParams,
        querystring: pageQuery,
        response: { 200: pageOf(webhookItem), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const page = pageByKey(webhooksOf(parts, request.params.munchkinId), ({ id }) => id, {
        url: request.url,
        ...request.query,
      });
      return { ...page, items: page.items.map((webhook) => shownWebhook(webhook, parts.webhooks.status(webhook.id))) };
    },
  );
}

function addGet(app: Api, parts: WebhookParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/webhooks/:id',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'getWebhook',
        summary: 'A webhook with its state',
        params: webhookParams,
        response: { 200: webhookItem, ...problems(401, 403, 404) },
      },
    },
    async (request) => {
      const webhook = webhookOf(parts, request.params.munchkinId, request.params.id);
      return shownWebhook(webhook, parts.webhooks.status(webhook.id));
    },
  );
}

function addPatch(app: Api, parts: WebhookParts): void {
  app.patch(
    '/v1/workspaces/:munchkinId/webhooks/:id',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'patchWebhook',
        summary: 'Change a webhook; to enable one that is unverified or disabled challenges its receiver again',
        params: webhookParams,
        body: webhookPatch,
        response: { 200: webhookItem, ...problems(400, 401, 403, 404, 503) },
      },
    },
    async (request) => {
      const { munchkinId, id } = request.params;
      const patch = { workspace: munchkinId as MunchkinId, id, body: request.body };
      const { webhook, status } = await patchWebhook(parts, patch);
      return shownWebhook(webhook, status);
    },
  );
}

function addDelete(app: Api, parts: WebhookParts): void {
  app.delete(
    '/v1/workspaces/:munchkinId/webhooks/:id',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook and all that is kept of its deliveries',
        params: webhookParams,
        response: { 204: Type.Null({ description: 'Deleted' }), ...problems(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { munchkinId, id } = request.params;
      if (await removeWebhook(parts, munchkinId as MunchkinId, id)) return reply.code(204).send(null);
      throw webhookUnknown();
    },
  );
}
