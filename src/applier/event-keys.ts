/**
 * Leaves out events that have been stored already, as their idempotency keys say (docs/specs/events.md, E16 to E18).
 * Owns: which keys events have, and how many claims that makes. Never: decides who has a key; the store does.
 */
import type { EventSettings } from '#model/object-settings.ts';
import type { JsonObject } from '#model/json.ts';
import type { KeyClaim } from '#model/idempotency.ts';
import type { RequestId } from '#model/words.ts';
import type { StoreTransaction } from '#ports/store.ts';
import type { ContextEvents } from './events.ts';

/** The idempotency keys of some events. `whole`: they are one unit under one key. `own`: each has one, or none. */
export type EventKeys =
  | { readonly kind: 'whole'; readonly key: string; readonly requestId: RequestId }
  | { readonly kind: 'own'; readonly requestId: RequestId };

/** The keys of events with such settings, which `requestId` brings. Spread, it adds nothing where there are none. */
export function eventKeys(settings: EventSettings, requestId: RequestId): { readonly keys?: EventKeys } {
  const { idempotencyKey, keyedBy } = settings;
  if (idempotencyKey !== undefined) return { keys: { kind: 'whole', ...idempotencyKey } };
  return keyedBy === undefined ? {} : { keys: { kind: 'own', requestId } };
}

/** The event at a place among those of `part` repeats one of the request `of`. */
export interface RepeatedEvent<Part> {
  readonly part: Part;
  readonly at: number;
  readonly of: RequestId;
}

export interface FreshEvents<Part> {
  /** Those that are no duplicates; tables with none of them are left out. */
  readonly byTable: ReadonlyMap<string, readonly Part[]>;
  readonly repeated: readonly RepeatedEvent<Part>[];
}

export interface FreshOptions<Part> {
  readonly idempotencyWindowMs: number;
  /** The part with nothing but the events at these places. */
  readonly only: (part: Part, places: readonly number[]) => Part;
}

/** Claims the keys of events by `database.table`. Before any row of the batch. */
export async function freshEvents<Part extends ContextEvents>(
  transaction: StoreTransaction,
  byTable: ReadonlyMap<string, readonly Part[]>,
  { idempotencyWindowMs: windowMs, only }: FreshOptions<Part>,
): Promise<FreshEvents<Part>> {
  const fresh = new Map<string, readonly Part[]>();
  const repeated: RepeatedEvent<Part>[] = [];
  for (const [name, parts] of byTable) {
    const claimed = parts.map(claimsOf);
    const claims = claimed.flatMap((each) => each.claims);
    if (claims.length === 0) {
      fresh.set(name, parts);
      continue;
    }
    const [database = '', table = ''] = name.split('.');
    const owners = (await transaction.claimKeys({ database, table, claims, windowMs })).values();
    const kept: Part[] = [];
    for (const [at, part] of parts.entries()) {
      const found = repeats(part, claimed[at] as PartClaims, owners);
      repeated.push(...found.map((each) => ({ part, ...each })));
      const left = found.length === 0 ? part : only(part, placesWithout(part, found));
      if (left.events.length > 0) kept.push(left);
    }
    if (kept.length > 0) fresh.set(name, kept);
  }
  return { byTable: fresh, repeated };
}

/** The events at these places. */
export function eventsAt({ events }: ContextEvents, places: readonly number[]): JsonObject[] {
  return places.map((at) => events[at] as JsonObject);
}

/** The claims of one part. */
interface PartClaims {
  readonly claims: readonly KeyClaim[];
  /** For each claim the place of its event; absent: all events stand and fall with the one claim. */
  readonly places?: readonly number[];
}

// What brings no event takes no key: its events have failed, and the key is another's to use.
function claimsOf({ events, keys, context: { acceptedAt } }: ContextEvents): PartClaims {
  if (keys === undefined || events.length === 0) return { claims: [] };
  const { kind, requestId } = keys;
  if (kind === 'whole') return { claims: [{ key: keys.key, requestId, acceptedAt }] };
  const claims: KeyClaim[] = [];
  const places: number[] = [];
  for (const [at, event] of events.entries()) {
    const key = ownKey(event);
    if (key === undefined) continue;
    claims.push({ key, requestId, acceptedAt });
    places.push(at);
  }
  return { claims, places };
}

/** UUIDs are equal without regard to case. */
function ownKey(event: JsonObject): string | undefined {
  const uuid = Object.hasOwn(event, 'uuid') ? event['uuid'] : undefined;
  return typeof uuid === 'string' ? uuid.toLowerCase() : undefined;
}

/** Takes the owner of each claim. */
function repeats(
  { events }: ContextEvents,
  { claims, places }: PartClaims,
  owners: Iterator<RequestId | undefined>,
): readonly { readonly at: number; readonly of: RequestId }[] {
  const found: { at: number; of: RequestId }[] = [];
  for (const [nth, claim] of claims.entries()) {
    const of = owners.next().value;
    if (of === undefined) continue;
    if (places !== undefined) found.push({ at: places[nth] as number, of });
    // The rest of a request whose key it has already is no duplicate: it was tried apart from what came before it.
    else if (of !== claim.requestId) found.push(...Array.from(events.keys(), (at) => ({ at, of })));
  }
  return found;
}

function placesWithout({ events }: ContextEvents, found: readonly { readonly at: number }[]): number[] {
  const left = new Set(events.keys());
  for (const { at } of found) left.delete(at);
  return [...left];
}
