/**
 * Waiting objects on their way into the table, column by column.
 * Owns: which object is a version of which. Never: writes.
 */
import type { NewWaitingObject, PostponedObject, WaitingKey } from '#model/waiting.ts';
import { baseTable, identifier } from './identifiers.ts';
import type { Session } from './session.ts';
import { stage, type StagedColumn } from './staging.ts';
import { keyColumnsOf, linkText, storedVersionExpression, versionTexts } from './versions.ts';
import { waitingTable } from './waiting-state.ts';

/** An object that waits from now on, and of what it is a version; an event is one of nothing. */
export interface Versioned {
  readonly object: NewWaitingObject;
  readonly table: string;
  readonly version: string | null;
}

type TextOf = (key: WaitingKey) => string;

/** Tells each object's version. One that matches by `marketoGUID` is a version of the object that it matches. */
export async function withVersions(session: Session, objects: readonly NewWaitingObject[]): Promise<Versioned[]> {
  const byTable = Map.groupBy(objects, ({ kind, type }) => waitingTable(kind, type));
  const stored = new Map<string, ReadonlyMap<string, string>>();
  for (const [table, some] of byTable) stored.set(table, await storedVersions(session, table, some));
  const texts = new Map<string, TextOf>();
  return objects.map((object) => {
    const { kind, type, key } = object;
    const table = waitingTable(kind, type);
    if (key === undefined) return { object, table, version: null };
    const version = stored.get(table)?.get(guidOf(key) ?? '') ?? textsOf(texts, table, key)(key);
    return { object, table, version };
  });
}

/** Batches hold few kinds of keys and many of each. */
function textsOf(known: Map<string, TextOf>, table: string, { matchBy }: WaitingKey): TextOf {
  const name = `${table}\0${matchBy.join('\0')}`;
  const textOf = known.get(name) ?? versionTexts(table, matchBy);
  known.set(name, textOf);
  return textOf;
}

/** The `marketoGUID` by which the object matches; undefined when it matches by something else. */
function guidOf(key: WaitingKey | undefined): string | undefined {
  return key?.matchBy.length === 1 && key.matchBy[0]?.toLowerCase() === 'marketoguid'
    ? String(key.values[0])
    : undefined;
}

/** The versions that stored objects are which some of these match by `marketoGUID`. */
async function storedVersions(
  { catalog, connection }: Session,
  name: string,
  objects: readonly NewWaitingObject[],
): Promise<ReadonlyMap<string, string>> {
  const table = catalog.objects.get(name);
  const key = table === undefined ? [] : keyColumnsOf(table);
  if (table === undefined || key.length === 0) return new Map();
  const guids = objects.flatMap((object) => guidOf(object.key) ?? []);
  if (guids.length === 0) return new Map();
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
