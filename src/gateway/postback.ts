/**
 * Serves the Postback API: admits an event and appends it.
 * Owns: the order of its checks. Never: looks into an event; what becomes of it is the applier's to decide.
 */
import { hash } from 'node:crypto';
import type { WriteKey } from '#model/definitions.ts';
import type { EventEnvelope } from '#model/entry.ts';
import { eventNameProblem, foldEventName } from '#model/event-names.ts';
import { decodeUtf8 } from '#model/json.ts';
import type { Answer } from '#protocols/answer.ts';
import { readEvents } from '#protocols/postback/body.ts';
import type { EventsBody } from '#protocols/postback/body.ts';
import { POSTBACK_SUCCESS, refusePostback } from '#protocols/postback/errors.ts';
import { readPostbackPath, readWriteKey } from '#protocols/postback/request.ts';
import type { Position } from '#model/words.ts';
import { QueryError } from '#ports/store-reader.ts';
import { isUtf8, readContentType } from './body/content-type.ts';
import { readBody } from './body/read-body.ts';
import type { BodyFault } from './body/read-body.ts';
import type { Exchange } from './exchange.ts';
import type { NoRoom } from './intake.ts';
import type { Route } from './routes.ts';
import { headerText, senderAddress, traceparent } from './sender.ts';
import { firstRefusal } from './state.ts';
import type { Check, GatewayState, Outcome } from './state.ts';

/** After inflation. */
const MAX_BODY_BYTES = 1_048_064;

type PostbackRoute = Extract<Route, { protocol: 'postback' }>;

/** A request on its way through the checks; each may add what it found. */
interface PostbackCase {
  readonly exchange: Exchange;
  readonly state: GatewayState;
  readonly route: PostbackRoute;
  database: string;
  table: string;
  writeKey?: WriteKey;
}

interface KeyedCase extends PostbackCase {
  writeKey: WriteKey;
}

/** In the order of docs/specs/gateway.md; size, body and room follow once the body is read. */
const HEAD_CHECKS: readonly Check<PostbackCase>[] = [checkPath, checkMethod, checkKey, checkNames, checkDatabaseOfKey];

export async function servePostback(exchange: Exchange, route: PostbackRoute, state: GatewayState): Promise<Outcome> {
  const given: PostbackCase = { exchange, state, route, database: '', table: '' };
  const refusal = firstRefusal(HEAD_CHECKS, given);
  if (refusal !== undefined) return refusal;
  using share = state.bodyMemory.share();
  const body = await readBody(exchange.request, MAX_BODY_BYTES, share);
  if (typeof body === 'string') return bodyOutcome(body);
  // Awaited here, so that the body's memory counts until the log has it.
  return await admit(given as KeyedCase, body);
}

async function admit(given: KeyedCase, body: Uint8Array): Promise<Answer> {
  const refusal = await checkDatabase(given);
  if (refusal !== undefined) return refusal;
  const contentType = readContentType(given.exchange.request.headers['content-type']);
  if (!isUtf8(contentType)) return refusePostback('BadRequest', 'the charset must be UTF-8');
  const text = decodeUtf8(body);
  if (text === undefined) return refusePostback('BadRequest', 'the body is not UTF-8');
  const events = readEvents(text, contentType.mediaType);
  if ('problem' in events) return refusePostback('BadRequest', events.problem);
  const appended = given.state.intake.noRoom() ?? (await append(given, body, { ...events, text }));
  return typeof appended === 'number' ? POSTBACK_SUCCESS : refuseNoRoom(appended);
}

function append(
  given: KeyedCase,
  body: Uint8Array,
  events: EventsBody & { readonly text: string },
): Promise<Position | NoRoom> {
  const { exchange, state, writeKey } = given;
  return state.intake.append({
    workspace: writeKey.workspace,
    lane: 'events',
    requestId: exchange.requestId,
    acceptedAt: state.parts.clock.now(),
    objects: events.events,
    envelope: envelopeOf(given, events),
    body,
  });
}

