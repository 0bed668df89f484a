/**
 * Which room a path belongs to.
 * Owns: the prefixes of the collection routes. Never: knows what lies behind them.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { JS_RECORDS_TYPE } from '#protocols/records/body.ts';
import { readContentType } from './body/content-type.ts';

/** `query` comes without its question mark. */
export type Route =
  | { readonly protocol: 'postback'; readonly rest: string; readonly query: string }
  | { readonly protocol: 'records'; readonly rest: string; readonly query: string }
  /** `rest` is what follows `/js/v3/`. */
  | { readonly protocol: 'td-js'; readonly rest: string; readonly query: string }
  | { readonly protocol: 'td-mobile'; readonly known: boolean; readonly query: string }
  | { readonly protocol: 'ingestion'; readonly rest: string; readonly query: string | undefined }
  | {
      readonly protocol: 'identity';
      readonly munchkinId: string | undefined;
      readonly known: boolean;
      readonly query: string;
    };

/** What a route depends on besides the target. */
export interface RouteHead {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

const POSTBACK = '/postback/';
const EVENT = '/postback/v3/event/';
const SUBSCRIPTIONS = '/subscriptions/';
const IDENTITY = '/identity/';
const TOKEN = '/identity/oauth/token';
const JS = '/js/';
const JS_V3 = '/js/v3/';
const MOBILE = /^\/(?:ios|android)\//;
/** The older mobile protocol; browsers' events have names behind it. */
const MOBILE_EVENT = /^\/(?:ios|android|js)\/v3\/event\/?$/;
/** `/{database}/{table}`, with or without a slash at the end. */
const RECORDS = /^\/([^/]+)\/[^/]+\/?$/;

/** First segments that are never a database: routes that there are, or may be. */
const NEVER_DATABASES: ReadonlySet<string> = new Set([
  'v1',
  'v3',
  'rest',
  'identity',
  'subscriptions',
  'postback',
  'js',
  'ios',
  'android',
  'console',
  'docs',
  'keys',
  'openapi.json',
  'healthz',
  'readyz',
  'metrics',
]);

/** A target in absolute form, which every server must take (RFC 9112, section 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

const NO_HEAD: RouteHead = { headers: {} };

/** Undefined when the target is none of the collection routes, and so belongs to the rest of the HTTP API. */
export function routeOf(target: string, head: RouteHead = NO_HEAD): Route | undefined {
  const url = target.startsWith('/') ? target : target.replace(ORIGIN, '');
  if (url.startsWith(POSTBACK)) return postbackRoute(url);
  if (url.startsWith(SUBSCRIPTIONS)) return subscriptionRoute(url);
  if (url.startsWith(IDENTITY)) return identityRoute(url, undefined);
  if (url.startsWith(JS) || MOBILE.test(url)) return sdkRoute(url);
  if (head.method === 'POST' || isPreflight(head)) return recordsRoute(url) ?? globalIdRoute(url, head);
  return globalIdRoute(url, head);
}

/** Whether browsers may read the answers from pages of other origins. */
export function isCrossOrigin({ protocol }: Route): boolean {
  return protocol !== 'ingestion' && protocol !== 'identity';
}

function postbackRoute(url: string): Route {
  const { path, query = '' } = splitQuery(url);
  return { protocol: 'postback', rest: path.startsWith(EVENT) ? path.slice(EVENT.length) : '', query };
}

function sdkRoute(url: string): Route {
  const { path, query = '' } = splitQuery(url);
  const known = MOBILE_EVENT.test(path);
  if (known || !path.startsWith(JS)) return { protocol: 'td-mobile', known, query };
  return { protocol: 'td-js', rest: path.startsWith(JS_V3) ? path.slice(JS_V3.length) : '', query };
}

function recordsRoute(url: string): Route | undefined {
  const { path, query = '' } = splitQuery(url);
  const database = RECORDS.exec(path)?.[1];
  if (database === undefined || NEVER_DATABASES.has(database.toLowerCase())) return undefined;
  return { protocol: 'records', rest: path.slice(1), query };
}

// The browser SDK asks the root for its global id, which by its content type alone differs from a visit.
function globalIdRoute(url: string, head: RouteHead): Route | undefined {
  if (url !== '/' && !url.startsWith('/?')) return undefined;
  const { mediaType } = readContentType(head.headers['content-type']);
  if (mediaType !== JS_RECORDS_TYPE && !isPreflight(head)) return undefined;
  return { protocol: 'td-js', rest: 'global_id', query: '' };
}

function isPreflight({ method, headers }: RouteHead): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
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
