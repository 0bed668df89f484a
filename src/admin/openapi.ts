/**
 * The OpenAPI 3.1 document: made from the schemas that validate, plus the operations that are served below this API.
 */
import { COLLECTION_PATHS, COLLECTION_SECURITY } from './collection-operations.ts';
import { REST_PATHS } from './rest-operations.ts';
import { TD_PATHS, TD_SECURITY } from './td-operations.ts';
import type { Access } from '#protocols/api/access.ts';
import swagger from '@fastify/swagger';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

type Credential = Readonly<Record<string, readonly string[]>>;

/** Which credentials open a route, by who may call it. Any one of a list suffices. */
const SECURITY: Readonly<Record<Access, readonly Credential[]>> = {
  public: [],
  server: [{ adminToken: [] }],
  workspace: [{ adminToken: [] }],
  'workspace-or-client': [{ adminToken: [] }, { accessToken: [] }],
  'token-or-ticket': [{ adminToken: [] }, { accessToken: [] }, { ticket: [] }],
  client: [{ accessToken: [] }],
  'write-key': [{ tdKey: [] }],
};

interface Described {
  readonly version: string;
  readonly publicUrl: string | undefined;
}

/** Before the routes, which it watches being registered. */
export async function describeApi(app: FastifyInstance, described: Described): Promise<void> {
  await app.register(swagger, options(described));
  app.get(
    '/openapi.json',
    {
      config: { access: 'public' },
      schema: {
        tags: ['health'],
        operationId: 'openapi',
        summary: 'This document',
        response: { 200: { type: 'object', additionalProperties: true } },
      },
    },
    async (_request, reply) => reply.type('application/json').send(JSON.stringify(app.swagger())),
  );
  const { pathname: indexPrefix } = new URL(described.publicUrl ?? 'http://localhost');
  await app.register(swaggerUi, { routePrefix: DOCS_PATH, indexPrefix, staticCSP: PAGE_POLICY });
}

/** The readable page, with all that it loads. It is for anyone: it shows no more than the document. */
export const DOCS_PATH = '/docs';

/** The page loads from this server alone, by whatever scheme it came; its styles and images stand in it, too. */
const PAGE_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "base-uri 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

function options({ version, publicUrl }: Described): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Inlet', version, description: DESCRIPTION, license: { name: 'Apache-2.0' } },
      // Without servers, paths begin where the document came from; whoever reads it there may still choose that.
      ...(publicUrl !== undefined && { servers: [{ url: publicUrl }, { url: '/' }] }),
      components: {
        securitySchemes: {
          adminToken: {
            type: 'http',
            scheme: 'bearer',
            description: 'Admin token: of everything, or of one workspace',
          },
          accessToken: { type: 'http', scheme: 'bearer', description: 'Access token of a client of the workspace' },
          ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'Good once, for a minute' },
          ...COLLECTION_SECURITY,
          ...TD_SECURITY,
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const security = SECURITY[route.config?.access ?? 'server'];
      return { schema: { ...schema, security }, url };
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) return document.swaggerObject;
      const { openapiObject } = document;
      return { ...openapiObject, paths: { ...COLLECTION_PATHS, ...REST_PATHS, ...TD_PATHS, ...openapiObject.paths } };
    },
    // Shared schemas keep their own names; every one of them has an id.
    refResolver: { buildLocalReference: ({ $id }) => $id as string },
  };
}

const DESCRIPTION =
  `Customer-data ingestion: a success answer means that the bytes are durable, and every object in them
reaches exactly one fate that can be looked up. Every answer carries X-Request-Id.`.replaceAll('\n', ' ');
