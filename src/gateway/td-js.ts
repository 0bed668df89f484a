/**
 * Serves what td-js-sdk 1 to 3 calls below `/js/v3/`, and the global id for all of them.
 * Owns: the order of its checks. Never: looks into an event; what becomes of it is the applier's to decide.
 */
import type { Answer } from '#protocols/answer.ts';
import { readEvents } from '#protocols/postback/body.ts';
import { refusePostback } from '#protocols/postback/errors.ts';
import { createdAnswer, globalIdAnswer, isCallback } from '#protocols/td-js/answers.ts';
import { decodeRecord } from '#protocols/td-js/base64-record.ts';
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
import { globalIdOf } from './global-id.ts';
import { serveEventBody } from './postback.ts';
import type { Route } from './routes.ts';
import { firstRefusal } from './state.ts';
import type { Check, GatewayState, Outcome } from './state.ts';

const EVENT = 'event/';
const PATHS = '/js/v3/event/{database}/{table}';

type TdJsRoute = Extract<Route, { protocol: 'td-js' }>;

const HEAD_CHECKS: readonly Check<CollectionCase>[] = [checkMethod, checkKey, checkNames, checkDatabaseOfKey];

export async function serveTdJs(exchange: Exchange, route: TdJsRoute, state: GatewayState): Promise<Outcome> {
  const { rest, query } = route;
  if (rest === 'global_id' || rest === 'enable_global_id') return serveGlobalId(exchange, query);
  const given = beginCase(exchange, state, query);
  const path = rest.startsWith(EVENT) ? rest.slice(EVENT.length) : '';
  const refusal = checkPath(given, path, PATHS) ?? firstRefusal(HEAD_CHECKS, given);
  if (refusal !== undefined) return refusal;
  const { method } = exchange.request;
  if (method === 'HEAD') return given.success;
  const parameters = new URLSearchParams(query);
  const record = parameters.get('data');
  // While a page is left, the SDK posts what it would have asked for: all in the query, and no body.
  if (method === 'POST' && record === null) return serveEventBody(given as KeyedCase);
  return serveQueryRecord(given as KeyedCase, record ?? '', parameters.get('callback') ?? undefined);
}

async function serveQueryRecord(given: KeyedCase, record: string, callback: string | undefined): Promise<Answer> {
  if (callback !== undefined && !isCallback(callback)) return refuseCallback();
  const refusal = await checkDatabase(given);
  if (refusal !== undefined) return refusal;
  const text = decodeRecord(record);
  if (text === undefined) return refusePostback('BadRequest', "'data' is not base64 of a JSON object");
  const events = readEvents(text, 'application/json');
  if ('problem' in events) return refusePostback('BadRequest', `'data': ${events.problem}`);
  const appended = await appendEvents(given, { ...events, text, body: Buffer.from(text) });
  if (typeof appended !== 'number') return refuseNoRoom(appended);
  return callback === undefined ? given.success : createdAnswer(callback);
}

// No key: an id that the browser holds already tells nothing, and a new one even less.
function serveGlobalId(exchange: Exchange, query: string): Answer {
  const { method } = exchange.request;
  if (method !== 'GET' && method !== 'HEAD') return refuseMethod('GET, HEAD, OPTIONS');
  const callback = new URLSearchParams(query).get('callback') ?? undefined;
  if (callback !== undefined && !isCallback(callback)) return refuseCallback();
  return globalIdAnswer(globalIdOf(exchange), callback);
}

function refuseCallback(): Answer {
  return refusePostback('BadRequest', "'callback' must be the name of a function, of at most 128 characters");
}

function checkMethod({ exchange: { request } }: CollectionCase): Answer | undefined {
  const isKnown = request.method === 'GET' || request.method === 'HEAD' || request.method === 'POST';
  return isKnown ? undefined : refuseMethod('GET, HEAD, POST, OPTIONS');
}
