/**
 * The reading side of the store, without SQL.
 * Owns: the statements of each page. Never: sees a batch that is not committed, or writes.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { must } from '#kit/assert.ts';
import { readBackEvent } from '#model/event-readback.ts';
import type { EventTable } from '#model/event-table.ts';
import type { FailureRecord, ObjectResult, RequestRecord, WorkspaceTotals } from '#model/fates.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { Checkpoint } from '#ports/store.ts';
import type {
  EventPage,
  EventPageRequest,
  FailureFilter,
  ObjectPage,
  ObjectPageRequest,
  RequestFilter,
  StoreReader,
  WaitingFilter,
} from '#ports/store-reader.ts';
import { loadEventTable, loadEventTables, stateRow, type StateRow } from './catalog.ts';
import { eventColumnExpression } from './column-types.ts';
import { baseTable, eventTableName, identifier, isUuid, ORDINAL } from './identifiers.ts';
import { readObjects } from './object-pages.ts';
import { eventRow, failureRecord, objectResult, requestRecord, WAITING_OBJECT, waitingObject } from './reader-rows.ts';
import { WAITING } from './waiting-state.ts';

type Condition = readonly [sql: string, value: DuckDBValue | undefined];

export class DuckDbReader implements Omit<StoreReader, 'sql'> {
  readonly #connect: (workspace: MunchkinId) => Promise<DuckDBConnection>;

  /** `connect` gives a connection that the reader closes. */
  constructor(connect: (workspace: MunchkinId) => Promise<DuckDBConnection>) {
    this.#connect = connect;
  }

  async request(workspace: MunchkinId, requestId: RequestId): Promise<RequestRecord | undefined> {
    if (!isUuid(requestId)) return undefined;
    // A constant, not a parameter: the ids rise with acceptance, and constants are held against the zone maps at once.
    const sql = `from ${baseTable('requests')} where "requestId" = '${requestId}'::uuid`;
    return await this.#read(workspace, async (connection) => {
      const row = (await (await connection.run(sql)).getRowObjects())[0];
      return row === undefined ? undefined : requestRecord(row);
    });
  }

  async requests(workspace: MunchkinId, filter: RequestFilter): Promise<readonly RequestRecord[]> {
    const { state, kind, from, to, correlationId, before, limit } = filter;
    if (before !== undefined && !isUuid(before)) return [];
    const { where, values } = conjunction([
      ['"finishedAt" is null', state === 'pending' ? true : undefined],
      // What has been tried and is pending waits for another try.
      ['pending > 0', state === 'retrying' ? true : undefined],
      ['"finishedAt" is not null', state === 'done' ? true : undefined],
      ['kind = $', kind],
      ['"acceptedAt" >= epoch_ms($::bigint)', from],
      ['"acceptedAt" < epoch_ms($::bigint)', to],
      ['"correlationId" = $', correlationId],
      ['"requestId" < $::uuid', before],
    ]);
    const sql = `from ${baseTable('requests')} ${where} order by "requestId" desc limit ${limit}`;
    return await this.#read(workspace, async (connection) =>
      (await (await connection.run(sql, values)).getRowObjects()).map(requestRecord),
    );
  }

  async results(workspace: MunchkinId, requestId: RequestId): Promise<readonly ObjectResult[]> {
    if (!isUuid(requestId)) return [];
    const sql = `from ${baseTable('results')} where "requestId" = '${requestId}'::uuid order by "index"`;
    return await this.#read(workspace, async (connection) =>
      (await (await connection.run(sql)).getRowObjects()).map(objectResult),
    );
  }

  async waiting(workspace: MunchkinId, filter: WaitingFilter): Promise<readonly WaitingObject[]> {
    const { requestId, after, limit } = filter;
    if (!areUuids(requestId, after?.requestId)) return [];
    const { where, values } = conjunction([['"requestId" = $::uuid', requestId], ...behind(after)]);
    const sql = `select ${WAITING_OBJECT} from ${WAITING} ${where} order by "requestId", "index" limit ${limit}`;
    return await this.#read(workspace, async (connection) =>
      (await (await connection.run(sql, values)).getRowObjects()).map(waitingObject),
    );
  }

  async objects(workspace: MunchkinId, page: ObjectPageRequest): Promise<ObjectPage | undefined> {
    return await this.#read(workspace, async (connection) => {
      // One snapshot for columns and rows: a field may be used for the first time between two statements.
      await connection.run('begin transaction read only');
      return await readObjects(connection, page);
    });
  }

  async failures(workspace: MunchkinId, filter: FailureFilter): Promise<readonly FailureRecord[]> {
    const { requestId, kind, code, type, replayed, after, limit } = filter;
    if (!areUuids(requestId, after?.requestId)) return [];
    const { where, values } = conjunction([
      ['"requestId" = $::uuid', requestId],
      ['kind = $', kind],
      ['code = $', code],
      ['type = $', type],
      ['("replayedBy" is not null) = $', replayed],
      ...behind(after),
    ]);
    const sql = `from ${baseTable('failures')} ${where} order by "requestId", "index" limit ${limit}`;
    return await this.#read(workspace, async (connection) =>
      (await (await connection.run(sql, values)).getRowObjects()).map(failureRecord),
    );
  }

  async eventTables(workspace: MunchkinId): Promise<readonly EventTable[]> {
    return await this.#read(workspace, (connection) => loadEventTables(connection, 'order by name'));
  }

  async events(workspace: MunchkinId, page: EventPageRequest): Promise<EventPage | undefined> {
    return await this.#read(workspace, async (connection) => {
      // One snapshot for schema and rows: a column may widen between two statements.
      await connection.run('begin transaction read only');
      const table = await loadEventTable(connection, `${page.database}.${page.table}`);
      return table === undefined ? undefined : await readEvents(connection, table, page);
    });
  }

  async checkpoint(workspace: MunchkinId): Promise<Checkpoint> {
    return (await this.#state(workspace)).checkpoint;
  }

  async totals(workspace: MunchkinId): Promise<WorkspaceTotals> {
    return { workspace, ...(await this.#state(workspace)).totals };
  }

  async #state(workspace: MunchkinId): Promise<StateRow> {
    return must(await this.#read(workspace, stateRow), 'the state table has its row');
  }

  async #read<Result>(workspace: MunchkinId, work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.#connect(workspace);
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  }
}

async function readEvents(connection: DuckDBConnection, table: EventTable, page: EventPageRequest): Promise<EventPage> {
  const { from, to, start, limit } = page;
  const timed = from !== undefined || to !== undefined;
  const { where, values } = conjunction([
    [`${identifier(ORDINAL)} >= $::bigint`, start],
    // Without a filter on time the page's end is known, and nothing behind it is looked at.
    [`${identifier(ORDINAL)} <= $::bigint`, timed ? undefined : start + limit],
    ['"time" >= $::bigint', from],
    ['"time" < $::bigint', to],
  ]);
  const columns = [identifier(ORDINAL), '"time"', ...table.columns.map(eventColumnExpression)];
  if (table.extra) columns.push('"_extra"');
  const result = await connection.run(
    `select ${columns.join(', ')} from ${baseTable(eventTableName(table.database, table.table))}
     ${where} order by ${identifier(ORDINAL)} limit ${limit + 1}`,
    values,
  );
  const rows = (await result.getRows()).map((row) => eventRow(table, row));
  const events = rows.slice(0, limit).map((row) => readBackEvent(table, row));
  const next = rows[limit]?.ordinal;
  return next === undefined ? { events } : { events, next };
}

/** Joins the conditions that have a value; each `$` stands for its value. */
function conjunction(conditions: readonly Condition[]): { where: string; values: DuckDBValue[] } {
  const values: DuckDBValue[] = [];
  const parts: string[] = [];
  for (const [sql, value] of conditions) {
    if (value === undefined) continue;
    if (sql.includes('$')) values.push(value);
    parts.push(sql.replace('$', `$${values.length}`));
  }
  return { where: parts.length === 0 ? '' : `where ${parts.join(' and ')}`, values };
}

/** Behind the last of the page before, by request and index. */
function behind(after: WaitingFilter['after']): Condition[] {
  return [
    ['"requestId" >= $::uuid', after?.requestId],
    [`("requestId" > '${after?.requestId}'::uuid or "index" > $::integer)`, after?.index],
  ];
}

/** False when an id that is given is none that a request can have. */
function areUuids(...ids: readonly (string | undefined)[]): boolean {
  return ids.every((id) => id === undefined || isUuid(id));
}
