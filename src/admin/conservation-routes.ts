/** `/v1/conservation` and `W/conservation`: law 2 as the server checks it, by workspace and lane. */
import { holdsIn } from './conservation.ts';
import type { LaneAccount, WorkspaceAccount } from './conservation.ts';
import type { Conservation } from './conservation-checker.ts';
import { pageByKey } from '#protocols/api/paging.ts';
import { Problem } from '#protocols/api/problems.ts';
import { pageOf, pageQuery, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import { noFates } from '#model/fates.ts';
import { LANES } from '#model/words.ts';
import type { Lane, MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';

export interface ConservationParts {
  readonly clock: Clock;
  readonly conservation: Conservation;
}

const count = Type.Integer({ minimum: 0 });

const lane = Type.Object(
  {
    received: Type.Integer({ minimum: 0, description: 'Objects that the log has ever taken' }),
    created: count,
    updated: count,
    stored: count,
    deleted: count,
    failed: count,
    pending: Type.Integer({ minimum: 0, description: 'Decided once, and waiting for a retry' }),
    backlog: Type.Integer({ minimum: 0, description: 'In the log, not yet applied' }),
    difference: Type.Integer({ description: 'Above 0: objects are missing. Below: some are counted twice' }),
  },
  { description: 'received = created + updated + stored + deleted + failed + pending + backlog' },
);

const account: TSchema = Type.Object({
  munchkinId: Type.String(),
  holds: Type.Boolean({ description: 'Every difference is 0' }),
  checkedAt: Type.String({ format: 'date-time', description: 'When its counts were read' }),
  lanes: Type.Object({ high: lane, normal: lane, events: lane } satisfies Record<Lane, TSchema>),
});

const everywhere: TSchema = Type.Intersect([
  Type.Object({
    holds: Type.Boolean({ description: 'In each workspace, and all could be read' }),
    unread: Type.Integer({ minimum: 0, description: 'Workspaces whose store has not answered yet: nobody knows' }),
    checkedAt: Type.String({ format: 'date-time', description: 'When the answer was made' }),
  }),
  pageOf(account),
]);

const tags = ['health'];

export function conservationRoutes(parts: ConservationParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    everyWorkspace(app, parts);
    oneWorkspace(app, parts);
  };
}

function everyWorkspace(app: Api, { conservation, clock }: ConservationParts): void {
  app.get(
    '/v1/conservation',
    {
      config: { access: 'server' },
      schema: {
        tags,
        operationId: 'conservation',
        summary: 'Whether every object received has one fate, by workspace and lane',
        querystring: pageQuery,
        response: { 200: everywhere, ...problems(400, 401, 403) },
      },
    },
    async (request) => {
      await conservation.check();
      const accounts = conservation.accounts.values().map(shownAccount);
      const page = pageByKey(accounts, ({ munchkinId }) => munchkinId, { url: request.url, ...request.query });
      const { broken, unread } = conservation;
      const holds = broken === 0 && unread.size === 0;
      return { holds, unread: unread.size, checkedAt: new Date(clock.now()).toISOString(), ...page };
    },
  );
}

function oneWorkspace(app: Api, { conservation, clock }: ConservationParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/conservation',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'workspaceConservation',
        summary: 'Whether every object received has one fate, by lane',
        params: workspaceParams,
        response: { 200: account, ...problems(401, 403, 404, 503) },
      },
    },
    async (request) => {
      await conservation.check();
      const workspace = request.params.munchkinId as MunchkinId;
      if (conservation.unread.has(workspace)) throw new Problem('unavailable', 'The store does not answer; try again.');
      return shownAccount(conservation.accounts.get(workspace) ?? emptyAccount(workspace, clock.now()));
    },
  );
}

// Nothing was ever received.
function emptyAccount(workspace: MunchkinId, checkedAt: number): WorkspaceAccount {
  const empty: LaneAccount = { ...noFates(), backlog: 0, difference: 0 };
  return { workspace, checkedAt, lanes: { high: empty, normal: empty, events: empty } };
}

interface ShownAccount {
  readonly munchkinId: string;
  readonly holds: boolean;
  readonly checkedAt: string;
  readonly lanes: Readonly<Record<string, LaneAccount>>;
}

function shownAccount(each: WorkspaceAccount): ShownAccount {
  const lanes = Object.fromEntries(LANES.map((name) => [name, each.lanes[name]]));
  const checkedAt = new Date(each.checkedAt).toISOString();
  return { munchkinId: each.workspace, holds: holdsIn(each), checkedAt, lanes };
}
