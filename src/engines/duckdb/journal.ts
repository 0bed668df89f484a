/**
 * The journal as a table: appended to by the writer, read as pages.
 * Owns: its DDL, the ordinals, and how the writer changes it. Never: makes an event.
 */
import { Buffer } from 'node:buffer';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { NewJournalEvent } from '#model/journal.ts';
import { baseTable, identifier, PLACE } from './identifiers.ts';
import type { Session } from './session.ts';
import { assertStaged, stage } from './staging.ts';

export const JOURNAL: string = baseTable('journal');

/** `bytes` are those of `event`, so that a page is measured before a text is read. */
export const JOURNAL_DDL: string = `
  create table if not exists ${JOURNAL} (
    ordinal bigint, id uuid, type varchar, time timestamp, event varchar, bytes bigint, "requestIds" uuid[],
    tally varchar);
  create or replace view inlet.journal as
    select ordinal, id, type, time, cast(event as json) as event from ${JOURNAL};
`;

/** Retention never takes the newest event, so that no ordinal is given twice. */
export async function nextOrdinal(connection: DuckDBConnection): Promise<number> {
  const rows = await (await connection.run(`select max(ordinal) from ${JOURNAL}`)).getRows();
  return Number(rows[0]?.[0] ?? 0) + 1;
}

/** Appends events, at least one. Resolves with the ordinal of the last. */
export async function appendJournal(
  { catalog, connection }: Session,
  events: readonly NewJournalEvent[],
): Promise<number> {
  const staged = stage(
    [
      { name: 'id', sqlType: 'UUID', values: events.map(({ id }) => id) },
      { name: 'type', sqlType: 'VARCHAR', values: events.map(({ type }) => type) },
      { name: 'time_ms', sqlType: 'BIGINT', values: events.map(({ time }) => time) },
      { name: 'event', sqlType: 'VARCHAR', values: events.map(({ event }) => event) },
      { name: 'bytes', sqlType: 'BIGINT', values: events.map(({ event }) => Buffer.byteLength(event)) },
      // No requests are null here, for a text without a comma is one id to the split.
      { name: 'ids', sqlType: 'VARCHAR', values: events.map(({ requestIds }) => requestIds.join() || null) },
      { name: 'tally', sqlType: 'VARCHAR', values: events.map(({ tally }) => tally ?? null) },
    ],
    events.length,
  );
  const added = await connection.run(
    `insert into ${JOURNAL} select ${catalog.nextOrdinal} + ${identifier(PLACE)}, id, type, epoch_ms(time_ms), event,
       bytes, coalesce(cast(string_split(ids, ',') as uuid[]), []), tally from (${staged.sql})`,
    staged.parameters,
  );
  assertStaged(staged, added.rowsChanged);
  catalog.nextOrdinal += events.length;
  return catalog.nextOrdinal - 1;
}

/** `from` inclusive, `to` exclusive, in milliseconds since 1970. */
export async function journalTallies({ connection }: Session, from: number, to: number): Promise<readonly string[]> {
  const result = await connection.run(
    `select tally from ${JOURNAL} where time >= epoch_ms(${from}::bigint) and time < epoch_ms(${to}::bigint)
       and tally is not null order by ordinal`,
  );
  return (await result.getRows()).map(([tally]) => String(tally));
}
