/** Databases of events, which are schemas: made with their first table (event-tables.ts), and gone with their last. */
import type { EventTable } from '#model/event-table.ts';
import { dropEventTable } from './event-tables.ts';
import { identifier } from './identifiers.ts';
import type { Session } from './session.ts';

/** Drops the table, and its database when no other table is left in it. Neither need be there. */
export async function dropFromDatabase(session: Session, table: Pick<EventTable, 'database' | 'table'>): Promise<void> {
  await dropEventTable(session, table);
  const { database } = table;
  if ([...session.catalog.events.values()].some((other) => other.database === database)) return;
  await session.connection.run(`drop schema if exists ${identifier(database)}`);
}
