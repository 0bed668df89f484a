/**
 * A request that brings events, and the checks that all such requests share.
 * Owns: what is asked of a key and of names. Never: reads a body, or appends.
 */
import { hash } from 'node:crypto';
import type { WriteKey } from '#model/definitions.ts';
import { eventNameProblem, foldEventName } from '#model/event-names.ts';
import type { Answer } from '#protocols/answer.ts';
import { POSTBACK_SUCCESS, refusePostback } from '#protocols/postback/errors.ts';
import { readPostbackPath, readWriteKey } from '#protocols/postback/request.ts';
import { QueryError } from '#ports/store-reader.ts';
import type { Exchange } from './exchange.ts';
import type { NoRoom } from './intake.ts';
import type { GatewayState } from './state.ts';

/** A request on its way through the checks; each may add what it found. */
export interface CollectionCase {
  readonly exchange: Exchange;
  readonly state: GatewayState;
  /** Without its question mark. */
  readonly query: string;
  database: string;
  table: string;
  /** What a durable event is answered with. */
  success: Answer;
  /** As sent, once it has been found good; it may stand in the query. */
  sentKey?: string;
  writeKey?: WriteKey;
}

export interface KeyedCase extends CollectionCase {
  writeKey: WriteKey;
}

export function beginCase(exchange: Exchange, state: GatewayState, query: string): CollectionCase {
  return { exchange, state, query, database: '', table: '', success: POSTBACK_SUCCESS };
}

/** Takes database and table from what stands behind a prefix; `paths` says for the sender how they are written. */
export function checkPath(given: CollectionCase, rest: string, paths: string): Answer | undefined {
  const path = readPostbackPath(rest);
  if (path === undefined) return refusePostback('NotFound', `events go to ${paths}`);
  given.database = path.database;
  given.table = path.table;
  return undefined;
}

// The key is looked up by its hash, so that no comparison reveals how much of it was right (law 8).
export function checkKey(given: CollectionCase): Answer | undefined {
  const key = readWriteKey(given.exchange.request.headers, given.query);
  if (!key) {
    return refusePostback('Forbidden', 'no write key; send it in X-TD-Write-Key, Authorization: TD1, or td_write_key');
  }
  const writeKey = given.state.parts.control.definitions().writeKeys.get(hash('sha256', key));
  if (writeKey === undefined) return refuseKey(given, 'the write key is unknown or revoked');
  given.sentKey = key;
  given.writeKey = writeKey;
  given.exchange.workspace = writeKey.workspace;
  return undefined;
}

export function checkNames(given: CollectionCase): Answer | undefined {
  const problem = namesProblem(given.database, given.table);
  if (problem !== undefined) return refusePostback('BadRequest', problem);
  given.database = foldEventName(given.database);
  given.table = foldEventName(given.table);
  return undefined;
}

/** Why these name no table, for the sender. Undefined when they do. */
export function namesProblem(database: string, table: string): string | undefined {
  return eventNameProblem('database', database) ?? eventNameProblem('table', table);
}

export function checkDatabaseOfKey(given: CollectionCase): Answer | undefined {
  const allowed = given.writeKey?.databases;
  if (allowed === undefined || allowed.includes(given.database)) return undefined;
  return refuseKey(given, `the write key may not write to database '${given.database}'`);
}

// In compat mode a bad key is answered as Treasure Data's Postback API answers it: with success, and the event is
// dropped. The neighbours' senders act on what they are told of each event, and are told the truth.
function refuseKey(given: CollectionCase, reason: string): Answer {
  const { exchange, state, database, table } = given;
  if (exchange.protocol !== 'postback' || state.parts.options.postbackAuth === 'strict') {
    return refusePostback('Forbidden', reason);
  }
  state.parts.events.postbackRejected({ requestId: exchange.requestId, database, table, reason });
  return given.success;
}

/** Only the store knows which databases there are; while it is silent, whether the event may come in is not known. */
export async function checkDatabase({ state: { parts }, writeKey, database }: KeyedCase): Promise<Answer | undefined> {
  if (parts.options.createDatabases) return undefined;
  try {
    if (await parts.databaseExists(writeKey.workspace, database)) return undefined;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return refuseNoRoom({ reason: 'whether the database exists cannot be told at the moment', retryAfterSeconds: 1 });
  }
  return refusePostback('BadRequest', `database '${database}' does not exist, and events may not create one`);
}

export function refuseNoRoom({ reason, retryAfterSeconds }: NoRoom): Answer {
  return refusePostback('ServiceUnavailable', reason, ['Retry-After', String(retryAfterSeconds)]);
}

export function refuseMethod(methods: string): Answer {
  return refusePostback('MethodNotAllowed', undefined, ['Allow', methods]);
}
