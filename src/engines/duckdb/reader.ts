/**
 * The reading side of the store, without SQL.
 * Owns: the statements of each page. Never: sees a batch that is not committed, or writes.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { must } from '#kit/assert.ts';
import { readBackEvent } from '#model/event-readback.ts';
import type { EventTable } from '#model/event-table.ts';
import type { FailureRecord, ObjectFate, ObjectResult, RequestRecord, WorkspaceTotals } from '#model/fates.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { Checkpoint } from '#ports/store.ts';
import type {
  EventPage,
  EventPageRequest,
  FailureFilter,
  FateFilter,
  JournalPage,
  JournalPageRequest,
  ObjectPage,
  ObjectPageRequest,
  RequestFilter,
  StoreReader,
  WaitingFilter,
} from '#ports/store-reader.ts';
import { loadEventTable, loadEventTables, stateRow, type StateRow } from './catalog.ts';
import { eventColumnExpression } from './column-types.ts';
import { baseTable, eventTableName, identifier, isUuid, ORDINAL } from './identifiers.ts';
import { conjunction, readFailures, readFates, readWaiting } from './fate-pages.ts';
import { readJournal } from './journal-pages.ts';
import { sumOfLanes } from './lane-totals.ts';
import { readObjects } from './object-pages.ts';
import { eventRow, objectResult, requestRecord } from './reader-rows.ts';

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
    return await this.#readOne(workspace, (connection) => readWaiting(connection, filter));
  }

  async objects(workspace: MunchkinId, page: ObjectPageRequest): Promise<ObjectPage | undefined> {
    // A field may be used for the first time between two statements.
    return await this.#readOne(workspace, (connection) => readObjects(connection, page));
  }

  async failures(workspace: MunchkinId, filter: FailureFilter): Promise<readonly FailureRecord[]> {
    return await this.#readOne(workspace, (connection) => readFailures(connection, filter));
  }

  async fates(workspace: MunchkinId, filter: FateFilter): Promise<readonly ObjectFate[]> {
    return await this.#read(workspace, (connection) => readFates(connection, filter));
  }

  async journal(workspace: MunchkinId, page: JournalPageRequest): Promise<JournalPage> {
    return await this.#readOne(workspace, (connection) => readJournal(connection, page));
  }

  async retainedFrom(workspace: MunchkinId): Promise<number> {
    return (await this.#state(workspace)).retainedFrom;
  }

  async eventTables(workspace: MunchkinId): Promise<readonly EventTable[]> {
    return await this.#read(workspace, (connection) => loadEventTables(connection, 'order by name'));
  }

  async events(workspace: MunchkinId, page: EventPageRequest): Promise<EventPage | undefined> {
    return await this.#readOne(workspace, async (connection) => {
      // A column may widen between two statements.
      const table = await loadEventTable(connection, `${page.database}.${page.table}`);
      return table === undefined ? undefined : await readEvents(connection, table, page);
    });
  }

  async checkpoint(workspace: MunchkinId): Promise<Checkpoint> {
    return (await this.#state(workspace)).checkpoint;
  }

  async totals(workspace: MunchkinId): Promise<WorkspaceTotals> {
    const { totals: lanes, quarantine } = await this.#state(workspace);
    return { workspace, ...sumOfLanes(lanes), lanes, quarantine };
  }

  async #state(workspace: MunchkinId): Promise<StateRow> {
    return must(await this.#read(workspace, stateRow), 'the state table has its row');
  }

  /** As {@link #read}; all statements see one state of the store. */
  async #readOne<Result>(
    workspace: MunchkinId,
    work: (connection: DuckDBConnection) => Promise<Result>,
  ): Promise<Result> {
    return await this.#read(workspace, async (connection) => {
      await connection.run('begin transaction read only');
      return await work(connection);
    });
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