function envelopeOf(
  { exchange: { request }, state, writeKey, database, table }: KeyedCase,
  { format, text }: EventsBody & { readonly text: string },
): EventEnvelope {
  const trace = traceparent(request);
  // A placeholder such as "td_ip" can only be filled in when the body has one.
  const placeholders = text.includes('td_');
  const ip = placeholders ? senderAddress(request, state.parts.options.trustProxy) : undefined;
  const userAgent = placeholders ? headerText(request, 'user-agent') : undefined;
  return {
    kind: 'event',
    clientId: writeKey.id,
    database,
    table,
    format,
    ...(ip !== undefined && { ip }),
    ...(userAgent !== undefined && { userAgent }),
    ...(trace !== undefined && { traceparent: trace }),
  };
}

function checkPath(given: PostbackCase): Answer | undefined {
  const path = readPostbackPath(given.route.rest);
  if (path === undefined) return refusePostback('NotFound', 'events go to /postback/v3/event/{database}/{table}');
  given.database = path.database;
  given.table = path.table;
  return undefined;
}

function checkMethod({ exchange }: PostbackCase): Answer | undefined {
  return exchange.request.method === 'POST'
    ? undefined
    : refusePostback('MethodNotAllowed', undefined, ['Allow', 'POST']);
}

// The key is looked up by its hash, so that no comparison reveals how much of it was right (law 8).
function checkKey(given: PostbackCase): Answer | undefined {
  const key = readWriteKey(given.exchange.request.headers, given.route.query);
  if (!key) {
    return refusePostback('Forbidden', 'no write key; send it in X-TD-Write-Key, Authorization: TD1, or td_write_key');
  }
  const writeKey = given.state.parts.control.definitions().writeKeys.get(hash('sha256', key));
  if (writeKey === undefined) return refuseKey(given, 'the write key is unknown or revoked');
  given.writeKey = writeKey;
  given.exchange.workspace = writeKey.workspace;
  return undefined;
}

function checkNames(given: PostbackCase): Answer | undefined {
  const problem = eventNameProblem('database', given.database) ?? eventNameProblem('table', given.table);
  if (problem !== undefined) return refusePostback('BadRequest', problem);
  given.database = foldEventName(given.database);
  given.table = foldEventName(given.table);
  return undefined;
}

function checkDatabaseOfKey(given: PostbackCase): Answer | undefined {
  const allowed = given.writeKey?.databases;
  if (allowed === undefined || allowed.includes(given.database)) return undefined;
  return refuseKey(given, `the write key may not write to database '${given.database}'`);
}

// In compat mode a bad key is answered as Treasure Data answers it: with success, and the event is dropped.
function refuseKey({ exchange, state, database, table }: PostbackCase, reason: string): Answer {
  if (state.parts.options.postbackAuth === 'strict') return refusePostback('Forbidden', reason);
  state.parts.events.postbackRejected({ requestId: exchange.requestId, database, table, reason });
  return POSTBACK_SUCCESS;
}

// Only the store knows which databases there are; while it is silent, whether the event may come in is not known.
async function checkDatabase({ state: { parts }, writeKey, database }: KeyedCase): Promise<Answer | undefined> {
  if (parts.options.createDatabases) return undefined;
  try {
    if (await parts.databaseExists(writeKey.workspace, database)) return undefined;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return refuseNoRoom({ reason: 'whether the database exists cannot be told at the moment', retryAfterSeconds: 1 });
  }
  return refusePostback('BadRequest', `database '${database}' does not exist, and events may not create one`);
}

function refuseNoRoom({ reason, retryAfterSeconds }: NoRoom): Answer {
  return refusePostback('ServiceUnavailable', reason, ['Retry-After', String(retryAfterSeconds)]);
}

function bodyOutcome(fault: BodyFault): Outcome {
  switch (fault) {
    case 'gone':
      return 'gone';
    case 'too-large':
      return refusePostback('PayloadTooLarge', `at most ${MAX_BODY_BYTES} bytes are taken, after inflation`);
    case 'unknown-coding':
      return refusePostback('BadRequest', 'Content-Encoding must be gzip, deflate, br or zstd');
    case 'broken-coding':
      return refusePostback('BadRequest', 'the body cannot be inflated');
    case 'no-memory':
      return refuseNoRoom({ reason: 'too many bodies are being read', retryAfterSeconds: 1 });
  }
}
