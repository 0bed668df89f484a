/**
 * Pages of the journal.
 * Owns: how far one page looks (law 6). Never: changes the journal.
 *
 *     after ──► from: first event of that time ──► at most 100,000 events, narrow columns ──► texts of those that fit
 *
 * A page looks through a stretch of the journal and says how far it came, so that a rare type makes no call look at
 * all of it.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { JournalPage, JournalPageRequest } from '#ports/store-reader.ts';
import { baseTable, isUuid, literal } from './identifiers.ts';
import { JOURNAL } from './journal.ts';
import { journalEvent, milliseconds } from './reader-rows.ts';

/** How many ordinals one page looks at. */
const STRETCH = 100_000;

/** Ordinals in (`after`, `to`]. */
interface Stretch {
  readonly after: number;
  readonly to: number;
}

/** The connection is in a transaction of its own: all statements see one journal. */
export async function readJournal(connection: DuckDBConnection, page: JournalPageRequest): Promise<JournalPage> {
  const [first, last] = await ends(connection);
  const stretch = await stretchOf(connection, page, { after: Math.max(page.after, first - 1), to: last });
  const nothing = { events: [], through: Math.max(page.after, stretch.to), first, last };
  if (stretch.after >= stretch.to) return nothing;
  const found = await narrowRows(connection, page, stretch);
  const fitting = fittingOf(found, page.maxBytes);
  const ordinals = fitting.slice(0, page.limit).map(([ordinal]) => ordinal);
  if (ordinals.length === 0) return nothing;
  const result = await connection.run(
    `select ordinal, id, type, time, event from ${JOURNAL}
     where ordinal between ${ordinals[0]} and ${ordinals.at(-1)} and ordinal in (${ordinals.join()}) order by ordinal`,
  );
  const events = (await result.getRowObjects()).map(journalEvent);
  const isCut = ordinals.length < found.length;
  return { events, through: isCut ? (ordinals.at(-1) ?? page.after) : stretch.to, first, last };
}

async function ends(connection: DuckDBConnection): Promise<readonly [first: number, last: number]> {
  const rows = await rowsOf(connection, `select min(ordinal), max(ordinal) from ${JOURNAL}`);
  return [Number(rows[0]?.[0] ?? 0), Number(rows[0]?.[1] ?? 0)];
}

/** Which part of `kept` the page looks at. Beyond the last event of its times nothing is looked for. */
async function stretchOf(connection: DuckDBConnection, page: JournalPageRequest, kept: Stretch): Promise<Stretch> {
  const times = await timesOf(connection, page);
  const after = times.from === undefined ? kept.after : await lastBefore(connection, times.from, kept);
  const to = Math.min(kept.to, after + STRETCH);
  if (times.to === undefined || to === kept.to) return { after, to };
  const isLeft = `select 1 from ${JOURNAL} where ordinal > ${to} and time < epoch_ms(${times.to}::bigint) limit 1`;
  return (await rowsOf(connection, isLeft)).length > 0 ? { after, to } : { after, to: kept.to };
}

/** Milliseconds since 1970; `from` inclusive, `to` exclusive. */
interface Times {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** The times that are asked for, narrowed to those at which a request was worked on. */
async function timesOf(connection: DuckDBConnection, { from, to, requestId }: JournalPageRequest): Promise<Times> {
  if (requestId === undefined || !isUuid(requestId)) return { from, to };
  const [row] = await rowsOf(
    connection,
    `select "acceptedAt", "finishedAt" from ${baseTable('requests')} where "requestId" = ${literal(requestId)}::uuid`,
  );
  if (row === undefined) return { from, to };
  const accepted = milliseconds(row[0]);
  const finished = row[1] === null ? undefined : milliseconds(row[1]) + 1;
  return { from: Math.max(from ?? accepted, accepted), to: least(to, finished) };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** The ordinal before the first event of this time or a later one. */
async function lastBefore(connection: DuckDBConnection, from: number, { after, to }: Stretch): Promise<number> {
  const rows = await rowsOf(
    connection,
    `select min(ordinal) from ${JOURNAL} where ordinal > ${after} and time >= epoch_ms(${from}::bigint)`,
  );
  const ordinal = rows[0]?.[0] ?? null;
  return ordinal === null ? to : Number(ordinal) - 1;
}

type NarrowRow = readonly [ordinal: number, bytes: number];

/** One more than the page takes at most, by which it is known whether there are more. */
async function narrowRows(
  connection: DuckDBConnection,
  { from, to, types, requestId, limit }: JournalPageRequest,
  stretch: Stretch,
): Promise<NarrowRow[]> {
  if (requestId !== undefined && !isUuid(requestId)) return [];
  const conditions = [
    `ordinal > ${stretch.after} and ordinal <= ${stretch.to}`,
    ...(from === undefined ? [] : [`time >= epoch_ms(${from}::bigint)`]),
    ...(to === undefined ? [] : [`time < epoch_ms(${to}::bigint)`]),
    ...(types === undefined ? [] : [types.length === 0 ? 'false' : `type in (${types.map(literal).join()})`]),
    ...(requestId === undefined ? [] : [`list_contains("requestIds", ${literal(requestId)}::uuid)`]),
  ];
  const rows = await rowsOf(
    connection,
    `select ordinal, bytes from ${JOURNAL} where ${conditions.join(' and ')} order by ordinal limit ${limit + 1}`,
  );
  return rows.map(([ordinal, bytes]) => [Number(ordinal), Number(bytes)]);
}

/** The first, and those after it as long as they come to no more than `maxBytes`. */
function fittingOf(rows: readonly NarrowRow[], maxBytes: number): readonly NarrowRow[] {
  let sum = 0;
  const tooMany = rows.findIndex(([, bytes], at) => {
    sum += bytes;
    return at > 0 && sum > maxBytes;
  });
  return tooMany < 0 ? rows : rows.slice(0, tooMany);
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<DuckDBValue[][]> {
  return await (await connection.run(sql)).getRows();
}
