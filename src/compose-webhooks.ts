/**
 * Builds the room of webhooks over what the gateway process has.
 * Owns: where its deliveries and keys lie. Never: decides anything.
 */
import type { Config } from '#config/options.ts';
import { openSqliteDeliveries } from '#engines/sqlite/deliveries.ts';
import { openFileSigningKeys } from '#engines/sqlite/signing-keys.ts';
import { SYSTEM_CLOCK } from '#engines/system/clock.ts';
import type { OneAtATime } from '#kit/one-at-a-time.ts';
import type { Pacer } from '#kit/pacer.ts';
import type { Control } from '#ports/control.ts';
import type { JournalFeed } from '#ports/journal-feed.ts';
import type { WebhookEvents } from '#telemetry/webhook-events.ts';
import { resolveHostNames } from '#webhooks/host-names.ts';
import { createRoom } from '#webhooks/room.ts';
import type { Room } from '#webhooks/room.ts';
import { dataFiles } from './data-files.ts';

interface WebhookComposition {
  readonly control: Control;
  readonly change: OneAtATime;
  readonly feed: JournalFeed;
  readonly pacer: Pacer;
  readonly webhookEvents: WebhookEvents;
  /** Where others reach the server; known once the port is open. */
  readonly address: { readonly url: string };
  readonly version: string;
  /** Closes the file of deliveries when it is disposed of; the room goes before. */
  readonly opened: AsyncDisposableStack;
}

/** Whoever calls this starts `webhooks` once the port is open, and disposes of it. */
export function composeWebhooks(
  { dataDirectory, webhookAllowPrivate }: Config,
  { webhookEvents: events, address, opened, ...parts }: WebhookComposition,
): Room {
  const files = dataFiles(dataDirectory);
  const deliveries = opened.use(openSqliteDeliveries({ path: files.webhooks }));
  return createRoom({
    ...parts,
    deliveries,
    signingKeys: openFileSigningKeys({ directory: files.webhookKeys }),
    clock: SYSTEM_CLOCK,
    resolve: resolveHostNames(),
    allowPrivate: webhookAllowPrivate,
    events,
    url: () => address.url,
  });
}
