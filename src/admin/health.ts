/** `/healthz`, `/readyz`, `/metrics`: whether the server lives, whether it does its work, and how much of it. */
import { createWorkspaceSampler } from './workspace-sampler.ts';
import type { SamplerParts } from './workspace-sampler.ts';
import { joinExpositions } from '#telemetry/exposition.ts';
import type { ApplierStatus, Applying } from '#ports/applying.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';

export interface HealthParts extends SamplerParts {
  readonly applying: Pick<Applying, 'status'>;
  /** Why the gateway takes nothing at the moment; undefined while it does. Fit for anyone to read. */
  readonly refusing: () => string | undefined;
}

/** An applier that says nothing for so long counts as down: whoever asks for health needs an answer. */
const STATUS_TIMEOUT_MS = 2000;

const health: TSchema = Type.Object({ status: Type.Literal('ok') });

const readiness: TSchema = Type.Object({
  status: Type.Enum(['ready', 'not ready']),
  reasons: Type.Array(Type.String()),
  pausedWorkspaces: Type.Integer({ description: 'Workspaces whose store fails; the others go on' }),
});

const tags = ['health'];

export function healthRoutes(parts: HealthParts): FastifyPluginAsyncTypebox {
  const sampleWorkspaces = createWorkspaceSampler(parts);
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
          summary: '200 while requests are accepted and applied, else 503 with the reasons',
          response: { 200: readiness, 503: readiness },
        },
      },
      async (_request, reply) => {
        const status = await applierStatus(parts);
        const reasons = [parts.refusing(), status === undefined ? 'the applier does not answer' : undefined];
        const given = reasons.filter((reason) => reason !== undefined);
        const paused = status?.workspaces.filter(({ state }) => state === 'paused') ?? [];
        const ready = given.length === 0;
        return reply
          .code(ready ? 200 : 503)
          .send({ status: ready ? 'ready' : 'not ready', reasons: given, pausedWorkspaces: paused.length });
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
        if (status !== undefined) await sampleWorkspaces();
        const texts = [await parts.metrics.text(), status?.metrics ?? ''];
        return reply.type('text/plain; version=0.0.4; charset=utf-8').send(joinExpositions(texts));
      },
    );
  };
}

/** Undefined when no applier runs, or none answers in time. */
async function applierStatus(parts: HealthParts): Promise<ApplierStatus | undefined> {
  const answered = new AbortController();
  const silence = parts.clock.sleep(STATUS_TIMEOUT_MS, answered.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([parts.applying.status(), silence]);
  } catch {
    return undefined;
  } finally {
    answered.abort();
  }
}
