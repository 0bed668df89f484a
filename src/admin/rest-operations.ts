/**
 * What the OpenAPI document says of the REST calls, made from the table that routes them.
 * Their bodies and answers are those of Marketo's own documents: docs/specs/marketo-rest.md.
 */
import { REST_CALLS } from '#protocols/marketo-rest/calls.ts';
import type { RestMethod } from '#protocols/marketo-rest/calls.ts';
import type { OpenAPIV3 } from 'openapi-types';

type Operation = OpenAPIV3.OperationObject;
type Parameter = OpenAPIV3.ParameterObject;
type Schema = OpenAPIV3.SchemaObject;

const fault: Schema = {
  type: 'object',
  required: ['code', 'message'],
  properties: { code: { type: 'string' }, message: { type: 'string' } },
};

const envelope: Schema = {
  type: 'object',
  required: ['requestId', 'success'],
  properties: {
    requestId: { type: 'string' },
    success: { type: 'boolean' },
    result: { type: 'array', items: {} },
    errors: { type: 'array', items: fault },
    warnings: { type: 'array', items: { type: 'string' } },
    nextPageToken: { type: 'string' },
    moreResult: { type: 'boolean' },
  },
};

const content = { 'application/json': { schema: envelope } };

const responses: OpenAPIV3.ResponsesObject = {
  200: { description: 'Success, or errors with success: false', content },
  413: { description: 'More than 1 MiB', content },
  414: { description: 'More than 8 KiB of URL; send the query as a POST form with _method=GET', content },
};

const READING: readonly Parameter[] = ['filterType', 'filterValues', 'fields', 'batchSize', 'nextPageToken'].map(
  (name) => ({ name, in: 'query', schema: { type: 'string' } }),
);

function parametersIn(path: string): Parameter[] {
  return [...path.matchAll(/\{(?<name>\w+)\}/g)].map(({ groups }) => ({
    name: groups?.['name'] ?? '',
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

const MEMBERS = { GET: 'get', POST: 'post', DELETE: 'delete' } as const;

/** By path, as the OpenAPI document lists them. A call that has several routes is told at each. */
export const REST_PATHS: OpenAPIV3.PathsObject = Object.fromEntries(
  [...Map.groupBy(routes(), ({ path }) => path)].map(([path, group]) => [`/rest/v1/${path}`, pathItem(group)]),
);

interface Route {
  readonly method: RestMethod;
  readonly path: string;
  readonly operation: Operation;
}

function routes(): readonly Route[] {
  return Object.entries(REST_CALLS).flatMap(([name, call]) =>
    call.routes.map(([method, path], at): Route => {
      const operationId = at === 0 ? name : `${name}By${method}${at}`;
      return { method, path, operation: operation({ operationId, summary: call.summary, method, path }) };
    }),
  );
}

function pathItem(group: readonly Route[]): OpenAPIV3.PathItemObject {
  return Object.fromEntries(group.map(({ method, operation: shown }) => [MEMBERS[method], shown]));
}

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly method: RestMethod;
  readonly path: string;
}

function operation({ operationId, summary, method, path }: Described): Operation {
  const finds = operationId === 'getLeads' || operationId === 'getObjects';
  const body = { content: { 'application/json': { schema: { type: 'object' } as Schema } } };
  return {
    tags: ['rest'],
    operationId,
    summary,
    description: 'Also below /subscriptions/{munchkinId}.',
    security: [{ accessToken: [] }],
    parameters: [...parametersIn(path), ...(finds ? READING : [])],
    ...(method !== 'GET' && { requestBody: body }),
    responses,
  };
}
