/** `W/custom-objects`: the custom object types of a workspace. */
import { workspaceOf } from './definition-parts.ts';
import type { DefinitionParts } from './definition-parts.ts';
import { MAX_DEDUPE_FIELDS, MAX_FIELDS, datedCustomObject, decideCustomObject } from '#model/custom-object-rules.ts';
import { CUSTOM_DATA_TYPES } from '#model/field.ts';
import { nameSchema, namedField } from './field-schemas.ts';
import { pageByKey } from '#protocols/api/paging.ts';
import { Problem } from '#protocols/api/problems.ts';
import { munchkinIdParam, pageOf, pageQuery, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { CustomObjectType } from '#model/field.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';

const typeParams = Type.Object({ munchkinId: munchkinIdParam, apiName: nameSchema });

const link = Type.Object({ field: Type.String(), personField: Type.String() }, { additionalProperties: false });

const wantedType = Type.Object(
  {
    displayName: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    fields: Type.Array(namedField, { minItems: 1, maxItems: MAX_FIELDS }),
    dedupeFields: Type.Array(Type.String(), { minItems: 1, maxItems: MAX_DEDUPE_FIELDS }),
    link: Type.Optional(link),
  },
  { additionalProperties: false },
);

const shownTypeSchema: TSchema = Type.Object({
  apiName: Type.String(),
  displayName: Type.String(),
  fields: Type.Array(
    Type.Object({
      name: Type.String(),
      displayName: Type.String(),
      dataType: Type.Enum([...CUSTOM_DATA_TYPES]),
      length: Type.Optional(Type.Integer()),
    }),
  ),
  dedupeFields: Type.Array(Type.String()),
  link: Type.Optional(Type.Object({ field: Type.String(), personField: Type.String() })),
});

const tags = ['custom objects'];

export function customObjectRoutes(parts: DefinitionParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    putCustomObject(app, parts);
    listCustomObjects(app, parts);
    getCustomObject(app, parts);
  };
}

function putCustomObject(app: Api, parts: DefinitionParts): void {
  app.put(
    '/v1/workspaces/:munchkinId/custom-objects/:apiName',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'putCustomObject',
        summary: 'Make a custom object type, or add fields to it',
        params: typeParams,
        body: wantedType,
        response: { 200: shownTypeSchema, 201: shownTypeSchema, ...problems(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { munchkinId, apiName } = request.params;
      const [type, isNew] = await parts.change(async () => {
        const workspace = workspaceOf(parts, munchkinId);
        const wanted = decideCustomObject(workspace, { ...request.body, apiName });
        const decided = datedCustomObject(workspace, wanted, parts.clock.now());
        await parts.control.putCustomObject(workspace.munchkinId, decided);
        return [decided, !workspace.customObjects.has(apiName.toLowerCase())] as const;
      });
      return reply.code(isNew ? 201 : 200).send(shownType(type));
    },
  );
}

function listCustomObjects(app: Api, parts: DefinitionParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/custom-objects',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'listCustomObjects',
        summary: 'List the custom object types',
        params: workspaceParams,
        querystring: pageQuery,
        response: { 200: pageOf(shownTypeSchema), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const types = workspaceOf(parts, request.params.munchkinId).customObjects.values();
      return pageByKey([...types].map(shownType), (type) => type.apiName, { url: request.url, ...request.query });
    },
  );
}

function getCustomObject(app: Api, parts: DefinitionParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/custom-objects/:apiName',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'getCustomObject',
        summary: 'One custom object type',
        params: Type.Object({ munchkinId: munchkinIdParam, apiName: Type.String() }),
        response: { 200: shownTypeSchema, ...problems(401, 403, 404) },
      },
    },
    async (request) => {
      const { munchkinId, apiName } = request.params;
      const type = workspaceOf(parts, munchkinId).customObjects.get(apiName.toLowerCase());
      if (type !== undefined) return shownType(type);
      throw new Problem('custom-object-unknown', 'The workspace has no custom object type of this name.');
    },
  );
}

// The fields of a type are all an operator's and none is read-only, so that two members of a field say nothing here.
function shownType(type: CustomObjectType): CustomObjectType {
  const fields = type.fields.map(({ name, displayName, dataType, length }) => ({
    name,
    displayName,
    dataType,
    ...(length !== undefined && { length }),
  }));
  return { ...type, fields };
}
