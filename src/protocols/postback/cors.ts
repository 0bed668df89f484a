/**
 * Cross-origin requests of browsers (WHATWG Fetch, section 3.3), on the routes that take events in.
 * Owns: what browsers are told. Never: guards anything; the write key does.
 */
import type { Answer } from '#protocols/answer.ts';

const METHODS = 'GET, HEAD, POST, OPTIONS';

/** What the clients set, for a preflight that does not say. Firefox asks for `user-agent`, Chromium does not. */
const HEADERS =
  'authorization, content-type, content-encoding, user-agent, x-td-write-key, x-td-fetch-api, x-td-data-type';

/** How long a browser may remember a preflight; Chromium remembers none for longer. */
const MAX_AGE_SECONDS = 7200;

/** Headers of every answer to a request with `Origin`. With credentials a browser takes no `*`, so it is echoed. */
export function crossOriginHeaders(origin: string): readonly string[] {
  return [
    'Access-Control-Allow-Origin',
    origin,
    'Access-Control-Allow-Credentials',
    'true',
    'Access-Control-Expose-Headers',
    'X-Request-Id, Retry-After',
    'Vary',
    'Origin',
  ];
}

/** The answer to OPTIONS. `requestedHeaders`: what the browser wants to send, all of which it may. */
export function preflight(requestedHeaders: string | undefined): Answer {
  return {
    status: 204,
    headers: [
      'Allow',
      METHODS,
      'Access-Control-Allow-Methods',
      METHODS,
      'Access-Control-Allow-Headers',
      requestedHeaders || HEADERS,
      'Access-Control-Max-Age',
      String(MAX_AGE_SECONDS),
    ],
    body: '',
  };
}
