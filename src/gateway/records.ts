/**
 * Serves the records endpoint, `POST /{database}/{table}`: Treasure Data's Data Ingestion API and its SDKs.
 * Owns: the order of its checks. Never: lets a bad record harm the good ones beside it (law 5).
 */
import type { Answer } from '#protocols/answer.ts';
import { refusePostback } from '#protocols/postback/errors.ts';
import { MAX_RECORDS_BODY_BYTES, readRecords, recordsLayout } from '#protocols/records/body.ts';
import type { GoodRecord, RecordReading, RecordsLayout } from '#protocols/records/body.ts';
import { receiptsAnswer } from '#protocols/records/receipts.ts';
import type { Receipt } from '#protocols/records/receipts.ts';
import type { BodyShare } from './body/body-memory.ts';
import { readContentType } from './body/content-type.ts';
import { readBytes, readJson, readText } from './collection-body.ts';
import {
  beginCase,
  checkDatabase,
  checkDatabaseOfKey,
  checkKey,
  checkNames,
  checkPath,
  refuseNoRoom,
} from './collection-case.ts';
import type { CollectionCase, KeyedCase } from './collection-case.ts';
import { appendEvents } from './collection-entry.ts';
import type { Exchange } from './exchange.ts';
import { serveEventBody } from './postback.ts';
import { reportRefusedRecords } from './refused-records.ts';
import type { Route } from './routes.ts';
import { firstRefusal } from './state.ts';
import type { Check, GatewayState, Outcome } from './state.ts';

type RecordsRoute = Extract<Route, { protocol: 'records' }>;

/** In the order of docs/specs/collection.md; the route has seen the method. */
const HEAD_CHECKS: readonly Check<CollectionCase>[] = [checkKey, checkNames, checkDatabaseOfKey];

export async function serveRecords(exchange: Exchange, route: RecordsRoute, state: GatewayState): Promise<Outcome> {
  const given = beginCase(exchange, state, route.query);
  const refusal = checkPath(given, route.rest, '/{database}/{table}') ?? firstRefusal(HEAD_CHECKS, given);
  if (refusal !== undefined) return refusal;
  const layout = recordsLayout(readContentType(exchange.request.headers['content-type']).mediaType);
  // Some SDKs were pointed here with what they send to the Postback API.
  if (layout === undefined) return serveEventBody(given as KeyedCase);
  using share = state.bodyMemory.share();
  const bytes = await readBytes(exchange, MAX_RECORDS_BODY_BYTES, share);
  if ('refusal' in bytes) return bytes.refusal;
  // Awaited here, so that the body's memory counts until the log has it.
  return await admit(given as KeyedCase, { bytes, layout, share });
}

interface ReceivedRecords {
  readonly bytes: Uint8Array;
  readonly layout: RecordsLayout;
  readonly share: BodyShare;
}

async function admit(given: KeyedCase, { bytes, layout, share }: ReceivedRecords): Promise<Answer> {
  const refusal = await checkDatabase(given);
  if (refusal !== undefined) return refusal;
  const body = readText(given.exchange, bytes);
  if ('refusal' in body) return body.refusal;
  const json = readJson(body.text);
  if ('refusal' in json) return json.refusal;
  const read = readRecords(json.value, layout);
  if ('problem' in read) return refusePostback('BadRequest', read.problem);
  const noRoom = await append(given, read.records.filter(isGood), share);
  if (noRoom !== undefined) return noRoom;
  const receipts = read.records.map(receiptOf(given));
  reportRefusedRecords(given.exchange, receipts);
  return receiptsAnswer(receipts);
}

// When none is good there is nothing to make durable: the receipts say so.
async function append(given: KeyedCase, records: readonly GoodRecord[], share: BodyShare): Promise<Answer | undefined> {
  if (records.length === 0) return undefined;
  const text = `[${records.map(({ json }) => json).join(',')}]`;
  const body = Buffer.from(text);
  if (!share.hold(body.length)) {
    return refuseNoRoom({ reason: 'too many bodies are being read', retryAfterSeconds: 1 });
  }
  const events = { format: 'json', events: records.length, text, body, idKey: 'uuid', keyedBy: 'uuid' } as const;
  const appended = await appendEvents(given, events);
  return typeof appended === 'number' ? undefined : refuseNoRoom(appended);
}

function isGood(record: RecordReading): record is GoodRecord {
  return !('fault' in record);
}

// Each record has an id in its receipt, as Treasure Data gives it; only one that the sender made is stored.
function receiptOf({ state }: KeyedCase): (record: RecordReading) => Receipt {
  return (record) =>
    isGood(record)
      ? { success: true, uuid: record.uuid ?? state.parts.newRequestId() }
      : { success: false, error: record.fault };
}
