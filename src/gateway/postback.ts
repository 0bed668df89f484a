/**
 * Serves the Postback API: admits an event and appends it.
 * Owns: the order of its checks. Never: looks into an event; what becomes of it is the applier's to decide.
 */
import { MAX_KEY_LENGTH } from '#model/idempotency.ts';
import type { Answer } from '#protocols/answer.ts';
import { readEvents } from '#protocols/postback/body.ts';
import { refusePostback } from '#protocols/postback/errors.ts';
import { isPixel, PIXEL } from '#protocols/postback/pixel.ts';
import { readBytes, readText } from './collection-body.ts';
import {
  beginCase,
  checkDatabase,
  checkDatabaseOfKey,
  checkKey,
  checkNames,
  checkPath,
  refuseMethod,
  refuseNoRoom,
} from './collection-case.ts';
import type { CollectionCase, KeyedCase } from './collection-case.ts';
import { appendEvents } from './collection-entry.ts';
import type { Exchange } from './exchange.ts';
import { serveQueryEvent } from './query-event.ts';
import type { Route } from './routes.ts';
import { headerText } from './sender.ts';
import { firstRefusal } from './state.ts';
import type { Check, GatewayState, Outcome } from './state.ts';

/** After inflation. */
const MAX_BODY_BYTES = 1_048_064;

type PostbackRoute = Extract<Route, { protocol: 'postback' }>;

/** In the order of docs/specs/gateway.md, behind the path; size, body and room follow once the body is read. */
const HEAD_CHECKS: readonly Check<CollectionCase>[] = [checkMethod, checkKey, checkNames, checkDatabaseOfKey];

export async function servePostback(exchange: Exchange, route: PostbackRoute, state: GatewayState): Promise<Outcome> {
  const given = beginCase(exchange, state, route.query);
  const refusal =
    checkPath(given, route.rest, '/postback/v3/event/{database}/{table}') ?? firstRefusal(HEAD_CHECKS, given);
  if (refusal !== undefined) return refusal;
  if (standsInQuery(given)) return serveQueryEvent(given as KeyedCase);
  return serveEventBody(given as KeyedCase);
}

/** The events of a body, by its content type; all or none of them are taken. */
export async function serveEventBody(given: KeyedCase): Promise<Outcome> {
  const { exchange, state } = given;
  using share = state.bodyMemory.share();
  const bytes = await readBytes(exchange, MAX_BODY_BYTES, share);
  if ('refusal' in bytes) return bytes.refusal;
  // Awaited here, so that the body's memory counts until the log has it.
  return await admit(given, bytes);
}

async function admit(given: KeyedCase, bytes: Uint8Array): Promise<Answer> {
  const refusal = await checkDatabase(given);
  if (refusal !== undefined) return refusal;
  const read = readText(given.exchange, bytes);
  if ('refusal' in read) return read.refusal;
  const events = readEvents(read.text, read.mediaType);
  if ('problem' in events) return refusePostback('BadRequest', events.problem);
  const idempotencyKey = headerText(given.exchange.request, 'idempotency-key');
  if (!isIdempotencyKey(idempotencyKey)) {
    return refusePostback('BadRequest', `Idempotency-Key must have 1 to ${MAX_KEY_LENGTH} characters`);
  }
  const appended = await appendEvents(given, { ...events, text: read.text, body: bytes, idempotencyKey });
  return typeof appended === 'number' ? given.success : refuseNoRoom(appended);
}

function isIdempotencyKey(key: string | undefined): boolean {
  return key === undefined || (key.length >= 1 && key.length <= MAX_KEY_LENGTH);
}

function checkMethod(given: CollectionCase): Answer | undefined {
  const { method } = given.exchange.request;
  if (isPixel(given.query)) given.success = PIXEL;
  else if (method !== 'POST' && method !== 'GET' && method !== 'HEAD') return refuseMethod('GET, HEAD, POST, OPTIONS');
  return undefined;
}

function standsInQuery({ exchange: { request }, success }: CollectionCase): boolean {
  return success === PIXEL || request.method !== 'POST';
}
