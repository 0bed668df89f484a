/**
 * Builds the REST room over what the gateway process has.
 * Owns: how long a REST write waits, and the room's count of calls. Never: opens an engine.
 */
import type { Config } from '#config/options.ts';
import { SYSTEM_CLOCK } from '#engines/system/clock.ts';
import { daysIn } from '#gateway/admission/quota-day.ts';
import type { TokenDirectory } from '#gateway/token-directory.ts';
import type { OneAtATime } from '#kit/one-at-a-time.ts';
import type { Applying } from '#ports/applying.ts';
import type { Control } from '#ports/control.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Submitting } from '#ports/submitting.ts';
import { restRoutes } from '#rest/rest-routes.ts';
import { UsageMeter } from '#rest/usage-meter.ts';
import type { GatewayEvents } from '#telemetry/events.ts';
import type { FastifyPluginAsync } from 'fastify';

const WRITE_PATIENCE_MS = 30_000;

/** Writes the last counts when it is disposed of, so it goes before control. */
export function composeUsage(
  { quotaTimezone }: Pick<Config, 'quotaTimezone'>,
  control: Control,
  events: Pick<GatewayEvents, 'internalFault'>,
): UsageMeter {
  const dayOf = daysIn(quotaTimezone);
  return new UsageMeter({
    control,
    clock: SYSTEM_CLOCK,
    dayOf: (nowMs) => dayOf(nowMs).day,
    onFault: (error) => events.internalFault(error, { where: 'rest.usage' }),
  });
}

interface RestComposition {
  readonly control: Control;
  readonly change: OneAtATime;
  readonly store: StoreReader & Applying;
  readonly gateway: Submitting;
  readonly tokens: TokenDirectory;
  readonly usage: UsageMeter;
  readonly events: GatewayEvents;
}

export function composeRest({ multipleMatches }: Config, parts: RestComposition): FastifyPluginAsync {
  const { control, change, store, gateway, tokens, usage, events } = parts;
  return restRoutes({
    control,
    change,
    clock: SYSTEM_CLOCK,
    reader: store,
    applying: store,
    submitting: gateway,
    tokenStanding: (token) => tokens.standingOf(token, SYSTEM_CLOCK.now()),
    usage,
    events,
    multipleMatches,
    patienceMs: WRITE_PATIENCE_MS,
  });
}
