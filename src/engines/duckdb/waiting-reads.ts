/**
 * Waiting objects as a batch finds them: those that are due, those of a request, those behind others.
 * Owns: how few columns are looked at before a text is read. Never: changes the table.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { WaitingObject } from '#model/waiting.ts';
import type { RequestId } from '#model/words.ts';
import type { WaitingLimit, WaitingPage } from '#ports/store.ts';
import { isUuid, literal } from './identifiers.ts';
import { WAITING_OBJECT, waitingObject } from './reader-rows.ts';
import type { Session } from './session.ts';
import { WAITING } from './waiting-state.ts';

/** Due at `now`, by their order. */
export async function dueWaiting(session: Session, now: number, limit: WaitingLimit): Promise<WaitingObject[]> {
  const due = await readBounded(session, `next_ms <= ${now}`, limit);
  if (due.length === 0) session.catalog.waiting.isStale = true;
  return due;
}

/**
 * All versions that wait behind these objects, but for these themselves. One look at the narrow column; what it reads
 * of the others, it reads for equal hashes alone.
 */
export async function waitingBehind(
  session: Session,
  orders: readonly number[],
  limit: WaitingLimit,
): Promise<WaitingPage> {
  if (orders.length === 0) return { objects: [], hasMore: false };
  const { connection } = session;
  await connection.run(
    `create or replace temp table given as
     select "order", version, version_hash from ${WAITING} where version is not null and ${ordersIn(orders)}`,
  );
  const found = await findAlike(connection, 'select version_hash from given', 'select "order" from given');
  if (found === 0) return { objects: [], hasMore: false };
  const first = 'select version, min("order") as "order" from given group by version';
  const counted = await connection.run(
    `create or replace temp table behind as
     select w."order" from alike a join ${WAITING} w on w."order" = a."order"
     join (${first}) g on g.version = w.version and g."order" < w."order"`,
  );
  const objects = await readBounded(session, `"order" in (select "order" from behind)`, limit);
  return { objects, hasMore: Number((await counted.getRows())[0]?.[0]) > objects.length };
}

/** Of one request, by their order. */
export async function waitingOf(session: Session, id: RequestId, limit: WaitingLimit): Promise<WaitingObject[]> {
  return isUuid(id) ? await readBounded(session, `"requestId" = ${literal(id)}::uuid`, limit) : [];
}

/**
 * Makes the temporary table `alike`: the objects whose version has one of these hashes, but for those of `but`.
 * Looks at the narrow column alone. Resolves with their number.
 */
export async function findAlike(connection: DuckDBConnection, hashes: string, but?: string): Promise<number> {
  const others = but === undefined ? '' : `and "order" not in (${but})`;
  const found = await connection.run(
    `create or replace temp table alike as
     select "order" from ${WAITING} where version_hash in (${hashes}) ${others}`,
  );
  return Number((await found.getRows())[0]?.[0]);
}

/** SELECTs the first of each version among {@link findAlike}'s. */
export const FIRST_ALIKE: string = `select w.version, min(w."order") as "order"
  from alike a join ${WAITING} w on w."order" = a."order" group by w.version`;

/**
 * A condition. The bounds let DuckDB pass over the rest of the table, which lies in this order; one text of thousands
 * of numbers is read in a fifth of the time that as many literals take.
 */
export function ordersIn(orders: readonly number[]): string {
  const least = orders.reduce((a, b) => Math.min(a, b));
  const greatest = orders.reduce((a, b) => Math.max(a, b));
  const listed = `select cast(unnest(string_split('${orders.join()}', ',')) as bigint)`;
  return `"order" between ${least} and ${greatest} and "order" in (${listed})`;
}

/** First the orders and lengths, which are narrow, then the texts of as many as fit. */
async function readBounded(
  { connection }: Session,
  which: string,
  { objects, bytes }: WaitingLimit,
): Promise<WaitingObject[]> {
  const narrow = await connection.run(
    `select "order", bytes from ${WAITING} where ${which} order by "order" limit ${Math.max(1, objects)}`,
  );
  const orders = fitting(await narrow.getRows(), bytes);
  if (orders.length === 0) return [];
  const whole = await connection.run(
    `select ${WAITING_OBJECT} from ${WAITING} where ${ordersIn(orders)} order by "order"`,
  );
  return (await whole.getRowObjects()).map(waitingObject);
}

/** The first of these, and those after it as long as their bytes sum up to no more than `limit`. */
function fitting(rows: readonly (readonly DuckDBValue[])[], limit: number): number[] {
  let sum = 0;
  const tooMany = rows.findIndex(([, bytes], at) => {
    sum += Number(bytes);
    return at > 0 && sum > limit;
  });
  return (tooMany < 0 ? rows : rows.slice(0, tooMany)).map(([order]) => Number(order));
}
