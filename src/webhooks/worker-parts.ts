import type { Webhook } from '#model/webhook.ts';
import type { Clock } from '#ports/clock.ts';
import type { JournalFeed } from '#ports/journal-feed.ts';
import type { WebhookEvents } from '#telemetry/webhook-events.ts';
import type { Outbound } from './outbound.ts';
import type { SignedBodies } from './signed-bodies.ts';

/** What every webhook's worker stands on. */
export interface WorkerParts {
  readonly feed: JournalFeed;
  readonly bodies: SignedBodies;
  readonly clock: Clock;
  readonly events: WebhookEvents;
  /** Such as `Inlet/1.2.3`. */
  readonly userAgent: string;
  /** Connections of one webhook alone. */
  readonly openOutbound: (webhook: Pick<Webhook, 'workspace'>) => Outbound;
  /** Deliveries of one webhook that wait or are under way; when there are so many, its cursor stays where it is. */
  readonly maxPending: number;
  /** Resolves when this process has time for one more try. */
  readonly pace: (bytes: number) => Promise<void>;
}
