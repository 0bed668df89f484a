/** Pieces from which the OpenAPI document's operations of the gateway are made. */
import type { OpenAPIV3 } from 'openapi-types';

export type Operation = OpenAPIV3.OperationObject;
export type Parameter = OpenAPIV3.ParameterObject;
export type Schema = OpenAPIV3.SchemaObject;
type Content = Record<string, OpenAPIV3.MediaTypeObject>;

export const anyObject: Schema = { type: 'object', additionalProperties: true };

export function inPath(parameter: string, schema: Schema = { type: 'string' }): Parameter {
  return { name: parameter, in: 'path', required: true, schema };
}

export function inQuery(parameter: string, description: string, schema: Schema = { type: 'string' }): Parameter {
  return { name: parameter, in: 'query', description, schema };
}

export function json(schema: Schema): Content {
  return { 'application/json': { schema } };
}

/** Answers of one shape, by status. */
export function refusals(schema: Schema, descriptions: Readonly<Record<string, string>>): OpenAPIV3.ResponsesObject {
  const entries = Object.entries(descriptions).map(([status, description]) => [
    status,
    { description, content: json(schema) },
  ]);
  return Object.fromEntries(entries) as OpenAPIV3.ResponsesObject;
}
