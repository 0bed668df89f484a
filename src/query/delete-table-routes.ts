/** `DELETE W/databases/{database}/tables/{table}`: through the log, in order with the events before and behind it. */
import { callerGone } from '#kit/caller-gone.ts';
import { foldEventName } from '#model/event-names.ts';
import type { MunchkinId } from '#model/words.ts';
import { Problem } from '#protocols/api/problems.ts';
import { munchkinIdParam, problems } from '#protocols/api/schemas.ts';
import { DECISION_PATIENCE_MS } from './query-parts.ts';
import type { QueryParts } from './query-parts.ts';
import { OPERATOR_ID, submitEntry } from './submit-entry.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

const LANE = 'events';

export function deleteTableRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.delete(
      '/v1/workspaces/:munchkinId/databases/:database/tables/:table',
      {
        config: { access: 'workspace' },
        schema: {
          tags: ['events'],
          operationId: 'deleteTable',
          summary: 'Delete an event table with its events; the next event of its name makes a new one',
          description: '202: the deletion is durable, and will be carried out.',
          params: Type.Object({ munchkinId: munchkinIdParam, database: Type.String(), table: Type.String() }),
          response: { 202: Type.Null(), 204: Type.Null(), ...problems(401, 403, 404, 503) },
        },
      },
      async (request, reply) => {
        const { munchkinId, database, table } = request.params;
        const place = { database: foldEventName(database), table: foldEventName(table) };
        const isDone = await deleteTable(parts, munchkinId as MunchkinId, { place, gone: callerGone(reply.raw) });
        return reply.code(isDone ? 204 : 202).send(null);
      },
    );
  };
}

interface Deletion {
  readonly place: { readonly database: string; readonly table: string };
  /** Aborts when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

/** False when the command is durable and the applier has not come to it in time. */
async function deleteTable(parts: QueryParts, workspace: MunchkinId, { place, gone }: Deletion): Promise<boolean> {
  await refuseUnknown(parts, workspace, place);
  const envelope = { kind: 'command', command: 'drop-tables', clientId: OPERATOR_ID, ...place } as const;
  const submission = { workspace, lane: LANE, objects: 0, envelope, body: new Uint8Array() } as const;
  const { position } = await submitEntry(parts.submitting, submission);
  const patience = AbortSignal.timeout(parts.decisionPatienceMs ?? DECISION_PATIENCE_MS);
  const signal = AbortSignal.any([patience, gone]);
  try {
    await parts.applying.decided(workspace, LANE, position, signal);
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
  await parts.control.removeEventPlaces(workspace, place);
  return true;
}

async function refuseUnknown(
  { reader, control }: QueryParts,
  workspace: MunchkinId,
  { database, table }: Deletion['place'],
): Promise<void> {
  const [stored, made] = await Promise.all([reader.eventTables(workspace), control.eventPlaces(workspace)]);
  if ([...stored, ...made].some((each) => each.database === database && each.table === table)) return;
  throw new Problem('table-unknown', 'There is no table of this name.');
}
