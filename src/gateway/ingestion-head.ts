/**
 * The checks of the Data Ingestion API that need no body.
 * Owns: rows 1 to 7 of the table in docs/specs/gateway.md, and of row 8 what stands in the head. Never: reads a body.
 */
import { must } from '#kit/assert.ts';
import type { Permission } from '#model/definitions.ts';
import type { Answer } from '#protocols/answer.ts';
import { refuseIngestion } from '#protocols/ingestion/errors.ts';
import { readIngestionRoute } from '#protocols/ingestion/route.ts';
import { isUtf8, readContentType } from './body/content-type.ts';
import type { IngestionCase } from './ingestion-case.ts';
import { checkRate } from './ingestion-limits.ts';
import { headerText } from './sender.ts';
import type { Check } from './state.ts';

const MAX_HEADER_CHARACTERS = { 'x-correlation-id': 255, 'x-request-source': 50 } as const;

/** In the order of the table; the first that refuses answers. */
export const HEAD_CHECKS: readonly Check<IngestionCase>[] = [
  checkPath, // 1
  checkMethod, // 2
  checkTokenPresent, // 3
  checkToken, // 4
  ({ client, state }) => checkRate(state, must(client, 'the token has been checked')), // 5
  checkRights, // 6
  checkObjectType, // 7
  checkQuery, // 8
  checkHeaderLengths, // 8
  checkContentType, // 8
];

function checkPath(given: IngestionCase): Answer | undefined {
  const path = readIngestionRoute(given.route.rest);
  if (path === undefined) return refuseIngestion('404040');
  given.path = path;
  return undefined;
}

function checkMethod({ exchange }: IngestionCase): Answer | undefined {
  if (exchange.request.method === 'POST') return undefined;
  return refuseIngestion('404040', { status: 405, headers: ['Allow', 'POST'], reason: 'only POST is allowed' });
}

function checkTokenPresent({ exchange }: IngestionCase): Answer | undefined {
  return exchange.request.headers['x-mkto-user-token'] ? undefined : refuseIngestion('403010');
}

function checkToken(given: IngestionCase): Answer | undefined {
  const { exchange, state } = given;
  const token = String(exchange.request.headers['x-mkto-user-token']);
  const found = state.tokens.clientOf(token, state.parts.clock.now());
  if (found === undefined) return refuseIngestion('401013');
  given.client = found.client;
  exchange.workspace = found.client.workspace;
  return undefined;
}

// Whether the path's workspace exists makes no difference to a stranger (law 7).
function checkRights(given: IngestionCase): Answer | undefined {
  const client = must(given.client, 'the token has been checked');
  const path = must(given.path, 'the path has been read');
  const permission: Permission = path.kind === 'person' ? 'Read-Write Lead' : 'Read-Write Custom Object';
  if (path.munchkinId !== client.workspace) {
    return refuseIngestion('4030801', { reason: 'the token is not of this subscription' });
  }
  if (!client.permissions.includes(permission)) {
    return refuseIngestion('4030801', { reason: `the permission ${permission} is missing` });
  }
  const { workspaces } = given.state.parts.control.definitions();
  given.workspace = must(workspaces.get(client.workspace), 'a client has a workspace');
  return undefined;
}

function checkObjectType(given: IngestionCase): Answer | undefined {
  const path = must(given.path, 'the path has been read');
  if (path.kind === 'person') return undefined;
  const type = given.workspace?.customObjects.get(path.apiName.toLowerCase());
  if (type === undefined) return refuseIngestion('404040', { reason: 'no such custom object type' });
  given.type = type;
  return undefined;
}

function checkQuery({ route }: IngestionCase): Answer | undefined {
  if (route.query === undefined) return undefined;
  return refuseIngestion('4000801', {
    reason: 'query parameters are not allowed; the token goes into X-Mkto-User-Token',
  });
}

function checkHeaderLengths({ exchange }: IngestionCase): Answer | undefined {
  for (const [name, maxCharacters] of Object.entries(MAX_HEADER_CHARACTERS)) {
    const value = headerText(exchange.request, name);
    if (value === undefined || value.length <= maxCharacters) continue;
    return refuseIngestion('4000801', { reason: `${name} is longer than ${maxCharacters} characters` });
  }
  return undefined;
}

function checkContentType({ exchange }: IngestionCase): Answer | undefined {
  const contentType = readContentType(exchange.request.headers['content-type']);
  if (contentType.mediaType !== 'application/json') {
    return refuseIngestion('4000801', { reason: 'Content-Type must be application/json' });
  }
  return isUtf8(contentType) ? undefined : refuseIngestion('4000801', { reason: 'the charset must be UTF-8' });
}
