/**
 * Holds a journal against what the store says of its requests (docs/specs/journal.md, Results; law 2).
 * Owns: the verdict, as sentences; none when all is well. Never: reads anything itself. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { noFates } from '#model/fates.ts';
import type { FailureRecord, ObjectFate, RequestRecord } from '#model/fates.ts';
import type { JournalEvent } from '#model/journal.ts';
import type { FateCounts, MunchkinId } from '#model/words.ts';

export interface AuditedStore {
  readonly workspace: MunchkinId;
  readonly requests: readonly RequestRecord[];
  readonly failures: readonly FailureRecord[];
  /** By request id, of each request. */
  readonly fates: ReadonlyMap<string, readonly ObjectFate[]>;
  /** From the first on. */
  readonly journal: readonly JournalEvent[];
}

/** An element of `requests` in a results event, as far as it is judged. */
interface ToldRequest {
  readonly requestId: string;
  readonly requestTime: string;
  readonly clientId: string;
  readonly correlationId: string;
  readonly requestSource: string;
  readonly objectType: string;
  readonly priority: string;
  readonly type: string;
  readonly records: ToldRecords;
  readonly failures?: readonly ToldFailure[];
  readonly failuresUrl?: string;
}

interface ToldRecords extends Partial<FateCounts> {
  readonly received: number;
  readonly created: number;
  readonly updated: number;
}

interface ToldFailure {
  readonly index: number;
  readonly key: unknown;
  readonly code: string;
  readonly message: string;
}

interface Results {
  readonly event: JournalEvent;
  readonly requests: readonly ToldRequest[];
}

export function findJournalFaults(seen: AuditedStore): readonly string[] {
  const { workspace, journal, requests } = seen;
  const results = journal.filter(({ type }) => type === 'results').map((event) => readResults(event));
  return [
    ...journal.flatMap((event, at) => (event.ordinal === at + 1 ? [] : [`event ${at + 1} has place ${event.ordinal}`])),
    ...journal.flatMap((event) => judgeEnvelope(event, workspace)),
    ...results.flatMap((event) => judgeResults(event, requests)),
    ...requests.flatMap((request) => judgeSums(request, results, seen)),
    ...requests.flatMap((request) => judgeFates(request, seen.fates.get(request.requestId) ?? [])),
  ];
}

const MAX_EVENT_BYTES = 256 * 1024;
const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/u;

function judgeEnvelope({ ordinal, id, type, time, event }: JournalEvent, workspace: MunchkinId): readonly string[] {
  const told = JSON.parse(event) as Record<string, unknown>;
  const { data: said, ...envelope } = told;
  const wanted = {
    id,
    specversion: '1.0',
    type: `com.adobe.platform.marketo.observability.${type}`,
    source: 'urn:data_ingestion_service',
    time: new Date(time).toISOString(),
    datacontenttype: 'application/json',
    eventid: id,
    event_id: id,
    recipientclientid: workspace,
    recipient_client_id: workspace,
  };
  const faults = isDeepStrictEqual(envelope, wanted) ? [] : [`event ${ordinal}: ${JSON.stringify(envelope)}`];
  if (!UUID_V7.test(id)) faults.push(`event ${ordinal}: ${id} is no UUID of version 7`);
  if ((said as { munchkinId?: unknown }).munchkinId !== workspace)
    faults.push(`event ${ordinal}: of another workspace`);
  if (Buffer.byteLength(event) > MAX_EVENT_BYTES) faults.push(`event ${ordinal} is too large`);
  return faults;
}

function readResults(event: JournalEvent): Results {
  const { data: said } = JSON.parse(event.event) as { data: { requests: ToldRequest[] } };
  return { event, requests: said.requests };
}

function judgeResults({ event, requests }: Results, records: readonly RequestRecord[]): readonly string[] {
  const faults: string[] = requests.length === 0 ? [`event ${event.ordinal} is empty`] : [];
  if (new Set(requests.map(({ requestId }) => requestId)).size < requests.length) {
    faults.push(`event ${event.ordinal} names a request twice`);
  }
  for (const told of requests) {
    const record = records.find(({ requestId }) => requestId === told.requestId);
    if (record === undefined) faults.push(`event ${event.ordinal} tells of ${told.requestId}, which is not known`);
    else faults.push(...judgeRequest(told, record).map((fault) => `event ${event.ordinal}: ${fault}`));
  }
  return faults;
}

