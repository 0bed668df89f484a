/**
 * Schemas that routes of the HTTP API share: they validate, they type the handlers, and they are the OpenAPI text.
 * Owns: parameters, paging and error answers. Never: decides.
 */
import { PROBLEMS } from './problems.ts';
import { Type } from '@fastify/type-provider-typebox';
import type {
  FastifyPluginAsyncTypebox,
  TInteger,
  TObject,
  TOptional,
  TSchema,
  TString,
} from '@fastify/type-provider-typebox';

/** What routes are added to: a server whose schemas type its handlers. */
export type Api = Parameters<FastifyPluginAsyncTypebox>[0];

export const munchkinIdParam: TString = Type.String({
  description: 'Munchkin id of the workspace, such as 556-RJS-213',
});

export const workspaceParams: TObject<{ munchkinId: TString }> = Type.Object({ munchkinId: munchkinIdParam });

export const limitParam: TOptional<TInteger> = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Items in one page; 100 unless given' }),
);

export const afterParam: TOptional<TString> = Type.Optional(
  Type.String({ maxLength: 512, description: 'Where the page before ended; taken from its `next`' }),
);

export const pageQuery: TObject<{ limit: TOptional<TInteger>; after: TOptional<TString> }> = Type.Object(
  { limit: limitParam, after: afterParam },
  { additionalProperties: false },
);

/** The answer of a list: `items`, and the path of the next page while there is one. */
export function pageOf(item: TSchema): TSchema {
  return Type.Object({
    items: Type.Array(item),
    next: Type.Optional(Type.String({ description: 'Path of the next page; absent on the last' })),
  });
}

/** An answer with a problem document, as the OpenAPI document shows it. */
interface ProblemAnswer {
  readonly description: string;
  readonly content: Readonly<Record<'application/problem+json', { readonly schema: TSchema }>>;
}

/** The answers of a route besides its success. */
export function problems(...statuses: readonly number[]): Record<number, ProblemAnswer> {
  return Object.fromEntries([...statuses, 500].map((status) => [status, problemAnswer(status)]));
}

function problemAnswer(status: number): ProblemAnswer {
  const kinds = Object.entries(PROBLEMS).filter(([, kind]) => kind.status === status);
  const description = kinds.map(([code, { title }]) => `${code}: ${title}`).join('. ');
  return { description, content: { 'application/problem+json': { schema: Type.Ref('Problem') } } };
}

/** To be added to the server once, under its `$id`. */
export const problemSchema: TSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.Enum(Object.keys(PROBLEMS), { description: 'Stable' }),
    detail: Type.String({ description: 'What is wrong here and how to mend it' }),
    requestId: Type.String({ description: 'Also in X-Request-Id' }),
    errors: Type.Optional(Type.Array(Type.Object({ member: Type.String(), message: Type.String() }))),
  },
  { $id: 'Problem', description: 'RFC 9457' },
);
