/**
 * Which databases and tables there are: those that hold events, and those that were made by name.
 * Owns: how the two are put together, and the checks of names. Never: writes.
 */
import { eventNameProblem, foldEventName } from '#model/event-names.ts';
import type { MunchkinId } from '#model/words.ts';
import type { KnownDatabase, KnownTable } from '#protocols/td-rest/answers.ts';
import { tdError } from '#protocols/td-rest/errors.ts';
import { mayUse } from './door.ts';
import type { TdCall, TdParts } from './td-parts.ts';

export interface Places {
  readonly databases: ReadonlyMap<string, KnownDatabase>;
  /** In the order of their names. */
  readonly tables: readonly KnownTable[];
}

export async function readPlaces(
  { control, reader }: Pick<TdParts, 'control' | 'reader'>,
  workspace: MunchkinId,
): Promise<Places> {
  const [made, stored] = await Promise.all([control.eventPlaces(workspace), reader.eventTables(workspace)]);
  const tables = new Map<string, KnownTable>();
  for (const { database, table, createdAt } of made) {
    if (table !== undefined) tables.set(`${database}.${table}`, { database, table, createdAt });
  }
  for (const events of stored) {
    const { database, table } = events;
    const name = `${database}.${table}`;
    tables.set(name, { database, table, ...tables.get(name), events });
  }
  const sorted = [...tables.values()].toSorted(byName);
  const createdAt = new Map(
    made.filter(({ table }) => table === undefined).map((place) => [place.database, place.createdAt]),
  );
  const names = new Set([...createdAt.keys(), ...sorted.map(({ database }) => database)]);
  const databases = [...names].toSorted().map((database): KnownDatabase => {
    const own = sorted.filter((table) => table.database === database);
    const events = own.reduce((sum, table) => sum + (table.events?.rows ?? 0), 0);
    const at = createdAt.get(database);
    return { database, events, ...(at !== undefined && { createdAt: at }) };
  });
  return { databases: new Map(databases.map((each) => [each.database, each])), tables: sorted };
}

function byName(a: KnownTable, b: KnownTable): number {
  return `${a.database}.${a.table}` < `${b.database}.${b.table}` ? -1 : 1;
}

/**
 * The database in the path, folded. Throws a {@link TdError}: 422 for what is no name, 403 when the key is not for it.
 */
export function databaseInPath({ path, key }: Pick<TdCall, 'path' | 'key'>): string {
  const { database = '' } = path;
  refuseName('database', database);
  const folded = foldEventName(database);
  if (mayUse(key, folded)) return folded;
  throw tdError('td-403', `the key may not use database '${folded}'`);
}

/** The table in the path, folded. Throws a {@link TdError} (422). */
export function tableInPath({ path }: Pick<TdCall, 'path'>): string {
  const { table = '' } = path;
  refuseName('table', table);
  return foldEventName(table);
}

function refuseName(part: 'database' | 'table', name: string): void {
  const problem = eventNameProblem(part, name);
  if (problem !== undefined) throw tdError('td-422', problem);
}

/** Throws a {@link TdError} (404). */
export function knownDatabase({ databases }: Places, database: string): KnownDatabase {
  const known = databases.get(database);
  if (known === undefined) throw tdError('td-404', `there is no database '${database}'`);
  return known;
}

/** Throws a {@link TdError} (404). */
export function knownTable(places: Places, database: string, table: string): KnownTable {
  knownDatabase(places, database);
  const known = places.tables.find((each) => each.database === database && each.table === table);
  if (known === undefined) throw tdError('td-404', `there is no table '${database}.${table}'`);
  return known;
}
