/**
 * What the OpenAPI document says of Treasure Data's REST API, made from the table that routes its calls.
 * Their answers are those that its clients read: docs/specs/td-rest.md.
 */
import { TD_CALLS } from '#protocols/td-rest/calls.ts';
import type { TdCallEntry, TdMethod } from '#protocols/td-rest/calls.ts';
import { TD_PREFIX } from '#protocols/td-rest/find-call.ts';
import type { OpenAPIV3 } from 'openapi-types';

type Parameter = OpenAPIV3.ParameterObject;
type Schema = OpenAPIV3.SchemaObject;

/** The credential of its calls, by the name that they use below. */
export const TD_SECURITY: Record<string, OpenAPIV3.SecuritySchemeObject> = {
  tdKey: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'TD1, a space, and a write key' },
};

const error: Schema = {
  type: 'object',
  required: ['error', 'message', 'text', 'severity'],
  properties: {
    error: { type: 'string' },
    message: { type: 'string' },
    text: { type: 'string' },
    severity: { type: 'string', enum: ['error'] },
  },
};

const responses: OpenAPIV3.ResponsesObject = {
  200: { description: 'Done', content: { 'application/json': { schema: { type: 'object' } } } },
  default: { description: 'Refused', content: { 'application/json': { schema: error } } },
};

/** What a call takes besides its path. */
const QUERY: Readonly<Record<string, readonly string[]>> = {
  tailTable: ['count', 'format'],
  issueJob: ['query'],
  jobResult: ['format', 'header'],
  listJobs: ['from', 'to', 'status'],
};

const MEMBERS: Readonly<Record<TdMethod, 'get' | 'post' | 'put'>> = { GET: 'get', POST: 'post', PUT: 'put' };

/** By path, as the OpenAPI document lists them. */
export const TD_PATHS: OpenAPIV3.PathsObject = Object.fromEntries(
  Object.entries(TD_CALLS).map(([name, call]) => [
    `${TD_PREFIX}${call.path}`,
    { [MEMBERS[call.method]]: operation(name, call) },
  ]),
);

function operation(name: string, { method, path, access, summary }: TdCallEntry): OpenAPIV3.OperationObject {
  const binary: Schema = { type: 'string', format: 'binary' };
  return {
    tags: ['td-rest'],
    // The admin API has calls of the same names.
    operationId: `td${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    summary,
    security: access === 'public' ? [] : [{ tdKey: [] }],
    parameters: [...inPath(path), ...inQuery(QUERY[name] ?? [])],
    ...(method === 'PUT' && { requestBody: { content: { 'application/octet-stream': { schema: binary } } } }),
    responses,
  };
}

function inPath(path: string): Parameter[] {
  return [...path.matchAll(/\{(?<name>\w+)\}/g)].map(({ groups }) => ({
    name: groups?.['name'] ?? '',
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function inQuery(names: readonly string[]): Parameter[] {
  return names.map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
}
