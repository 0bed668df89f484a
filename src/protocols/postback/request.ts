/**
 * The Postback request: path and key.
 * Owns: where they stand, and which one counts. Never: knows which keys exist.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface PostbackPath {
  /** As sent: neither checked nor folded. */
  readonly database: string;
  readonly table: string;
}

/** Reads what follows `/postback/v3/event/`. One trailing slash is taken. Undefined when there is no such path. */
export function readPostbackPath(rest: string): PostbackPath | undefined {
  const end = rest.endsWith('/') ? rest.length - 1 : rest.length;
  const slash = rest.indexOf('/');
  if (slash === -1 || slash >= end) return undefined;
  if (rest.lastIndexOf('/', end - 1) !== slash) return undefined;
  return { database: rest.slice(0, slash), table: rest.slice(slash + 1, end) };
}

/**
 * The write key of a request: `Authorization: TD1 <key>`, else `X-TD-Write-Key`, else `td_write_key` in the query,
 * else `api_key` there. The first that is there counts, right or wrong. `query` comes without its question mark.
 */
export function readWriteKey(headers: IncomingHttpHeaders, query: string): string | undefined {
  const authorization = headers.authorization;
  if (authorization !== undefined && authorization.slice(0, 4).toUpperCase() === 'TD1 ') {
    return authorization.slice(4).trim();
  }
  const header = headers['x-td-write-key'];
  if (typeof header === 'string') return header;
  if (!query.includes('_key')) return undefined;
  const parameters = new URLSearchParams(query);
  return parameters.get('td_write_key') ?? parameters.get('api_key') ?? undefined;
}
