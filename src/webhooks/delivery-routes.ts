/** What was sent to a webhook, and a test of it. */
import { webhookOf } from './webhook-parts.ts';
import type { WebhookParts } from './webhook-parts.ts';
import { shownTrace, traceItem, webhookParams } from './webhook-schemas.ts';
import { MAX_TRACE_AGE_MS } from '#model/webhook.ts';
import { DEFAULT_PAGE_LIMIT, pageOfReading } from '#protocols/api/paging.ts';
import { invalidInput } from '#protocols/api/problems.ts';
import { pageOf, pageQuery, problems } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

const tags = ['webhooks'];

export function deliveryRoutes(parts: WebhookParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    addList(app, parts);
    addTest(app, parts);
  };
}

function addList(app: Api, parts: WebhookParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/webhooks/:id/deliveries',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'listWebhookDeliveries',
        summary: 'The last 100 tries that succeeded and the last 100 that failed, of 7 days, newest first',
        params: webhookParams,
        querystring: pageQuery,
        response: { 200: pageOf(traceItem), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const { id } = webhookOf(parts, request.params.munchkinId, request.params.id);
      const { limit = DEFAULT_PAGE_LIMIT, after } = request.query;
      const reading = await parts.deliveries.traces(id, {
        from: parts.clock.now() - MAX_TRACE_AGE_MS,
        limit: limit + 1,
        ...(after !== undefined && { before: ordinalOf(after) }),
      });
      const page = pageOfReading(reading, ({ ordinal }) => String(ordinal), { url: request.url, limit });
      return { ...page, items: page.items.map(shownTrace) };
    },
  );
}

function ordinalOf(after: string): number {
  if (/^\d{1,15}$/u.test(after)) return Number(after);
  throw invalidInput('?after', 'must come from the `next` of the page before');
}

function addTest(app: Api, parts: WebhookParts): void {
  app.post(
    '/v1/workspaces/:munchkinId/webhooks/:id/test',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'testWebhook',
        summary: 'Send a signed test event once, in any state, and tell what came back',
        params: webhookParams,
        response: { 200: traceItem, ...problems(401, 403, 404) },
      },
    },
    async (request) => {
      const webhook = webhookOf(parts, request.params.munchkinId, request.params.id);
      return shownTrace(await parts.webhooks.test(webhook));
    },
  );
}
