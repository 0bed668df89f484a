/** `/healthz`, `/readyz`, `/metrics`: whether the server lives, whether it does its work, and how much of it. */
import { applierStatus } from './applier-status.ts';
import type { AskingForStatus } from './applier-status.ts';
import type { Conservation } from './conservation-checker.ts';
import { joinExpositions } from '#telemetry/exposition.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import type { ApplierStatus } from '#ports/applying.ts';
import type { IntakeWriter } from '#ports/intake-log.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';

export interface HealthParts extends AskingForStatus {
  readonly metrics: Metrics;
  readonly intakeTotals: Pick<IntakeWriter, 'durability'>;
  readonly conservation: Conservation;
  /** Why the gateway takes nothing at the moment; undefined while it does. Fit for anyone to read. */
  readonly refusing: () => string | undefined;
}

const health: TSchema = Type.Object({ status: Type.Literal('ok') });

const readiness: TSchema = Type.Object({
  status: Type.Enum(['ready', 'degraded', 'not ready'], {
    description: 'degraded: it accepts and applies, and something is wrong all the same',
  }),
  reasons: Type.Array(Type.String()),
  pausedWorkspaces: Type.Integer({ description: 'Workspaces whose store fails; the others go on' }),
});

const tags = ['health'];

export function healthRoutes(parts: HealthParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/healthz',
      {
        config: { access: 'public' },
        exposeHeadRoute: true,
        schema: { tags, operationId: 'health', summary: 'Answers while the process lives', response: { 200: health } },
      },
      async () => ({ status: 'ok' }),
    );

    app.get(
      '/readyz',
      {
        config: { access: 'public' },
        exposeHeadRoute: true,
        schema: {
          tags,
          operationId: 'readiness',
          summary: '200 while requests are accepted and applied, degraded or not, else 503; with the reasons',
          response: { 200: readiness, 503: readiness },
        },
      },
      async (_request, reply) => {
        const { status, reasons, pausedWorkspaces } = readinessOf(parts, await applierStatus(parts));
        return reply.code(status === 'not ready' ? 503 : 200).send({ status, reasons, pausedWorkspaces });
      },
    );

    app.get(
      '/metrics',
      {
        config: { access: 'public' },
        schema: {
          tags,
          operationId: 'metrics',
          summary: 'Prometheus text of both processes',
          response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: Type.String() } } } },
        },
      },
      async (_request, reply) => {
        const status = await applierStatus(parts);
        parts.metrics.set('inlet_applier_up', {}, status === undefined ? 0 : 1);
        parts.metrics.set('inlet_durability', { class: parts.intakeTotals.durability }, 1);
        if (status !== undefined) await parts.conservation.check();
        const texts = [await parts.metrics.text(), status?.metrics ?? ''];
        return reply.type('text/plain; version=0.0.4; charset=utf-8').send(joinExpositions(texts));
      },
    );
  };
}

interface Readiness {
  readonly status: 'ready' | 'degraded' | 'not ready';
  readonly reasons: readonly string[];
  readonly pausedWorkspaces: number;
}

// Workspaces are counted and not named: anyone may read this (law 7).
function readinessOf({ refusing, conservation }: HealthParts, applier: ApplierStatus | undefined): Readiness {
  const stops = [refusing(), applier === undefined ? 'the applier does not answer' : undefined];
  const { broken } = conservation;
  const doubts = [
    broken > 0 ? `law 2 does not hold in ${broken} workspaces; GET /v1/conservation shows where` : undefined,
  ];
  const reasons = [...stops, ...doubts].filter((reason) => reason !== undefined);
  const paused = applier?.workspaces.filter(({ state }) => state === 'paused') ?? [];
  const isStopped = stops.some((reason) => reason !== undefined);
  const unsound = reasons.length > 0 ? 'degraded' : 'ready';
  return { status: isStopped ? 'not ready' : unsound, reasons, pausedWorkspaces: paused.length };
}
