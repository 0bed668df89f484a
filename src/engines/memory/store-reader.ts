/**
 * The memory store's reading side.
 * Owns: nothing; it looks at the committed tables. Never: runs SQL.
 */
import { readBackEvent } from '#model/event-readback.ts';
import type { EventTable } from '#model/event-table.ts';
import {
  addFates,
  byRequestAndIndex,
  type FailureRecord,
  noFates,
  type ObjectFate,
  type ObjectResult,
  type RequestRecord,
  type WorkspaceTotals,
} from '#model/fates.ts';
import { isNamed } from '#model/object-name.ts';
import { failureBytes } from '#model/retention.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { Checkpoint } from '#ports/store.ts';
import {
  type EventPage,
  type EventPageRequest,
  type FailureFilter,
  type FateFilter,
  type JournalPage,
  type JournalPageRequest,
  type ObjectPage,
  type ObjectPageRequest,
  QueryError,
  type RequestFilter,
  type SqlAnswer,
  type StoreReader,
  type WaitingFilter,
} from '#ports/store-reader.ts';
import { journalPage } from './store-journal.ts';
import { objectPage, objectsOf } from './store-objects.ts';
import type { WorkspaceTables } from './store-tables.ts';
import { allWaiting } from './store-waiting.ts';

export class MemoryStoreReader implements StoreReader {
  readonly #tablesOf: (workspace: MunchkinId) => WorkspaceTables;

  /** `tablesOf` gives what was last committed. */
  constructor(tablesOf: (workspace: MunchkinId) => WorkspaceTables) {
    this.#tablesOf = tablesOf;
  }

  async sql(): Promise<SqlAnswer> {
    throw new QueryError('refused', 'the store in memory has no SQL; start with a store on disk');
  }

  async request(workspace: MunchkinId, requestId: RequestId): Promise<RequestRecord | undefined> {
    return this.#tablesOf(workspace).requests.find((request) => request.requestId === requestId);
  }

  async requests(workspace: MunchkinId, filter: RequestFilter): Promise<readonly RequestRecord[]> {
    return this.#tablesOf(workspace)
      .requests.filter((request) => isWanted(request, filter))
      .sort((a, b) => (a.requestId < b.requestId ? 1 : -1))
      .slice(0, filter.limit);
  }

  async results(workspace: MunchkinId, requestId: RequestId): Promise<readonly ObjectResult[]> {
    const results = this.#tablesOf(workspace).results.filter((result) => result.requestId === requestId);
    return results.sort(byRequestAndIndex);
  }

  async waiting(workspace: MunchkinId, filter: WaitingFilter): Promise<readonly WaitingObject[]> {
    const { requestId, type, key, after, limit } = filter;
    return allWaiting(this.#tablesOf(workspace))
      .filter((waiting) => requestId === undefined || waiting.requestId === requestId)
      .filter((waiting) => type === undefined || waiting.type === type)
      .filter((waiting) => key === undefined || isNamed(waiting.keyText, key))
      .filter((waiting) => after === undefined || byRequestAndIndex(waiting, after) > 0)
      .sort(byRequestAndIndex)
      .slice(0, limit);
  }

  async objects(workspace: MunchkinId, page: ObjectPageRequest): Promise<ObjectPage | undefined> {
    const objects = objectsOf(this.#tablesOf(workspace), page.type);
    return objects === undefined ? undefined : objectPage(objects, page);
  }

  async failures(workspace: MunchkinId, filter: FailureFilter): Promise<readonly FailureRecord[]> {
    const { requestId, kind, code, type, key, replayed, after, limit } = filter;
    return this.#tablesOf(workspace)
      .failures.filter((failure) => requestId === undefined || failure.requestId === requestId)
      .filter((failure) => kind === undefined || failure.kind === kind)
      .filter((failure) => code === undefined || failure.code === code)
      .filter((failure) => type === undefined || failure.type === type)
      .filter((failure) => key === undefined || isNamed(failure.key, key))
      .filter((failure) => replayed === undefined || replayed === (failure.replayedBy !== undefined))
      .filter((failure) => after === undefined || byRequestAndIndex(failure, after) > 0)
      .sort(byRequestAndIndex)
      .slice(0, limit);
  }

  async fates(workspace: MunchkinId, { of, after, limit }: FateFilter): Promise<readonly ObjectFate[]> {
    return this.#tablesOf(workspace)
      .fates.filter((fate) =>
        'requestId' in of
          ? fate.requestId === of.requestId
          : fate.type.toLowerCase() === of.type.toLowerCase() && fate.identity === of.identity,
      )
      .filter((fate) => after === undefined || byRequestAndIndex(fate, after) > 0)
      .sort(byRequestAndIndex)
      .slice(0, limit);
  }

  async journal(workspace: MunchkinId, page: JournalPageRequest): Promise<JournalPage> {
    return journalPage(this.#tablesOf(workspace), page);
  }

  async retainedFrom(workspace: MunchkinId): Promise<number> {
    return this.#tablesOf(workspace).retainedFrom;
  }

  async eventTables(workspace: MunchkinId): Promise<readonly EventTable[]> {
    const tables = [...this.#tablesOf(workspace).events].sort(([a], [b]) => (a < b ? -1 : 1));
    return tables.map(([, { table }]) => table);
  }

  async events(workspace: MunchkinId, page: EventPageRequest): Promise<EventPage | undefined> {
    const found = this.#tablesOf(workspace).events.get(`${page.database}.${page.table}`);
    if (found === undefined) return undefined;
    const { from = -Infinity, to = Infinity, start, limit } = page;
    const rows = found.rows
      .map((row, ordinal) => ({ ...row, ordinal }))
      .filter(({ ordinal, time }) => ordinal >= start && time >= from && time < to);
    const events = rows.slice(0, limit).map((row) => readBackEvent(found.table, row));
    const next = rows[limit]?.ordinal;
    return next === undefined ? { events } : { events, next };
  }

  async checkpoint(workspace: MunchkinId): Promise<Checkpoint> {
    return { ...this.#tablesOf(workspace).checkpoint };
  }

  async totals(workspace: MunchkinId): Promise<WorkspaceTotals> {
    const { totals: lanes, failures } = this.#tablesOf(workspace);
    const sum = noFates();
    for (const counts of Object.values(lanes)) addFates(sum, counts);
    const objects = failures.reduce((all, failure) => all + (failure.objects ?? 1), 0);
    const bytes = failures.reduce((all, failure) => all + failureBytes(failure), 0);
    return { workspace, ...sum, lanes, quarantine: { objects, bytes } };
  }
}

function isWanted(request: RequestRecord, filter: RequestFilter): boolean {
  const { state, kind, from = -Infinity, to = Infinity, correlationId, before } = filter;
  return (
    (state === undefined || isIn(request, state)) &&
    (kind === undefined || request.kind === kind) &&
    request.acceptedAt >= from &&
    request.acceptedAt < to &&
    (correlationId === undefined || request.correlationId === correlationId) &&
    (before === undefined || request.requestId < before)
  );
}

function isIn({ counts, finishedAt }: RequestRecord, state: NonNullable<RequestFilter['state']>): boolean {
  switch (state) {
    case 'pending':
      return finishedAt === undefined;
    case 'retrying':
      return counts.pending > 0;
    case 'done':
      return finishedAt !== undefined;
  }
}
