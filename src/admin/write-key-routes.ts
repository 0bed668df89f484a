/** `W/write-keys`: who may post events. */
import { addWriteKey } from './credentials.ts';
import { workspaceOf } from './definition-parts.ts';
import type { DefinitionParts } from './definition-parts.ts';
import { pageByKey } from '#protocols/api/paging.ts';
import { Problem, invalidInput } from '#protocols/api/problems.ts';
import { munchkinIdParam, pageOf, pageQuery, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { WriteKey } from '#model/definitions.ts';
import { eventNameProblem, foldEventName } from '#model/event-names.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';

const newWriteKey = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: "The key's id unless given" })),
    databases: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        maxItems: 1000,
        description: 'Databases that the key may write to; every one unless given',
      }),
    ),
    access: Type.Optional(Type.Enum(['write-only', 'full'], { description: 'write-only unless given' })),
  },
  { additionalProperties: false },
);

const writeKeySecret: TSchema = Type.Object(
  { id: Type.String(), writeKey: Type.String() },
  { description: 'Shown once: the server keeps a hash' },
);

const writeKeyItem: TSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  databases: Type.Optional(Type.Array(Type.String())),
  access: Type.Enum(['write-only', 'full']),
  createdAt: Type.String({ format: 'date-time' }),
});

const tags = ['write keys'];

export function writeKeyRoutes(parts: DefinitionParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    createWriteKey(app, parts);
    listWriteKeys(app, parts);
    deleteWriteKey(app, parts);
  };
}

function createWriteKey(app: Api, parts: DefinitionParts): void {
  app.post(
    '/v1/workspaces/:munchkinId/write-keys',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'createWriteKey',
        summary: 'Make a write key of the Postback API',
        params: workspaceParams,
        body: newWriteKey,
        response: { 201: writeKeySecret, ...problems(400, 401, 403, 404, 409) },
      },
      // A call without a body asks for a key with nothing particular about it.
      preValidation: async (request) => {
        request.body ??= {};
      },
    },
    async (request, reply) => {
      const workspace = workspaceOf(parts, request.params.munchkinId).munchkinId;
      const { name, databases, access = 'write-only' } = request.body;
      const made = await parts.change(async () => {
        if (writeKeysOf(parts, workspace).some((key) => key.name === name)) throw nameTaken(name);
        const wanted = { workspace, access, now: parts.clock.now(), ...(name !== undefined && { name }) };
        return addWriteKey(parts.control, { ...wanted, ...(databases && { databases: folded(databases) }) });
      });
      return reply.code(201).send(made);
    },
  );
}

function listWriteKeys(app: Api, parts: DefinitionParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/write-keys',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'listWriteKeys',
        summary: 'List the write keys',
        params: workspaceParams,
        querystring: pageQuery,
        response: { 200: pageOf(writeKeyItem), ...problems(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const items = writeKeysOf(parts, request.params.munchkinId).map(shownWriteKey);
      return pageByKey(items, (key) => key.id, { url: request.url, ...request.query });
    },
  );
}

function deleteWriteKey(app: Api, parts: DefinitionParts): void {
  app.delete(
    '/v1/workspaces/:munchkinId/write-keys/:id',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'deleteWriteKey',
        summary: 'Delete a write key; it opens nothing from then on',
        params: Type.Object({ munchkinId: munchkinIdParam, id: Type.String() }),
        response: { 204: Type.Null({ description: 'Deleted' }), ...problems(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const workspace = workspaceOf(parts, request.params.munchkinId).munchkinId;
      const { id } = request.params;
      if (await parts.change(() => parts.control.removeWriteKey(workspace, id))) return reply.code(204).send(null);
      throw new Problem('write-key-unknown', 'The workspace has no write key with this id.');
    },
  );
}

function writeKeysOf(parts: DefinitionParts, munchkinId: string): readonly WriteKey[] {
  return [...parts.control.definitions().writeKeys.values()].filter((key) => key.workspace === munchkinId);
}

// Database names are folded to lower case wherever they come in, so that a key opens the one that is meant.
function folded(databases: readonly string[]): string[] {
  for (const [at, database] of databases.entries()) {
    const problem = eventNameProblem('database', database);
    if (problem !== undefined) throw invalidInput(`databases[${at}]`, problem);
  }
  return [...new Set(databases.map(foldEventName))];
}

function nameTaken(name: string | undefined): Problem {
  return new Problem('name-taken', `A write key named ${name} exists; choose another name, or delete that key first.`);
}

type ShownWriteKey = Omit<WriteKey, 'workspace' | 'keyHash' | 'createdAt'> & { readonly createdAt: string };

function shownWriteKey(key: WriteKey): ShownWriteKey {
  const { id, name, databases, access, createdAt } = key;
  const limits = databases === undefined ? {} : { databases };
  return { id, name, access, createdAt: new Date(createdAt).toISOString(), ...limits };
}
