/** Tables: list, create, delete, show, and their latest events. */
import { parseJson } from '#model/json.ts';
import { tableAnswer } from '#protocols/td-rest/answers.ts';
import { tdError } from '#protocols/td-rest/errors.ts';
import { packedJson } from '#protocols/td-rest/packed.ts';
import { deletePlace } from './delete-place.ts';
import { databaseInPath, knownDatabase, knownTable, readPlaces, tableInPath } from './places.ts';
import { jsonReply } from './reply.ts';
import type { TdCall, TdReply } from './td-parts.ts';

export async function listTables(call: TdCall): Promise<TdReply> {
  const database = databaseInPath(call);
  const places = await readPlaces(call.parts, call.workspace);
  knownDatabase(places, database);
  const tables = places.tables.filter((table) => table.database === database);
  return jsonReply({ database, tables: tables.map(tableAnswer) });
}

export async function showTable(call: TdCall): Promise<TdReply> {
  const [database, table] = [databaseInPath(call), tableInPath(call)];
  const known = knownTable(await readPlaces(call.parts, call.workspace), database, table);
  return jsonReply({ database, ...(tableAnswer(known) as object) });
}

export async function createTable(call: TdCall): Promise<TdReply> {
  const { parts, workspace, path } = call;
  const [database, table] = [databaseInPath(call), tableInPath(call)];
  if (path['type'] !== 'log') throw tdError('td-422', 'tables have the type log');
  const places = await readPlaces(parts, workspace);
  knownDatabase(places, database);
  const isThere = places.tables.some((each) => each.database === database && each.table === table);
  const place = { database, table, createdAt: parts.clock.now() };
  if (isThere || !(await parts.control.addEventPlace(workspace, place))) {
    throw tdError('td-409', `table '${database}.${table}'`);
  }
  return jsonReply({ database, table, type: 'log' });
}

export async function deleteTable(call: TdCall): Promise<TdReply> {
  const [database, table] = [databaseInPath(call), tableInPath(call)];
  knownTable(await readPlaces(call.parts, call.workspace), database, table);
  const requestId = await deletePlace(call, { database, table });
  return { ...jsonReply({ database, table, type: 'log' }), requestId };
}

const DEFAULT_TAIL = 10;
const MAX_TAIL = 1_000;

/** Events as they were sent, the last one first. */
export async function tailTable(call: TdCall): Promise<TdReply> {
  const { parts, workspace, parameters, gone } = call;
  const [database, table] = [databaseInPath(call), tableInPath(call)];
  await parts.latest.applied(workspace, gone);
  const { events } = knownTable(await readPlaces(parts, workspace), database, table);
  const count = Math.min(parameters.count('count') ?? DEFAULT_TAIL, MAX_TAIL);
  const texts = events === undefined ? [] : await lastEvents(call, { database, table, rows: events.rows, count });
  if (parameters.text('format') !== 'msgpack') {
    return { contentType: 'application/json; charset=utf-8', body: texts.map((text) => `${text}\n`).join('') };
  }
  const body = Buffer.concat(texts.map((text) => packedJson(parseJson(text))));
  return { contentType: 'application/x-msgpack', body };
}

interface Tail {
  readonly database: string;
  readonly table: string;
  readonly rows: number;
  readonly count: number;
}

async function lastEvents({ parts, workspace }: TdCall, tail: Tail): Promise<readonly string[]> {
  const { database, table, rows, count } = tail;
  if (count === 0) return [];
  const texts: string[] = [];
  let start: number | undefined = Math.max(0, rows - count);
  while (start !== undefined && texts.length < count) {
    const page = await parts.reader.events(workspace, { database, table, start, limit: count - texts.length });
    texts.push(...(page?.events ?? []));
    start = page?.next;
  }
  return texts.toReversed();
}
