/**
 * Which room a path belongs to.
 * Owns: the prefixes of the collection routes. Never: knows what lies behind them.
 */

export type Route =
  | { readonly protocol: 'postback'; readonly rest: string; readonly query: string }
  | { readonly protocol: 'ingestion'; readonly rest: string; readonly query: string | undefined }
  | {
      readonly protocol: 'identity';
      readonly munchkinId: string | undefined;
      readonly known: boolean;
      readonly query: string;
    };

const POSTBACK = '/postback/';
const EVENT = '/postback/v3/event/';
const SUBSCRIPTIONS = '/subscriptions/';
const IDENTITY = '/identity/';
const TOKEN = '/identity/oauth/token';

/** A target in absolute form, which every server must take (RFC 9112, section 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

/** Undefined when the target is none of the collection routes, and so belongs to the rest of the HTTP API. */
export function routeOf(target: string): Route | undefined {
  const url = target.startsWith('/') ? target : target.replace(ORIGIN, '');
  if (url.startsWith(POSTBACK)) return postbackRoute(url);
  if (url.startsWith(SUBSCRIPTIONS)) return subscriptionRoute(url);
  if (url.startsWith(IDENTITY)) return identityRoute(url, undefined);
  return undefined;
}

function postbackRoute(url: string): Route {
  const { path, query = '' } = splitQuery(url);
  return { protocol: 'postback', rest: path.startsWith(EVENT) ? path.slice(EVENT.length) : '', query };
}

function subscriptionRoute(url: string): Route | undefined {
  const { path, query } = splitQuery(url);
  const rest = path.slice(SUBSCRIPTIONS.length);
  const slash = rest.indexOf('/');
  const tail = slash === -1 ? '' : rest.slice(slash);
  if (tail.startsWith(IDENTITY)) return identityRoute(url.slice(SUBSCRIPTIONS.length + slash), rest.slice(0, slash));
  // Marketo's REST API of a workspace lies under the same prefix, but is not a collection route.
  if (/^\/+rest\//.test(tail)) return undefined;
  return { protocol: 'ingestion', rest, query };
}

function identityRoute(url: string, munchkinId: string | undefined): Route {
  const { path, query = '' } = splitQuery(url);
  return { protocol: 'identity', munchkinId, known: path === TOKEN, query };
}

// An empty query after a question mark is none.
function splitQuery(url: string): { readonly path: string; readonly query: string | undefined } {
  const mark = url.indexOf('?');
  if (mark === -1) return { path: url, query: undefined };
  return { path: url.slice(0, mark), query: url.slice(mark + 1) || undefined };
}
