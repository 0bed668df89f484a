/**
 * Serves the identity endpoint: credentials in, access token out.
 * Owns: the order of its checks. Never: says of a wrong client more than that it is wrong (law 7).
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Client } from '#model/definitions.ts';
import {
  answerToken,
  readTokenRequest,
  refuseIdentity,
  refuseUnknownClient,
} from '#protocols/identity/token-request.ts';
import type { TokenRequest } from '#protocols/identity/token-request.ts';
import { readContentType } from './body/content-type.ts';
import { readBody } from './body/read-body.ts';
import type { BodyFault } from './body/read-body.ts';
import type { Exchange } from './exchange.ts';
import type { Route } from './routes.ts';
import type { GatewayState, Outcome } from './state.ts';

type IdentityRoute = Extract<Route, { protocol: 'identity' }>;

const MAX_FORM_BYTES = 16 * 1024;

export async function serveIdentity(exchange: Exchange, route: IdentityRoute, state: GatewayState): Promise<Outcome> {
  const { method } = exchange.request;
  if (!route.known) return refuseIdentity('not_found');
  if (method !== 'GET' && method !== 'POST') {
    return refuseIdentity('method_not_allowed', undefined, ['Allow', 'GET, POST']);
  }
  const reading = method === 'POST' ? await readForm(exchange, state) : { form: '' };
  if ('outcome' in reading) return reading.outcome;
  const request = readTokenRequest(route.query, reading.form);
  return 'answer' in request ? request.answer : grant(exchange, { ...request, route }, state);
}

async function grant(
  exchange: Exchange,
  request: TokenRequest & { readonly route: IdentityRoute },
  state: GatewayState,
): Promise<Outcome> {
  const client = state.parts.control.definitions().clients.get(request.clientId);
  const { munchkinId } = request.route;
  if (client === undefined || (munchkinId !== undefined && client.workspace !== munchkinId)) {
    return refuseUnknownClient(request.clientId);
  }
  exchange.workspace = client.workspace;
  if (!hasSecret(client, request.clientSecret)) return refuseIdentity('invalid_client');
  return answerToken(await state.issuer.grant(client));
}

function hasSecret(client: Client, secret: string): boolean {
  const given = Buffer.from(hash('sha256', secret));
  const known = Buffer.from(client.secretHash);
  return given.length === known.length && timingSafeEqual(given, known);
}

type FormReading = { readonly form: string } | { readonly outcome: Outcome };

// A body that is no form carries no parameter, and is left unread.
async function readForm({ request }: Exchange, state: GatewayState): Promise<FormReading> {
  const { mediaType } = readContentType(request.headers['content-type']);
  if (mediaType !== 'application/x-www-form-urlencoded') return { form: '' };
  using share = state.bodyMemory.share();
  const body = await readBody(request, MAX_FORM_BYTES, share);
  return typeof body === 'string' ? { outcome: bodyOutcome(body) } : { form: Buffer.from(body).toString() };
}

function bodyOutcome(fault: BodyFault): Outcome {
  if (fault === 'gone') return 'gone';
  if (fault === 'no-memory') return refuseIdentity('temporarily_unavailable', undefined, ['Retry-After', '1']);
  return refuseIdentity(
    'invalid_request',
    fault === 'too-large' ? 'the body is too large' : 'the body cannot be inflated',
  );
}
