/**
 * Waiting objects on their way into the table, column by column.
 * Owns: which object is a version of which. Never: writes.
 */
import type { NewWaitingObject, PostponedObject, WaitingKey } from '#model/waiting.ts';
import { baseTable, identifier } from './identifiers.ts';
import type { Session } from './session.ts';
import { stage, type StagedColumn } from './staging.ts';
import { keyColumnsOf, linkText, storedVersionExpression, versionText } from './versions.ts';
import { waitingTable } from './waiting-state.ts';

/** An object that waits from now on, and the text of its version; events have none. */
export interface Versioned {
  readonly object: NewWaitingObject;
  readonly version: string | null;
}

/** By base table and `marketoGUID`. */
type StoredVersions = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Tells each object's version. One that matches by `marketoGUID` is a version of the object that it matches. */
export async function withVersions(session: Session, objects: readonly NewWaitingObject[]): Promise<Versioned[]> {
  const byGuid = objects.filter(({ key }) => guidOf(key) !== undefined);
  const stored = new Map<string, ReadonlyMap<string, string>>();
  for (const [table, some] of Map.groupBy(byGuid, ({ kind, type }) => waitingTable(kind, type))) {
    stored.set(table, await storedVersions(session, table, some));
  }
  return objects.map((object) => ({ object, version: versionOf(object, stored) }));
}

function versionOf({ kind, type, key }: NewWaitingObject, stored: StoredVersions): string | null {
  if (key === undefined) return null;
  const table = waitingTable(kind, type);
  return stored.get(table)?.get(guidOf(key) ?? '') ?? versionText(table, key);
}

/** The `marketoGUID` by which the object matches; undefined when it matches by something else. */
function guidOf(key: WaitingKey | undefined): string | undefined {
  return key?.matchBy.length === 1 && key.matchBy[0]?.toLowerCase() === 'marketoguid'
    ? String(key.values[0])
    : undefined;
}

/** The versions that stored objects are, by `marketoGUID`. */
async function storedVersions(
  { catalog, connection }: Session,
  name: string,
  objects: readonly NewWaitingObject[],
): Promise<ReadonlyMap<string, string>> {
  const table = catalog.objects.get(name);
  const key = table === undefined ? [] : keyColumnsOf(table);
  if (table === undefined || key.length === 0) return new Map();
  const guids = objects.map((object) => guidOf(object.key) ?? null);
  const staged = stage([{ name: 'guid', sqlType: 'VARCHAR', values: guids }], guids.length);
  const values = key.map(({ name: column }) => `b.${identifier(column)}`);
  const result = await connection.run(
    `select b."marketoGUID", ${storedVersionExpression(table, key, values)} from ${baseTable(name)} b
     where b."marketoGUID" in (select guid from (${staged.sql}))`,
    staged.parameters,
  );
  const rows = await result.getRows();
  return new Map(rows.flatMap(([guid, version]) => (version === null ? [] : [[String(guid), String(version)]])));
}

/** All that a staged object holds. */
export function addedColumns(rows: readonly Versioned[]): StagedColumn[] {
  const column = (
    name: string,
    sqlType: string,
    value: (row: NewWaitingObject) => string | number | undefined,
  ): StagedColumn => ({ name, sqlType, values: rows.map(({ object }) => value(object) ?? null) });
  return [
    column('requestId', 'UUID', (row) => row.requestId),
    column('index', 'INTEGER', (row) => row.index),
    column('kind', 'VARCHAR', (row) => row.kind),
    column('type', 'VARCHAR', (row) => row.type),
    column('accepted_ms', 'BIGINT', (row) => row.acceptedAt),
    column('settings', 'VARCHAR', (row) => JSON.stringify(row.settings)),
    column('object', 'VARCHAR', (row) => row.object),
    column('key', 'VARCHAR', (row) => row.keyText),
    { name: 'version', sqlType: 'VARCHAR', values: rows.map(({ version }) => version) },
    column('link_field', 'VARCHAR', (row) => row.link?.personField.name.toLowerCase()),
    column('link', 'VARCHAR', ({ link }) => link && linkText(link.value, link.ignoreCase)),
    ...stateColumns(rows.map(({ object }) => object)),
  ];
}

/** What a try has changed, by `order`. */
export function postponedColumns(objects: readonly PostponedObject[]): StagedColumn[] {
  return [{ name: 'order', sqlType: 'BIGINT', values: objects.map(({ order }) => order) }, ...stateColumns(objects)];
}

function stateColumns(states: readonly Omit<PostponedObject, 'order'>[]): StagedColumn[] {
  return [
    { name: 'reason', sqlType: 'VARCHAR', values: states.map(({ reason }) => reason) },
    { name: 'code', sqlType: 'VARCHAR', values: states.map(({ code }) => code) },
    { name: 'message', sqlType: 'VARCHAR', values: states.map(({ message }) => message) },
    { name: 'attempts', sqlType: 'INTEGER', values: states.map(({ attempts }) => attempts) },
    { name: 'next_ms', sqlType: 'BIGINT', values: states.map(({ nextAttemptAt }) => nextAttemptAt ?? null) },
  ];
}
