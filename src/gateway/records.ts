/**
 * Serves the records endpoint, `POST /{database}/{table}`: Treasure Data's Data Ingestion API and its SDKs.
 * Owns: the order of its checks. Never: lets a bad record harm the good ones beside it (law 5).
 */
import type { Answer } from '#protocols/answer.ts';
import { refusePostback } from '#protocols/postback/errors.ts';
import { MAX_RECORDS_BODY_BYTES, readRecords, recordsLayout } from '#protocols/records/body.ts';
import type { GoodRecord, RecordReading, RecordsLayout } from '#protocols/records/body.ts';
import { senderIds } from '#protocols/records/outline.ts';
import type { SenderId } from '#protocols/records/outline.ts';
import { receiptsAnswer } from '#protocols/records/receipts.ts';
import type { Receipt } from '#protocols/records/receipts.ts';
import type { BodyShare } from './body/body-memory.ts';
import { readContentType } from './body/content-type.ts';
import { readBytes, readJson, readText } from './collection-body.ts';
import type { TextBody } from './collection-body.ts';
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
import type { NewEvents } from './collection-entry.ts';
import type { Exchange } from './exchange.ts';
import { serveEventBody } from './postback.ts';
import { receiptIds } from './receipt-ids.ts';
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

async function admit(given: KeyedCase, received: ReceivedRecords): Promise<Answer> {
  const refusal = await checkDatabase(given);
  if (refusal !== undefined) return refusal;
  const body = readText(given.exchange, received.bytes);
  if ('refusal' in body) return body.refusal;
  const ids = received.layout === 'batch' ? senderIds(received.bytes) : undefined;
  return ids === undefined ? admitParsed(given, body, received) : admitOutlined(given, body, ids);
}

// Nearly every batch. What cannot pass in this way is parsed, which tells the faults as well.
async function admitOutlined(
  given: KeyedCase,
  { text, bytes: body }: TextBody,
  ids: readonly SenderId[],
): Promise<Answer> {
  const noRoom = await append(given, { format: FORMATS.batch, events: ids.length, text, body });
  if (noRoom !== undefined) return noRoom;
  const idOf = receiptIds(given.state.parts.newRequestId());
  return receiptsAnswer(ids.map((uuid, index) => ({ success: true, uuid: uuid ?? idOf(index) })));
}

async function admitParsed(given: KeyedCase, body: TextBody, { layout, share }: ReceivedRecords): Promise<Answer> {
  const { text, bytes } = body;
  const json = readJson(text);
  if ('refusal' in json) return json.refusal;
  const read = readRecords({ value: json.value, layout, bytes: bytes.length });
  if ('problem' in read) return refusePostback('BadRequest', read.problem);
  const good = read.records.filter(isGood);
  const noRoom =
    good.length === read.records.length
      ? await append(given, { format: FORMATS[layout], events: good.length, text, body: bytes })
      : await appendGood(given, good, share);
  if (noRoom !== undefined) return noRoom;
  const receipts = receiptsOf(read.records, receiptIds(given.state.parts.newRequestId()));
  reportRefusedRecords(given.exchange, receipts);
  return receiptsAnswer(receipts);
}

/** Of a body all of whose records are good, which the log has as it was sent. */
const FORMATS: Readonly<Record<RecordsLayout, 'records' | 'json'>> = { batch: 'records', single: 'json' };

async function append(given: KeyedCase, events: NewEvents): Promise<Answer | undefined> {
  const appended = await appendEvents(given, { ...events, idKey: 'uuid', keyedBy: 'uuid' });
  return typeof appended === 'number' ? undefined : refuseNoRoom(appended);
}

// When none is good there is nothing to make durable: the receipts say so.
async function appendGood(
  given: KeyedCase,
  good: readonly GoodRecord[],
  share: BodyShare,
): Promise<Answer | undefined> {
  if (good.length === 0) return undefined;
  const text = JSON.stringify(good.map(({ record }) => record));
  const body = Buffer.from(text);
  if (!share.hold(body.length)) {
    return refuseNoRoom({ reason: 'too many bodies are being read', retryAfterSeconds: 1 });
  }
  return append(given, { format: 'json', events: good.length, text, body });
}

function isGood(record: RecordReading): record is GoodRecord {
  return record.fault === undefined;
}

// Each record has an id in its receipt, as Treasure Data gives it; only one that the sender made is stored.
function receiptsOf(records: readonly RecordReading[], idOf: (index: number) => string): readonly Receipt[] {
  return records.map((record, index) =>
    isGood(record) ? { success: true, uuid: record.uuid ?? idOf(index) } : { success: false, error: record.fault },
  );
}
