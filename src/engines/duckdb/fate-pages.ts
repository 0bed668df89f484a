/**
 * Pages of what became of objects: their fates, failures, and waiting objects, by request and index.
 * Owns: the statements, and how many names one step looks at (law 6). Never: leaves one out.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { FailureRecord, FailureRef, ObjectFate } from '#model/fates.ts';
import { isNamed } from '#model/object-name.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { RequestId } from '#model/words.ts';
import type { FailureFilter, FateFilter, ObjectKey, WaitingFilter } from '#ports/store-reader.ts';
import { OBJECT_FATES, PERSON_FATES } from './fates.ts';
import { baseTable, isUuid, literal } from './identifiers.ts';
import { mayBeNamed } from './name-filters.ts';
import { failureRecord, objectFate, WAITING_OBJECT, waitingObject } from './reader-rows.ts';
import { WAITING } from './waiting-state.ts';

type Condition = readonly [sql: string, value: DuckDBValue | undefined];

/** Names that are fetched at once to be looked at. */
const NAMES_AT_ONCE = 10_000;

/** What there is of a request, or of one object: a scan of one narrow column. */
export async function readFates(connection: DuckDBConnection, filter: FateFilter): Promise<ObjectFate[]> {
  const { of, after, limit } = filter;
  if (!areUuids(after?.requestId, 'requestId' in of ? of.requestId : undefined)) return [];
  const isPerson = 'type' in of && of.type.toLowerCase() === 'persons';
  const named = conditionOf(of);
  const found = async (table: string): Promise<ObjectFate[]> => {
    const { where, values } = conjunction([...named, ...behind(after)]);
    const result = await connection.run(
      `select f.*, r.type from (from ${table} ${where}) f join ${baseTable('requests')} r using ("requestId")
       ${'type' in of ? `where lower(r.type) = ${literal(of.type.toLowerCase())}` : ''}
       order by "requestId", "index" limit ${limit}`,
      values,
    );
    return (await result.getRowObjects()).map(objectFate);
  };
  // A request's objects are all of one kind.
  if ('requestId' in of) return [...(await found(PERSON_FATES)), ...(await found(OBJECT_FATES))];
  return await found(isPerson ? PERSON_FATES : OBJECT_FATES);
}

/** In a transaction: all statements see one store. */
export async function readFailures(connection: DuckDBConnection, filter: FailureFilter): Promise<FailureRecord[]> {
  const { requestId, kind, code, type, replayed } = filter;
  if (!areUuids(requestId, filter.after?.requestId)) return [];
  const conditions: Condition[] = [
    ['"requestId" = $::uuid', requestId],
    ['kind = $', kind],
    ['code = $', code],
    ['type = $', type],
    ['("replayedBy" is not null) = $', replayed],
  ];
  const rows = await readRecords(connection, { table: baseTable('failures'), columns: '*', conditions, ...filter });
  return rows.map(failureRecord);
}

/** In a transaction: all statements see one store. */
export async function readWaiting(connection: DuckDBConnection, filter: WaitingFilter): Promise<WaitingObject[]> {
  const { requestId, type } = filter;
  if (!areUuids(requestId, filter.after?.requestId)) return [];
  const conditions: Condition[] = [
    ['"requestId" = $::uuid', requestId],
    ['type = $', type],
  ];
  const rows = await readRecords(connection, { table: WAITING, columns: WAITING_OBJECT, conditions, ...filter });
  return rows.map(waitingObject);
}

/** Joins the conditions that have a value; each `$` stands for its value. */
export function conjunction(conditions: readonly Condition[]): { where: string; values: DuckDBValue[] } {
  const values: DuckDBValue[] = [];
  const parts: string[] = [];
  for (const [sql, value] of conditions) {
    if (value === undefined) continue;
    if (sql.includes('$')) values.push(value);
    parts.push(sql.replace('$', `$${values.length}`));
  }
  return { where: parts.length === 0 ? '' : `where ${parts.join(' and ')}`, values };
}

interface RecordsPage {
  readonly table: string;
  readonly columns: string;
  readonly conditions: readonly Condition[];
  readonly key?: ObjectKey;
  readonly after?: FailureRef;
  readonly limit: number;
}

async function readRecords(
  connection: DuckDBConnection,
  page: RecordsPage,
): Promise<Readonly<Record<string, DuckDBValue>>[]> {
  const { table, columns, key, limit } = page;
  if (key === undefined) {
    const { where, values } = conjunction([...page.conditions, ...behind(page.after)]);
    const sql = `select ${columns} from ${table} ${where} order by "requestId", "index" limit ${limit}`;
    return await (await connection.run(sql, values)).getRowObjects();
  }
  const rowIds = await namedRows(connection, page, key);
  if (rowIds.length === 0) return [];
  const sql = `select ${columns} from ${table} where rowid in (${rowIds.join()}) order by "requestId", "index"`;
  return await (await connection.run(sql)).getRowObjects();
}

/** The first of the page that are named so: their names are looked at, step by step, before anything else is read. */
async function namedRows(connection: DuckDBConnection, page: RecordsPage, key: ObjectKey): Promise<bigint[]> {
  const named: bigint[] = [];
  let { after } = page;
  for (;;) {
    const { where, values } = conjunction([...page.conditions, ['true', true], ...behind(after)]);
    const result = await connection.run(
      `select rowid, "requestId", "index", key from ${page.table} ${where} and ${mayBeNamed(key)}
       order by "requestId", "index" limit ${NAMES_AT_ONCE}`,
      values,
    );
    const rows = await result.getRows();
    for (const [rowId, , , name] of rows) {
      if (isNamed(String(name), key)) named.push(rowId as bigint);
      if (named.length === page.limit) return named;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < NAMES_AT_ONCE) return named;
    after = { requestId: String(last[1]) as RequestId, index: Number(last[2]) };
  }
}

/** Constants, which are held against the zone maps at once. */
function conditionOf(of: FateFilter['of']): Condition[] {
  if ('requestId' in of) return [[`"requestId" = '${of.requestId}'::uuid`, true]];
  const { type, identity } = of;
  const isPerson = type.toLowerCase() === 'persons';
  if (isPerson !== Number.isSafeInteger(identity)) return [['false', true]];
  return isPerson ? [[`identity = ${identity}`, true]] : [['identity = $', String(identity)]];
}

/** Behind the last of the page before, by request and index. */
function behind(after: FailureRef | undefined): Condition[] {
  return [
    ['"requestId" >= $::uuid', after?.requestId],
    [`("requestId" > '${after?.requestId}'::uuid or "index" > $::integer)`, after?.index],
  ];
}

/** False when an id that is given is none that a request can have. */
function areUuids(...ids: readonly (string | undefined)[]): boolean {
  return ids.every((id) => id === undefined || isUuid(id));
}
