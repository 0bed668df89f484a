/** `W/person-fields`: the standard fields of persons, and those that a workspace adds. */
import { workspaceOf } from './definition-parts.ts';
import type { DefinitionParts } from './definition-parts.ts';
import { decidePersonField } from '#model/field-rules.ts';
import { fieldMembers, nameSchema, shownField, shownFieldSchema } from './field-schemas.ts';
import { pageByKey } from '#protocols/api/paging.ts';
import { munchkinIdParam, pageOf, pageQuery, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

const wantedField = Type.Object(fieldMembers, { additionalProperties: false });

const tags = ['person fields'];

export function personFieldRoutes(parts: DefinitionParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    putPersonField(app, parts);
    listPersonFields(app, parts);
  };
}

function putPersonField(app: Api, parts: DefinitionParts): void {
  app.put(
    '/v1/workspaces/:munchkinId/person-fields/:name',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'putPersonField',
        summary: 'Make a custom person field, or change its display name, or let its length grow',
        params: Type.Object({ munchkinId: munchkinIdParam, name: nameSchema }),
        body: wantedField,
        response: { 200: shownFieldSchema, 201: shownFieldSchema, ...problems(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { munchkinId, name } = request.params;
      const [field, isNew] = await parts.change(async () => {
        const workspace = workspaceOf(parts, munchkinId);
        const decided = decidePersonField(workspace, { ...request.body, name });
        await parts.control.putPersonField(workspace.munchkinId, decided);
        return [decided, !workspace.personFields.has(name.toLowerCase())] as const;
      });
      return reply.code(isNew ? 201 : 200).send(shownField(field));
    },
  );
}

function listPersonFields(app: Api, parts: DefinitionParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/person-fields',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'listPersonFields',
        summary: 'List the person fields, standard ones too',
        params: workspaceParams,
        querystring: pageQuery,
        response: { 200: pageOf(shownFieldSchema), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const fields = workspaceOf(parts, request.params.munchkinId).personFields.values();
      return pageByKey([...fields].map(shownField), ({ name }) => name, { url: request.url, ...request.query });
    },
  );
}