function judgeRequest(told: ToldRequest, record: RequestRecord): readonly string[] {
  const { requestId, requestTime, clientId, correlationId, objectType, priority, type } = told;
  const wanted = {
    requestTime: new Date(record.acceptedAt).toISOString(),
    clientId: record.clientId,
    correlationId: record.correlationId ?? '',
    objectType: record.kind,
    priority: record.lane === 'high' ? 'high' : 'normal',
    type: record.type,
  };
  const given = { requestTime, clientId, correlationId, objectType, priority, type };
  const faults = isDeepStrictEqual(given, wanted) ? [] : [`${requestId}: ${JSON.stringify(given)}`];
  const { received, created, updated, stored = 0, deleted = 0 } = told.records;
  const decided = created + updated + stored + deleted + failedOf(told);
  if (received !== decided || received === 0) faults.push(`${requestId}: received ${received}, decided ${decided}`);
  const isPartial = (told.failures ?? []).length < failedOf(told);
  const mayBePartial = told.failuresUrl !== undefined || (told.failures ?? []).some(({ index }) => index === -1);
  if (isPartial && !mayBePartial) faults.push(`${requestId}: some failures are missing, and no link to them`);
  return faults;
}

function failedOf({ records: { failed } }: ToldRequest): number {
  return Object.values((failed ?? {}) as Record<string, number>).reduce((sum, objects) => sum + objects, 0);
}

/** All events together say of a request what its record says; and of its failures what the quarantine says. */
function judgeSums(record: RequestRecord, results: readonly Results[], seen: AuditedStore): readonly string[] {
  const { requestId, counts } = record;
  const told = results.flatMap(({ requests }) => requests.filter((each) => each.requestId === requestId));
  const sums = noFates();
  for (const each of told) {
    const { received, created, updated, stored = 0, deleted = 0 } = each.records;
    sums.received += received;
    sums.created += created;
    sums.updated += updated;
    sums.stored += stored;
    sums.deleted += deleted;
    sums.failed += failedOf(each);
  }
  const wanted = { ...counts, received: counts.received - counts.pending, pending: 0 };
  const name = `request ${requestId}`;
  const faults = isDeepStrictEqual(sums, wanted)
    ? []
    : [`${name}: the journal says ${JSON.stringify(sums)} instead of ${JSON.stringify(wanted)}`];
  return [
    ...faults,
    ...judgeFailures(
      name,
      told,
      seen.failures.filter((each) => each.requestId === requestId),
    ),
  ];
}

function judgeFailures(
  name: string,
  told: readonly ToldRequest[],
  failures: readonly FailureRecord[],
): readonly string[] {
  if (told.some(({ failuresUrl }) => failuresUrl !== undefined)) return [];
  const given = told.flatMap((each) => each.failures ?? []).toSorted((a, b) => a.index - b.index);
  const wanted = failures
    .map(({ index, key, code, message }) => ({ index, key: JSON.parse(key) as unknown, code, message }))
    .toSorted((a, b) => a.index - b.index);
  if (isDeepStrictEqual(given, wanted)) return [];
  return [`${name}: the journal names ${JSON.stringify(given)} instead of ${JSON.stringify(wanted)}`];
}

/** Each object of the request that has a row has a fate of its own, as often as the counts say. */
function judgeFates({ requestId, counts }: RequestRecord, fates: readonly ObjectFate[]): readonly string[] {
  const faults: string[] = [];
  const places = new Set(fates.map(({ index }) => index));
  if (places.size < fates.length) faults.push(`request ${requestId}: an object has two fates`);
  if (fates.some(({ index }) => index < 0 || index >= counts.received)) {
    faults.push(`request ${requestId}: a fate of an object that it has not got`);
  }
  for (const outcome of ['created', 'updated', 'deleted'] as const) {
    const found = fates.filter((fate) => fate.outcome === outcome).length;
    if (found !== counts[outcome]) faults.push(`request ${requestId}: ${found} fates ${outcome} of ${counts[outcome]}`);
  }
  return faults;
}
