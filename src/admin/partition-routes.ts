/** `W/partitions`: the person partitions of a workspace. */
import { workspaceOf } from './definition-parts.ts';
import type { DefinitionParts } from './definition-parts.ts';
import { pageByKey } from '#protocols/api/paging.ts';
import { invalidInput, Problem } from '#protocols/api/problems.ts';
import { pageOf, pageQuery, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { Workspace } from '#model/definitions.ts';
import { isUnholdable } from '#model/json.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

/** Partitions in one workspace that this API makes (law 6). */
const MAX_PARTITIONS = 1000;

const partition = Type.Object({ name: Type.String({ minLength: 1, maxLength: 255 }) }, { additionalProperties: false });

const tags = ['partitions'];

export function partitionRoutes(parts: DefinitionParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    createPartition(app, parts);
    listPartitions(app, parts);
  };
}

function createPartition(app: Api, parts: DefinitionParts): void {
  app.post(
    '/v1/workspaces/:munchkinId/partitions',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'createPartition',
        summary: 'Make a partition; one that exists is left as it is',
        params: workspaceParams,
        body: partition,
        response: { 200: partition, 201: partition, ...problems(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { name } = request.body;
      // Stores would keep another name, under which nobody finds its persons.
      if (isUnholdable(name)) throw invalidInput('name', 'holds a lone surrogate or NUL; remove it');
      const added = await parts.change(async () => {
        const workspace = workspaceOf(parts, request.params.munchkinId);
        refuseBeyondLimit(workspace, name);
        return parts.control.addPartition(workspace.munchkinId, name);
      });
      return reply.code(added ? 201 : 200).send({ name });
    },
  );
}

function listPartitions(app: Api, parts: DefinitionParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/partitions',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'listPartitions',
        summary: 'List the partitions',
        params: workspaceParams,
        querystring: pageQuery,
        response: { 200: pageOf(partition), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const items = [...workspaceOf(parts, request.params.munchkinId).partitions].map((name) => ({ name }));
      return pageByKey(items, ({ name }) => name, { url: request.url, ...request.query });
    },
  );
}

function refuseBeyondLimit(workspace: Workspace, name: string): void {
  if (workspace.partitions.has(name) || workspace.partitions.size < MAX_PARTITIONS) return;
  throw new Problem('limit-reached', `A workspace may have ${MAX_PARTITIONS} partitions.`);
}
