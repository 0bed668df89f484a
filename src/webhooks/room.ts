/**
 * The room of webhooks, put together over its ports.
 * Owns: the bounds on requests under way in the whole server and of a workspace (law 6). Never: opens an engine.
 */
import type { OneAtATime } from '#kit/one-at-a-time.ts';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import { sendingMs } from '#kit/pacer.ts';
import type { Pacer } from '#kit/pacer.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { Deliveries } from '#ports/deliveries.ts';
import type { JournalFeed } from '#ports/journal-feed.ts';
import type { SigningKeys } from '#ports/signing-keys.ts';
import type { WebhookEvents } from '#telemetry/webhook-events.ts';
import type { FastifyPluginAsync } from 'fastify';
import { AddressGuard } from './address-guard.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { KeyRing } from './key-ring.ts';
import { keyRoutes } from './key-routes.ts';
import { Lookups } from './lookups.ts';
import type { Resolve } from './lookups.ts';
import { Outbound } from './outbound.ts';
import { SignedBodies } from './signed-bodies.ts';
import { Slots } from './slots.ts';
import { webhookRoutes } from './webhook-routes.ts';
import { Webhooks } from './webhooks.ts';

/** Of one workspace a quarter: those of others go on while its receivers hang. */
const MOST_REQUESTS = { all: 256, each: 64 };

/** Deliveries of a webhook that wait or are under way; when there are so many, its cursor stays where it is. */
const MAX_PENDING = 1_000;

/** What a try costs besides its bytes, about, in milliseconds of this process: it is rested for. */
const TRY_COST_MS = 1.5;
/** Bytes are put together, signed twice and traced before they are sent: so many times what they cost to a stream. */
const BODY_WEIGHT = 3;

export interface RoomParts {
  readonly control: Control;
  readonly change: OneAtATime;
  readonly clock: Clock;
  readonly deliveries: Deliveries;
  readonly signingKeys: SigningKeys;
  readonly feed: JournalFeed;
  readonly pacer: Pick<Pacer, 'rest'>;
  readonly resolve: Resolve;
  readonly allowPrivate: boolean;
  readonly events: WebhookEvents;
  readonly url: () => string;
  /** Of this server. */
  readonly version: string;
  /** Deliveries of one webhook; 1,000 unless given. */
  readonly maxPending?: number;
}

export interface Room {
  /** To be started once the server is reached, and disposed of before the feed. */
  readonly webhooks: Webhooks;
  readonly routes: FastifyPluginAsync;
}

export function createRoom(parts: RoomParts): Room {
  const { clock, pacer, resolve, allowPrivate, version } = parts;
  const guard = new AddressGuard({ allowPrivate, lookups: new Lookups({ clock, resolve }) });
  const slots = new Slots(MOST_REQUESTS);
  const keys = new KeyRing(parts.signingKeys);
  const bodies = new SignedBodies(keys);
  // One after the other: the share of the event loop is that of all webhooks together.
  const inTurn = oneAtATime();
  const webhooks = new Webhooks({
    ...parts,
    keys,
    bodies,
    maxPending: parts.maxPending ?? MAX_PENDING,
    userAgent: `Inlet/${version}`,
    openOutbound: ({ workspace }) => new Outbound({ clock, guard, slots, workspace }),
    pace: (bytes) => inTurn(() => pacer.rest(TRY_COST_MS + BODY_WEIGHT * sendingMs(bytes))),
  });
  const routed = { ...parts, webhooks, guard, slots, keys, bodies };
  const routes: FastifyPluginAsync = async (app) => {
    for (const routesOf of [webhookRoutes, deliveryRoutes, keyRoutes]) await app.register(routesOf(routed));
  };
  return { webhooks, routes };
}
