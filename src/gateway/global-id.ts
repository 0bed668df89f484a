/**
 * The global id: a UUID in a cookie, by which a browser is known across sites.
 * Owns: the cookie. Never: stores an id; an event has it only where its sender asked for it.
 */
import { randomUUID } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { addHeaders } from './exchange.ts';
import type { Exchange } from './exchange.ts';

const COOKIE = /(?:^|;\s*)td_global_id=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:;|$)/;

/** 400 days: browsers keep no cookie for longer. */
const MAX_AGE_SECONDS = 400 * 86_400;

/** The id that the request's cookie holds, or a new one. The answer sets it (again), so that it lives on. */
export function globalIdOf(exchange: Exchange): string {
  if (exchange.globalId !== undefined) return exchange.globalId;
  const { request } = exchange;
  const globalId = COOKIE.exec(request.headers.cookie ?? '')?.[1] ?? randomUUID();
  exchange.globalId = globalId;
  addHeaders(exchange, ['Set-Cookie', cookieOf(globalId, isSecure(exchange))]);
  return globalId;
}

// Other sites' pages send a cookie only with SameSite=None, which browsers take over https alone.
function cookieOf(globalId: string, secure: boolean): string {
  const scope = secure ? 'SameSite=None; Secure' : 'SameSite=Lax';
  return `td_global_id=${globalId}; Path=/; Max-Age=${MAX_AGE_SECONDS}; HttpOnly; ${scope}`;
}

function isSecure({ request, parts }: Exchange): boolean {
  if ((request.socket as Partial<TLSSocket>).encrypted === true) return true;
  // Each proxy on the way adds its own; the first saw the browser.
  return parts.options.trustProxy && /^\s*https\s*(?:,|$)/i.test(String(request.headers['x-forwarded-proto']));
}
