/**
 * What a trace calls the path of a collection route.
 * Owns: the names. Never: repeats a part of a path; senders put anything there (law 8).
 */
import { readIngestionRoute } from '#protocols/ingestion/route.ts';
import type { Route } from './routes.ts';

export function routeTemplate(route: Route): string {
  switch (route.protocol) {
    case 'postback':
      return route.rest === '' ? '/postback/{path}' : '/postback/v3/event/{database}/{table}';
    case 'records':
      return '/{database}/{table}';
    case 'td-js':
      return tdJsTemplate(route.rest);
    case 'td-mobile':
      return route.known ? '/{sdk}/v3/event' : '/{sdk}/{path}';
    case 'ingestion':
      return ingestionTemplate(route.rest);
    case 'identity':
      return identityTemplate(route);
  }
}

function tdJsTemplate(rest: string): string {
  if (rest === 'global_id' || rest === 'enable_global_id') return `/js/v3/${rest}`;
  return rest.startsWith('event/') ? '/js/v3/event/{database}/{table}' : '/js/{path}';
}

function ingestionTemplate(rest: string): string {
  switch (readIngestionRoute(rest)?.kind) {
    case 'person':
      return '/subscriptions/{munchkinId}/persons';
    case 'customObject':
      return '/subscriptions/{munchkinId}/customobjects/{apiName}';
    case undefined:
      return '/subscriptions/{munchkinId}/{path}';
  }
}

function identityTemplate({ known, munchkinId }: Extract<Route, { protocol: 'identity' }>): string {
  const path = known ? '/identity/oauth/token' : '/identity/{path}';
  return munchkinId === undefined ? path : `/subscriptions/{munchkinId}${path}`;
}
