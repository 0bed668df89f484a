/**
 * Waiting objects: put in, postponed, taken out.
 * Owns: the statements that change the table, and which version is due next. Never: tries an object, or decides when.
 *
 * A million may wait, so no statement looks at all of them but over narrow columns: order, hashes, when due.
 */
import type { NewWaitingObject, PostponedObject } from '#model/waiting.ts';
import { textHash } from './column-types.ts';
import { identifier, PLACE } from './identifiers.ts';
import type { Session } from './session.ts';
import { assertStaged, stage } from './staging.ts';
import { addedColumns, postponedColumns, type Versioned, withVersions } from './waiting-columns.ts';
import { findAlike, FIRST_ALIKE, ordersIn } from './waiting-reads.ts';
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

/** Ends their wait; what is first of its version then, and was behind one of them, is due at once. */
export async function removeWaiting(session: Session, orders: readonly number[]): Promise<void> {
  if (orders.length === 0) return;
  const { connection, catalog } = session;
  const { waiting } = catalog;
  await connection.run(
    `create or replace temp table removed as
     select "order", version, version_hash from ${WAITING} where ${ordersIn(orders)}`,
  );
  const { rowsChanged } = await connection.run(`delete from ${WAITING} where "order" in (select "order" from removed)`);
  waiting.objects -= rowsChanged;
  waiting.isStale = true;
  await freeNext(session);
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
  await findAlike(connection, `select version_hash from ${WAITING} where next_ms is null and ${which}`);
  const freed = await connection.run(
    `update ${WAITING} set next_ms = 0 where next_ms is null and ${which}
       and (version_hash is null or "order" in (select "order" from (${FIRST_ALIKE})))`,
  );
  madeDue(catalog.waiting, freed.rowsChanged);
}

/** What is first of its version now, and was behind one that is in `removed`, is due at once. */
async function freeNext({ connection, catalog }: Session): Promise<void> {
  if ((await findAlike(connection, 'select version_hash from removed')) === 0) return;
  const freed = await connection.run(
    `update ${WAITING} set next_ms = 0 where "order" in (
       select f."order" from (${FIRST_ALIKE}) f join removed r on r.version = f.version and r."order" < f."order")`,
  );
  madeDue(catalog.waiting, freed.rowsChanged);
}
