/**
 * Waiting objects: put in, found when due, postponed, taken out.
 * Owns: the statements over the table, and which version is due next. Never: tries an object, or decides when.
 *
 * A million may wait, so no statement looks at all of them but over narrow columns: order, hashes, when due.
 */
import type { DuckDBValue } from '@duckdb/node-api';
import type { NewWaitingObject, PostponedObject, WaitingObject } from '#model/waiting.ts';
import type { RequestId } from '#model/words.ts';
import type { WaitingLimit } from '#ports/store.ts';
import { textHash } from './column-types.ts';
import { identifier, PLACE } from './identifiers.ts';
import { WAITING_OBJECT, waitingObject } from './reader-rows.ts';
import type { Session } from './session.ts';
import { assertStaged, stage } from './staging.ts';
import { addedColumns, postponedColumns, type Versioned, withVersions } from './waiting-columns.ts';
import { madeDue, WAITING, type WaitingState } from './waiting-state.ts';

const place = identifier(PLACE);

/** Appends objects in their order behind all that wait. */
export async function addWaiting(session: Session, objects: readonly NewWaitingObject[]): Promise<void> {
  if (objects.length === 0) return;
  const { waiting } = session.catalog;
  const rows = await withVersions(session, objects);
  const staged = stage(addedColumns(rows), rows.length);
  const added = await session.connection.run(
    `insert into ${WAITING} select ${waiting.nextOrder} + ${place}, "requestId", "index", kind, type,
       epoch_ms(accepted_ms), settings, object, strlen(object), key, version, ${textHash('version')},
       link_field, link, ${textHash('link')}, reason, code, message, attempts, next_ms from (${staged.sql})`,
    staged.parameters,
  );
  assertStaged(staged, added.rowsChanged);
  const first = waiting.nextOrder;
  waiting.nextOrder += rows.length;
  waiting.objects += rows.length;
  for (const row of rows) noteAdded(waiting, row);
  if (objects.some(({ nextAttemptAt }) => nextAttemptAt === undefined)) await freeFirst(session, `"order" >= ${first}`);
}

/** Due at `now`, by their order. */
export async function dueWaiting(session: Session, now: number, limit: WaitingLimit): Promise<WaitingObject[]> {
  const due = await readBounded(session, `next_ms <= ${now}`, limit);
  if (due.length === 0) session.catalog.waiting.isStale = true;
  return due;
}

/** Of one request, by their order. */
export async function waitingOf(session: Session, id: RequestId, limit: WaitingLimit): Promise<WaitingObject[]> {
  return await readBounded(session, `"requestId" = '${id}'::uuid`, limit);
}

/** They go on waiting. Texts are written only where they differ: see docs/decisions/0005-duckdb.md. */
export async function postponeWaiting(session: Session, objects: readonly PostponedObject[]): Promise<void> {
  if (objects.length === 0) return;
  const staged = stage(postponedColumns(objects), objects.length);
  const source = `from (${staged.sql}) s where w."order" = s."order"`;
  const texts = ['reason', 'code', 'message'];
  for (const statement of [
    `update ${WAITING} w set attempts = s.attempts, next_ms = s.next_ms ${source}`,
    `update ${WAITING} w set ${texts.map((name) => `${name} = s.${name}`).join(', ')} ${source}
       and (${texts.map((name) => `w.${name} <> s.${name}`).join(' or ')})`,
  ]) {
    await session.connection.run(statement, staged.parameters);
  }
  session.catalog.waiting.isStale = true;
  const held = objects.flatMap(({ nextAttemptAt, order }) => (nextAttemptAt === undefined ? [order] : []));
  if (held.length > 0) await freeFirst(session, ordersIn(held));
}

/** They wait no longer; what is first of its version then, and was behind one of them, is due at once. */
export async function removeWaiting(session: Session, orders: readonly number[]): Promise<void> {
  if (orders.length === 0) return;
  const { connection, catalog } = session;
  const { waiting } = catalog;
  await connection.run(
    `create or replace temp table removed as
     select "order", version, version_hash from ${WAITING} where ${ordersIn(orders)}`,
  );
  const { rowsChanged } = await connection.run(
    `delete from ${WAITING} where "order" in (select "order" from removed)`,
  );
  waiting.objects -= rowsChanged;
  waiting.isStale = true;
  const freed = await connection.run(
    `update ${WAITING} set next_ms = 0 where "order" in (
       select f."order" from (${firstOf('select version_hash from removed')}) f
       join removed r on r.version = f.version and r."order" < f."order")`,
  );
  madeDue(waiting, freed.rowsChanged);
  if (waiting.objects > 0) return;
  waiting.versionedTables.clear();
  waiting.personFields.clear();
}

function noteAdded(waiting: WaitingState, { object, table, version }: Versioned): void {
  const { link, nextAttemptAt } = object;
  if (version !== null) waiting.versionedTables.add(table);
  if (link !== undefined) waiting.personFields.add(link.personField.name.toLowerCase());
  if (nextAttemptAt !== undefined) waiting.nextDueAt = Math.min(waiting.nextDueAt ?? nextAttemptAt, nextAttemptAt);
}

/** Of the objects of `which` that are due at no time, those that nothing is before are due at once. */
async function freeFirst({ connection, catalog }: Session, which: string): Promise<void> {
  const hashes = `select version_hash from ${WAITING} where next_ms is null and ${which}`;
  const freed = await connection.run(
    `update ${WAITING} set next_ms = 0 where next_ms is null and ${which}
       and (version_hash is null or "order" in (select "order" from (${firstOf(hashes)})))`,
  );
  madeDue(catalog.waiting, freed.rowsChanged);
}

/** SELECTs the first of each version that has one of these hashes. */
function firstOf(hashes: string): string {
  return `select version, min("order") as "order" from ${WAITING}
    where version_hash in (${hashes}) group by version`;
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

/** A condition. The bounds let DuckDB pass over the rest of the table, which lies in this order. */
function ordersIn(orders: readonly number[]): string {
  const least = orders.reduce((a, b) => Math.min(a, b));
  const greatest = orders.reduce((a, b) => Math.max(a, b));
  return `"order" between ${least} and ${greatest} and "order" in (${orders.join(', ')})`;
}
