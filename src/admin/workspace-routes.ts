/** `/v1/workspaces`: making workspaces, with their first credentials, and listing them. */
import type { DefinitionParts } from './definition-parts.ts';
import { createWorkspaceWithCredentials } from './credentials.ts';
import { MUNCHKIN_ID_PATTERN } from './secrets.ts';
import { pageByKey } from '#protocols/api/paging.ts';
import { Problem } from '#protocols/api/problems.ts';
import { pageOf, pageQuery, problems } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { MunchkinId } from '#model/words.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';

const newWorkspace = Type.Object(
  { munchkinId: Type.Optional(Type.String({ pattern: MUNCHKIN_ID_PATTERN, description: 'Random unless given' })) },
  { additionalProperties: false },
);

const credentials: TSchema = Type.Object(
  {
    url: Type.String(),
    munchkinId: Type.String(),
    clientId: Type.String(),
    clientSecret: Type.String(),
    writeKey: Type.String({ description: 'Write-only, for every database of the workspace' }),
    adminToken: Type.String({ description: 'Opens this workspace alone' }),
  },
  { description: 'Shown once: the server keeps hashes' },
);

const workspaceItem: TSchema = Type.Object({
  munchkinId: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
});

const tags = ['workspaces'];

export function workspaceRoutes(parts: DefinitionParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    createWorkspace(app, parts);
    listWorkspaces(app, parts);
  };
}

function createWorkspace(app: Api, parts: DefinitionParts): void {
  app.post(
    '/v1/workspaces',
    {
      config: { access: 'server' },
      schema: {
        tags,
        operationId: 'createWorkspace',
        summary: 'Make a workspace, with a client, a write key and an admin token of its own',
        body: newWorkspace,
        response: { 201: credentials, ...problems(400, 401, 403, 409) },
      },
      // A call without a body asks for a random id.
      preValidation: async (request) => {
        request.body ??= {};
      },
    },
    async (request, reply) => {
      const munchkinId = request.body.munchkinId as MunchkinId | undefined;
      const made = await parts.change(async () => {
        refuseTaken(parts, munchkinId);
        const wanted = { tokenOpens: 'workspace', now: parts.clock.now() } as const;
        return createWorkspaceWithCredentials(parts.control, { ...wanted, ...(munchkinId && { munchkinId }) });
      });
      return reply.code(201).send({ url: parts.url(), ...made });
    },
  );
}

function listWorkspaces(app: Api, parts: DefinitionParts): void {
  app.get(
    '/v1/workspaces',
    {
      config: { access: 'server' },
      schema: {
        tags,
        operationId: 'listWorkspaces',
        summary: 'List the workspaces',
        querystring: pageQuery,
        response: { 200: pageOf(workspaceItem), ...problems(400, 401, 403) },
      },
    },
    async (request) => {
      const workspaces = [...parts.control.definitions().workspaces.values()].map((workspace) => ({
        munchkinId: workspace.munchkinId,
        createdAt: new Date(workspace.createdAt).toISOString(),
      }));
      return pageByKey(workspaces, (workspace) => workspace.munchkinId, { url: request.url, ...request.query });
    },
  );
}

function refuseTaken(parts: DefinitionParts, munchkinId: MunchkinId | undefined): void {
  if (munchkinId === undefined || !parts.control.definitions().workspaces.has(munchkinId)) return;
  throw new Problem('workspace-exists', `${munchkinId} exists already; its credentials were shown when it was made.`);
}
