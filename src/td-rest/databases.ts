/** Databases: list, create, delete. */
import { databaseAnswer } from '#protocols/td-rest/answers.ts';
import { tdError } from '#protocols/td-rest/errors.ts';
import { deletePlace } from './delete-place.ts';
import { mayUse } from './door.ts';
import { databaseInPath, knownDatabase, readPlaces } from './places.ts';
import { jsonReply } from './reply.ts';
import type { TdCall, TdReply } from './td-parts.ts';

export async function listDatabases({ parts, workspace, key }: TdCall): Promise<TdReply> {
  const { databases } = await readPlaces(parts, workspace);
  const visible = [...databases.values()].filter(({ database }) => mayUse(key, database));
  return jsonReply({ databases: visible.map(databaseAnswer) });
}

export async function createDatabase(call: TdCall): Promise<TdReply> {
  const { parts, workspace } = call;
  const database = databaseInPath(call);
  const { databases } = await readPlaces(parts, workspace);
  const place = { database, createdAt: parts.clock.now() };
  if (databases.has(database) || !(await parts.control.addEventPlace(workspace, place))) {
    throw tdError('td-409', `database '${database}'`);
  }
  return jsonReply({ database });
}

export async function deleteDatabase(call: TdCall): Promise<TdReply> {
  const database = databaseInPath(call);
  knownDatabase(await readPlaces(call.parts, call.workspace), database);
  const requestId = await deletePlace(call, { database });
  return { ...jsonReply({ database }), requestId };
}
