/**
 * Drops event tables, as a command says.
 * Owns: which tables a command means. Never: touches what waits; it is stored when its time comes, in a new table.
 */
import type { EventTable } from '#model/event-table.ts';
import type { StoreTransaction } from '#ports/store.ts';
import type { DroppedTables } from './planned.ts';

type TablesByName = ReadonlyMap<string, EventTable>;

/** The names, `database.table`, of those that were there. Before any row of the batch. */
export async function dropTables(
  transaction: Pick<StoreTransaction, 'dropEventTable'>,
  commands: readonly DroppedTables[],
  eventTables: TablesByName,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [name, known] of eventTables) {
    if (!commands.some((command) => isMeant(command, known))) continue;
    await transaction.dropEventTable(known);
    names.push(name);
  }
  return names;
}

function isMeant({ database, table }: DroppedTables, known: EventTable): boolean {
  return known.database === database && (table === undefined || known.table === table);
}

export function without(eventTables: TablesByName, names: readonly string[]): TablesByName {
  if (names.length === 0) return eventTables;
  return new Map([...eventTables].filter(([name]) => !names.includes(name)));
}
