/**
 * What the OpenAPI document says of the operations that take data in.
 * The gateway serves them, below this API, with checks and codes of their own: docs/specs/gateway.md.
 */
import type { OpenAPIV3 } from 'openapi-types';
import { EVENT_PATHS } from './event-operations.ts';
import { anyObject, inPath, json, refusals } from './operation-parts.ts';
import type { Operation, Parameter, Schema } from './operation-parts.ts';

/** Credentials of the operations, by the names that they use below. */
export const COLLECTION_SECURITY: Record<string, OpenAPIV3.SecuritySchemeObject> = {
  writeKeyHeader: { type: 'apiKey', in: 'header', name: 'X-TD-Write-Key' },
  writeKeyQuery: { type: 'apiKey', in: 'query', name: 'td_write_key' },
  ingestionToken: { type: 'apiKey', in: 'header', name: 'X-Mkto-User-Token' },
};

const ingestionError: Schema = {
  type: 'object',
  required: ['error_code', 'message'],
  properties: { error_code: { type: 'string' }, message: { type: 'string' } },
};

const ingestionHeaders: Parameter[] = [
  { name: 'X-Correlation-Id', in: 'header', schema: { type: 'string', maxLength: 255 } },
  { name: 'X-Request-Source', in: 'header', schema: { type: 'string', maxLength: 50 } },
];

const limitHeaders: Record<string, OpenAPIV3.HeaderObject> = {
  'RateLimit-Policy': { schema: { type: 'string' }, description: 'Requests of a second, objects of a day' },
  RateLimit: { schema: { type: 'string' }, description: 'What is left of both' },
};

const ingestionAnswers: OpenAPIV3.ResponsesObject = {
  202: { description: 'Durable; X-Request-Id names the request', headers: limitHeaders },
  ...refusals(ingestionError, {
    400: '4000801, 4000802',
    401: '401013',
    403: '403010, 4030801',
    404: '404040',
    500: '5000801',
    503: '5030801; see Retry-After',
  }),
  429: {
    description: '429001, 4290801',
    headers: { ...limitHeaders, 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds' } },
    content: json(ingestionError),
  },
};

const priority: Schema = { type: 'string', enum: ['normal', 'high'] };
const objects: Schema = { type: 'array', items: anyObject, minItems: 1, maxItems: 1000 };

function ingestion(operation: Pick<Operation, 'operationId' | 'summary' | 'parameters'>, body: Schema): Operation {
  const { parameters = [], ...names } = operation;
  return {
    tags: ['data ingestion'],
    ...names,
    security: [{ ingestionToken: [] }],
    parameters: [inPath('munchkinId'), ...parameters, ...ingestionHeaders],
    requestBody: { required: true, content: json(body) },
    responses: ingestionAnswers,
  };
}

const pushPersons = ingestion(
  { operationId: 'pushPersons', summary: 'Upsert up to 1,000 persons' },
  {
    type: 'object',
    required: ['persons'],
    additionalProperties: false,
    properties: {
      priority,
      partitionName: { type: 'string' },
      dedupeFields: {
        type: 'object',
        additionalProperties: false,
        properties: { field1: { type: 'string' }, field2: { type: 'string' } },
      },
      persons: objects,
    },
  },
);

const pushCustomObjects = ingestion(
  {
    operationId: 'pushCustomObjects',
    summary: 'Upsert up to 1,000 custom objects of one type',
    parameters: [inPath('customObjectAPIName')],
  },
  {
    type: 'object',
    required: ['customObjects'],
    additionalProperties: false,
    properties: {
      priority,
      dedupeBy: { type: 'string', enum: ['dedupeFields', 'marketoGUID'] },
      customObjects: objects,
    },
  },
);

const tokenMembers: Record<string, Schema> = {
  grant_type: { type: 'string', enum: ['client_credentials'] },
  client_id: { type: 'string' },
  client_secret: { type: 'string' },
};

const tokenAnswers: OpenAPIV3.ResponsesObject = {
  200: {
    description: 'An access token; the same one until it expires',
    content: json({
      type: 'object',
      required: ['access_token', 'token_type', 'expires_in', 'scope'],
      properties: {
        access_token: { type: 'string' },
        token_type: { type: 'string' },
        expires_in: { type: 'integer', description: 'Seconds' },
        scope: { type: 'string' },
      },
    }),
  },
  401: {
    description: 'The credentials are not good',
    content: json({
      type: 'object',
      properties: { error: { type: 'string' }, error_description: { type: 'string' } },
    }),
  },
};

function tokenByQuery(operationId: string): Operation {
  const parameters = Object.entries(tokenMembers).map(([member, schema]): Parameter => ({
    name: member,
    in: 'query',
    required: true,
    schema,
  }));
  const summary = 'An access token for client credentials';
  return { tags: ['identity'], operationId, summary, security: [], parameters, responses: tokenAnswers };
}

function tokenByForm(operationId: string): Operation {
  const form: Schema = { type: 'object', properties: tokenMembers };
  return {
    tags: ['identity'],
    operationId,
    summary: 'The same, with the parameters in the query or in a form',
    security: [],
    requestBody: { content: { 'application/x-www-form-urlencoded': { schema: form } } },
    responses: tokenAnswers,
  };
}

/** By path, as the OpenAPI document lists them. */
export const COLLECTION_PATHS: OpenAPIV3.PathsObject = {
  ...EVENT_PATHS,
  '/subscriptions/{munchkinId}/persons': { post: pushPersons },
  '/subscriptions/{munchkinId}/customobjects/{customObjectAPIName}': { post: pushCustomObjects },
  '/identity/oauth/token': { get: tokenByQuery('getToken'), post: tokenByForm('postToken') },
  '/subscriptions/{munchkinId}/identity/oauth/token': {
    parameters: [inPath('munchkinId')],
    get: tokenByQuery('getWorkspaceToken'),
    post: tokenByForm('postWorkspaceToken'),
  },
};
