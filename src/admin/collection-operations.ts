/**
 * What the OpenAPI document says of the operations that take data in.
 * The gateway serves them, below this API, with checks and codes of their own: docs/specs/gateway.md.
 */
import type { OpenAPIV3 } from 'openapi-types';

type Operation = OpenAPIV3.OperationObject;
type Parameter = OpenAPIV3.ParameterObject;
type Schema = OpenAPIV3.SchemaObject;

/** Credentials of the operations, by the names that they use below. */
export const COLLECTION_SECURITY: Record<string, OpenAPIV3.SecuritySchemeObject> = {
  writeKeyHeader: { type: 'apiKey', in: 'header', name: 'X-TD-Write-Key' },
  writeKeyQuery: { type: 'apiKey', in: 'query', name: 'td_write_key' },
  ingestionToken: { type: 'apiKey', in: 'header', name: 'X-Mkto-User-Token' },
};

const name: Schema = { type: 'string', pattern: '^[A-Za-z0-9_]{1,255}$' };
const anyObject: Schema = { type: 'object', additionalProperties: true };

function inPath(parameter: string, schema: Schema = { type: 'string' }): Parameter {
  return { name: parameter, in: 'path', required: true, schema };
}

function json(schema: Schema): Record<string, OpenAPIV3.MediaTypeObject> {
  return { 'application/json': { schema } };
}

const postbackError: Schema = {
  type: 'object',
  required: ['error', 'message'],
  properties: { error: { type: 'string' }, message: { type: 'string' } },
};

const ingestionError: Schema = {
  type: 'object',
  required: ['error_code', 'message'],
  properties: { error_code: { type: 'string' }, message: { type: 'string' } },
};

function refusals(schema: Schema, descriptions: Readonly<Record<string, string>>): OpenAPIV3.ResponsesObject {
  const entries = Object.entries(descriptions).map(([status, description]) => [
    status,
    { description, content: json(schema) },
  ]);
  return Object.fromEntries(entries) as OpenAPIV3.ResponsesObject;
}

const postEvent: Operation = {
  tags: ['postback'],
  operationId: 'postEvent',
  summary: 'Take in an event, or up to 10,000 of them',
  security: [{ writeKeyHeader: [] }, { writeKeyQuery: [] }],
  parameters: [inPath('database', name), inPath('table', name)],
  requestBody: {
    required: true,
    content: json({ oneOf: [anyObject, { type: 'array', items: anyObject, minItems: 1, maxItems: 10_000 }] }),
  },
  responses: {
    200: { description: 'Durable', content: json({ type: 'object', maxProperties: 0 }) },
    ...refusals(postbackError, {
      400: 'A name or the body is not good',
      403: 'The key is missing, unknown, or not allowed to write there',
      413: 'More than 1,048,064 bytes after inflation',
      429: 'Too much at once; see Retry-After',
      503: 'The log cannot take it; see Retry-After',
    }),
  },
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
  '/postback/v3/event/{database}/{table}': { post: postEvent },
  '/subscriptions/{munchkinId}/persons': { post: pushPersons },
  '/subscriptions/{munchkinId}/customobjects/{customObjectAPIName}': { post: pushCustomObjects },
  '/identity/oauth/token': { get: tokenByQuery('getToken'), post: tokenByForm('postToken') },
  '/subscriptions/{munchkinId}/identity/oauth/token': {
    parameters: [inPath('munchkinId')],
    get: tokenByQuery('getWorkspaceToken'),
    post: tokenByForm('postWorkspaceToken'),
  },
};
