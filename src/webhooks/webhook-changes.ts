/**
 * What an operator changes of webhooks: definition and standing together.
 * Owns: the order of the two, and the bound on their number (law 6). Never: reads a request.
 */
import { randomUUIDv7 } from 'node:crypto';
import { abortable } from '#kit/abortable.ts';
import type { Webhook } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';
import { Problem, invalidInput } from '#protocols/api/problems.ts';
import { urlFault } from '#protocols/webhooks/target-url.ts';
import { AddressRefused } from './address-guard.ts';
import { TIMEOUT_MS } from './outbound.ts';
import { TimeLimit } from './time-limit.ts';
import { endOfJournal, webhookOf } from './webhook-parts.ts';
import type { WebhookParts } from './webhook-parts.ts';
import type { NewWebhook, WebhookPatch } from './webhook-schemas.ts';
import type { Status } from './webhooks.ts';

const MAX_WEBHOOKS = 100;

export interface Changed {
  readonly webhook: Webhook;
  readonly status: Status;
}

/** Resolves once the receiver has been challenged, when it is enabled. */
export async function createWebhook(parts: WebhookParts, workspace: MunchkinId, body: NewWebhook): Promise<Changed> {
  await checkUrl(parts, workspace, body.url);
  const cursor = await endOfJournal(parts, workspace);
  const now = parts.clock.now();
  const made = { delivery: 'single', enabled: true, ...body } as const;
  const webhook: Webhook = { ...made, id: randomUUIDv7(), workspace, createdAt: now, updatedAt: now };
  await parts.change(async () => {
    if (webhooksOf(parts, workspace).length >= MAX_WEBHOOKS) throw tooMany();
    // A standing without a definition goes at the next start; a definition never lacks its standing.
    await parts.webhooks.register(webhook.id, cursor);
    await parts.control.putWebhook(webhook);
  });
  return {
    webhook,
    status: webhook.enabled ? await parts.webhooks.verify(webhook) : parts.webhooks.status(webhook.id),
  };
}

interface Patch {
  readonly workspace: MunchkinId;
  readonly id: string;
  readonly body: WebhookPatch;
}

/** Another URL is challenged, and so is a webhook that is enabled and unverified or disabled. */
export async function patchWebhook(parts: WebhookParts, { workspace, id, body }: Patch): Promise<Changed> {
  webhookOf(parts, workspace, id);
  if (body.url !== undefined) await checkUrl(parts, workspace, body.url);
  const mayBegin = body.url !== undefined || body.enabled === true;
  const cursor = mayBegin ? await endOfJournal(parts, workspace) : undefined;
  const { before, webhook } = await parts.change(async () => {
    const known = webhookOf(parts, workspace, id);
    const next = patched(known, body, parts.clock.now());
    await parts.control.putWebhook(next);
    return { before: known, webhook: next };
  });
  const { state } = parts.webhooks.status(id).standing;
  const isOtherPlace = webhook.url !== before.url;
  const isUnverified = isOtherPlace || state === 'unverified' || state === 'disabled';
  const begins = webhook.enabled && (isOtherPlace || (body.enabled === true && (isUnverified || !before.enabled)));
  if (begins && cursor !== undefined)
    return { webhook, status: await parts.webhooks.restart(webhook, cursor, isUnverified) };
  if (isOtherPlace) await parts.webhooks.unverify(webhook);
  return { webhook, status: await parts.webhooks.update(webhook) };
}

/** False when there is none. */
export async function removeWebhook(parts: WebhookParts, workspace: MunchkinId, id: string): Promise<boolean> {
  const isRemoved = await parts.change(() => parts.control.removeWebhook(workspace, id));
  // Behind the change, as it waits for what is under way: nobody's change waits for that.
  if (isRemoved) await parts.webhooks.remove(id);
  return isRemoved;
}

/** Of one workspace. */
export function webhooksOf({ control }: WebhookParts, munchkinId: string): readonly Webhook[] {
  return [...control.definitions().webhooks.values()].filter(({ workspace }) => workspace === munchkinId);
}

function patched(webhook: Webhook, { name, types, ...others }: WebhookPatch, updatedAt: number): Webhook {
  const { name: oldName, types: oldTypes, ...rest } = webhook;
  const newName = name === undefined ? oldName : (name ?? undefined);
  const newTypes = types === undefined ? oldTypes : (types ?? undefined);
  return {
    ...rest,
    ...others,
    updatedAt,
    ...(newName !== undefined && { name: newName }),
    ...(newTypes !== undefined && { types: newTypes }),
  };
}

// The address is judged at each connection too; here the operator is told at once.
async function checkUrl(parts: WebhookParts, workspace: MunchkinId, url: string): Promise<void> {
  const fault = urlFault(url);
  if (fault !== undefined) throw invalidInput('url', fault);
  const { clock, guard, slots } = parts;
  using limit = new TimeLimit(clock, TIMEOUT_MS);
  const looked = slots.run(workspace, limit.signal, () => guard.addressesOf(new URL(url).hostname));
  try {
    await abortable(looked, limit.signal);
  } catch (error) {
    if (error instanceof AddressRefused) throw invalidInput('url', error.message);
    // A name that cannot be resolved at the moment: the challenge tells.
  }
}

function tooMany(): Problem {
  return new Problem('limit-reached', `A workspace may have ${MAX_WEBHOOKS} webhooks; delete one that is not used.`);
}
