/** What the routes of webhooks work with. */
import type { OneAtATime } from '#kit/one-at-a-time.ts';
import type { Webhook } from '#model/webhook.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { Deliveries } from '#ports/deliveries.ts';
import type { JournalFeed } from '#ports/journal-feed.ts';
import { StoreError } from '#ports/store.ts';
import { QueryError } from '#ports/store-reader.ts';
import { Problem } from '#protocols/api/problems.ts';
import type { AddressGuard } from './address-guard.ts';
import { journalEnd } from './journal-reading.ts';
import type { KeyRing } from './key-ring.ts';
import type { SignedBodies } from './signed-bodies.ts';
import type { Slots } from './slots.ts';
import { webhookUnknown } from './webhook-unknown.ts';
import type { Webhooks } from './webhooks.ts';

export interface WebhookParts {
  readonly control: Control;
  readonly clock: Clock;
  /** Checks and writes of one change, without another's in between. */
  readonly change: OneAtATime;
  readonly webhooks: Webhooks;
  readonly deliveries: Deliveries;
  readonly feed: Pick<JournalFeed, 'read'>;
  readonly guard: AddressGuard;
  readonly slots: Slots;
  readonly keys: KeyRing;
  readonly bodies: SignedBodies;
}

/** The webhook of this workspace in the path, or a problem. */
export function webhookOf({ control }: WebhookParts, munchkinId: string, id: string): Webhook {
  const webhook = control.definitions().webhooks.get(id);
  if (webhook?.workspace === munchkinId) return webhook;
  throw webhookUnknown();
}

/** Where a webhook begins that is to be sent what is written from now on. */
export async function endOfJournal({ feed }: WebhookParts, workspace: Webhook['workspace']): Promise<number> {
  try {
    return await journalEnd(feed, workspace);
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof QueryError)) throw error;
    throw new Problem('unavailable', 'The journal of the workspace cannot be read now, so that nothing can begin.');
  }
}
