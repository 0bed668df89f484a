/**
 * Checks bodies and parameters against their schemas. A body is taken as it is; in the query, where everything is
 * text, the digits of an integer become one. Nothing else is converted, filled in or left out.
 */
import type { TSchema } from '@fastify/type-provider-typebox';
import type { FastifySchemaCompiler } from 'fastify';
import { Compile } from 'typebox/compile';

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const integers = httpPart === 'querystring' ? integerMembers(schema) : [];
  return (given: unknown) => {
    const value = integers.length === 0 ? given : withIntegers(given as Readonly<Record<string, unknown>>, integers);
    if (validator.Check(value)) return { value };
    return { error: validator.Errors(value) as unknown as Error };
  };
};

function integerMembers(schema: TSchema): readonly string[] {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, { readonly type?: string }>> };
  return Object.keys(properties).filter((member) => properties[member]?.type === 'integer');
}

function withIntegers(query: Readonly<Record<string, unknown>>, members: readonly string[]): Record<string, unknown> {
  const value: Record<string, unknown> = { ...query };
  for (const member of members) {
    const text = value[member];
    if (typeof text === 'string' && /^-?\d{1,15}$/u.test(text)) value[member] = Number(text);
  }
  return value;
}
