/** `W/clients`: who may send to the Data Ingestion API. */
import { addClient } from './credentials.ts';
import { workspaceOf } from './definition-parts.ts';
import type { DefinitionParts } from './definition-parts.ts';
import { pageByKey } from '#protocols/api/paging.ts';
import { Problem } from '#protocols/api/problems.ts';
import { munchkinIdParam, pageOf, pageQuery, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { Client } from '#model/definitions.ts';
import { PERMISSION_NAMES, permissionOf } from '#model/permissions.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';

const newClient = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 255 }),
    permissions: Type.Array(Type.Enum([...PERMISSION_NAMES]), { minItems: 1, maxItems: 20 }),
  },
  { additionalProperties: false },
);

const clientSecret: TSchema = Type.Object(
  { clientId: Type.String(), clientSecret: Type.String() },
  { description: 'Shown once: the server keeps a hash' },
);

const clientItem: TSchema = Type.Object({
  clientId: Type.String(),
  name: Type.String(),
  permissions: Type.Array(Type.String()),
  createdAt: Type.String({ format: 'date-time' }),
});

const tags = ['clients'];

export function clientRoutes(parts: DefinitionParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    createClient(app, parts);
    listClients(app, parts);
    deleteClient(app, parts);
  };
}

function createClient(app: Api, parts: DefinitionParts): void {
  app.post(
    '/v1/workspaces/:munchkinId/clients',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'createClient',
        summary: 'Make a client of the Data Ingestion API',
        params: workspaceParams,
        body: newClient,
        response: { 201: clientSecret, ...problems(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const workspace = workspaceOf(parts, request.params.munchkinId).munchkinId;
      const { name } = request.body;
      const permissions = [...new Set(request.body.permissions.map(permissionOf))];
      const made = await parts.change(async () => {
        if (clientsOf(parts, workspace).some((client) => client.name === name)) throw nameTaken(name);
        return addClient(parts.control, { workspace, name, permissions, now: parts.clock.now() });
      });
      return reply.code(201).send(made);
    },
  );
}

function listClients(app: Api, parts: DefinitionParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/clients',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'listClients',
        summary: 'List the clients',
        params: workspaceParams,
        querystring: pageQuery,
        response: { 200: pageOf(clientItem), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const items = clientsOf(parts, request.params.munchkinId).map(shownClient);
      return pageByKey(items, (client) => client.clientId, { url: request.url, ...request.query });
    },
  );
}

function deleteClient(app: Api, parts: DefinitionParts): void {
  app.delete(
    '/v1/workspaces/:munchkinId/clients/:clientId',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'deleteClient',
        summary: 'Delete a client; its access tokens end at once',
        params: Type.Object({ munchkinId: munchkinIdParam, clientId: Type.String() }),
        response: { 204: Type.Null({ description: 'Deleted' }), ...problems(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const workspace = workspaceOf(parts, request.params.munchkinId).munchkinId;
      const { clientId } = request.params;
      if (await parts.change(() => parts.control.removeClient(workspace, clientId))) return reply.code(204).send(null);
      throw new Problem('client-unknown', 'The workspace has no client with this id.');
    },
  );
}

function clientsOf(parts: DefinitionParts, munchkinId: string): readonly Client[] {
  return [...parts.control.definitions().clients.values()].filter((client) => client.workspace === munchkinId);
}

function nameTaken(name: string): Problem {
  return new Problem('name-taken', `A client named ${name} exists; choose another name, or delete that client first.`);
}

type ShownClient = Pick<Client, 'clientId' | 'name' | 'permissions'> & { readonly createdAt: string };

function shownClient(client: Client): ShownClient {
  const { clientId, name, permissions, createdAt } = client;
  return { clientId, name, permissions, createdAt: new Date(createdAt).toISOString() };
}
