/**
 * Serves the older mobile protocol: one request for several tables, each of which becomes an entry.
 * Owns: the order of its checks, and the ids of the entries. Never: says of an event that it is there before it is.
 */
import { isJsonObject } from '#model/json.ts';
import type { JsonObject } from '#model/json.ts';
import { foldEventName } from '#model/event-names.ts';
import { receiptTime } from '#model/event-time.ts';
import type { Answer } from '#protocols/answer.ts';
import { refusePostback } from '#protocols/postback/errors.ts';
import { tableReceiptsAnswer } from '#protocols/records/receipts.ts';
import type { Receipt, RecordFault } from '#protocols/records/receipts.ts';
import { eventOfMobile, MAX_MOBILE_BODY_BYTES, MOBILE_ID_KEY, readMobileBody } from '#protocols/td-mobile/body.ts';
import type { MobileTable } from '#protocols/td-mobile/body.ts';
import type { BodyShare } from './body/body-memory.ts';
import { readBytes, readJson, readText } from './collection-body.ts';
import {
  beginCase,
  checkDatabase,
  checkDatabaseOfKey,
  checkKey,
  namesProblem,
  refuseMethod,
  refuseNoRoom,
} from './collection-case.ts';
import type { CollectionCase, KeyedCase } from './collection-case.ts';
import { appendEvents } from './collection-entry.ts';
import type { FurtherEntry, NewEvents } from './collection-entry.ts';
import type { Exchange } from './exchange.ts';
import type { NoRoom } from './intake.ts';
import { reportRefusedRecords } from './refused-records.ts';
import type { Route } from './routes.ts';
import { firstRefusal } from './state.ts';
import type { Check, GatewayState, Outcome } from './state.ts';

type MobileRoute = Extract<Route, { protocol: 'td-mobile' }>;

const HEAD_CHECKS: readonly Check<CollectionCase>[] = [checkMethod, checkKey, checkFormat];

export async function serveTdMobile(exchange: Exchange, route: MobileRoute, state: GatewayState): Promise<Outcome> {
  if (!route.known) return refusePostback('NotFound', 'events go to /ios/v3/event or /android/v3/event');
  const given = beginCase(exchange, state, route.query);
  const refusal = firstRefusal(HEAD_CHECKS, given);
  if (refusal !== undefined) return refusal;
  using share = state.bodyMemory.share();
  const bytes = await readBytes(exchange, MAX_MOBILE_BODY_BYTES, share);
  if ('refusal' in bytes) return bytes.refusal;
  // Awaited here, so that the body's memory counts until the log has it.
  return await admit(given as KeyedCase, bytes, share);
}

async function admit(given: KeyedCase, bytes: Uint8Array, share: BodyShare): Promise<Answer> {
  const body = readText(given.exchange, bytes);
  if ('refusal' in body) return body.refusal;
  const json = readJson(body.text);
  if ('refusal' in json) return json.refusal;
  const read = readMobileBody(json.value);
  if ('problem' in read) return refusePostback('BadRequest', read.problem);
  const receivedAt = receiptTime(given.state.parts.clock.now());
  const tables = read.tables.map((table) => checkedTable(given, table, receivedAt));
  for (const { place } of tables) {
    const refusal = place && (checkDatabaseOfKey(place) ?? (await checkDatabase(place)));
    if (refusal !== undefined) return refusal;
  }
  const heldBytes = tables.reduce((sum, { entry }) => sum + (entry?.body.length ?? 0), 0);
  if (!share.hold(heldBytes)) return refuseNoRoom({ reason: 'too many bodies are being read', retryAfterSeconds: 1 });
  return answerOf(given.exchange, await Promise.all(appendAll(tables)));
}

/** A table of the body on its way; without `place` and `entry` nothing of it is taken. */
interface CheckedTable {
  readonly name: string;
  readonly receipts: readonly Receipt[];
  /** The request, for this table alone. */
  readonly place?: KeyedCase;
  readonly entry?: NewEvents;
}

function checkedTable(given: KeyedCase, { name, place, events }: MobileTable, receivedAt: number): CheckedTable {
  const problem = place === undefined ? 'the name must be "database.table"' : namesProblem(place.database, place.table);
  if (place === undefined || problem !== undefined) {
    const fault: RecordFault = { name: 'InvalidCollectionNameError', description: String(problem) };
    return { name, receipts: events.map(() => ({ success: false, error: fault })) };
  }
  const good = events.filter(isJsonObject);
  const receipts = events.map((event): Receipt => (isJsonObject(event) ? { success: true } : NOT_AN_OBJECT));
  const database = foldEventName(place.database);
  const placed = { ...given, database, table: foldEventName(place.table) };
  return { name, receipts, place: placed, ...(good.length > 0 && { entry: entryOf(good, receivedAt) }) };
}

const NOT_AN_OBJECT: Receipt = {
  success: false,
  error: { name: 'InvalidPropertyValueError', description: 'the event is not an object' },
};

function entryOf(events: readonly JsonObject[], receivedAt: number): NewEvents {
  const text = JSON.stringify(events.map((event) => eventOfMobile(event, receivedAt)));
  return { format: 'json', events: events.length, text, body: Buffer.from(text), idKey: MOBILE_ID_KEY };
}

interface AppendedTable {
  readonly name: string;
  readonly receipts: readonly Receipt[];
  /** Why nothing of it was taken. */
  readonly noRoom?: NoRoom;
  readonly isTaken: boolean;
}

// The first entry has the request's own id, by which the others name it.
function appendAll(tables: readonly CheckedTable[]): Promise<AppendedTable>[] {
  const first = tables.findIndex(({ entry }) => entry !== undefined);
  return tables.map(async ({ name, receipts, place, entry }, at) => {
    if (place === undefined || entry === undefined) return { name, receipts, isTaken: false };
    const appended = await appendEvents(place, entry, at === first ? undefined : furtherEntry(place));
    if (typeof appended === 'number') return { name, receipts, isTaken: true };
    return { name, receipts: receipts.map(notTaken(appended)), noRoom: appended, isTaken: false };
  });
}

function furtherEntry({ exchange, state }: KeyedCase): FurtherEntry {
  return { requestId: state.parts.newRequestId(), correlationId: exchange.requestId };
}

// What found no room beside what is durable is said event by event, and its sender keeps it and sends it again.
function answerOf(exchange: Exchange, tables: readonly AppendedTable[]): Answer {
  const noRoom = tables.find((table) => table.noRoom !== undefined)?.noRoom;
  if (noRoom !== undefined && !tables.some(({ isTaken }) => isTaken)) return refuseNoRoom(noRoom);
  reportRefusedRecords(
    exchange,
    tables.flatMap(({ receipts }) => receipts),
  );
  return tableReceiptsAnswer(new Map(tables.map(({ name, receipts }) => [name, receipts])));
}

function notTaken({ reason }: NoRoom): (receipt: Receipt) => Receipt {
  const error = { name: 'ServiceUnavailable', description: reason } as const;
  return (receipt) => (receipt.success ? { success: false, error } : receipt);
}

function checkMethod({ exchange: { request } }: CollectionCase): Answer | undefined {
  return request.method === 'POST' ? undefined : refuseMethod('POST, OPTIONS');
}

function checkFormat({ exchange: { request } }: CollectionCase): Answer | undefined {
  if (request.headers['x-td-data-type'] === 'k') return undefined;
  return refusePostback('BadRequest', 'the header X-TD-Data-Type must be k');
}
