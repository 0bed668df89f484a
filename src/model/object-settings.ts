/**
 * What a request said once for all its objects, as a store keeps it beside a single one of them.
 * Owns: the shape, which is a disk format; members are only ever added. Never: reads a request.
 */
import type { UpsertAction } from './upsert.ts';
import type { RequestId } from './words.ts';

/** All that is needed, besides the object itself, to try it again on its own. */
export type ObjectSettings = PersonSettings | CustomObjectSettings | EventSettings;

export interface PersonSettings {
  readonly kind: 'person';
  readonly partitionName: string;
  /** One or two dedupe attributes, in the spelling of the request. */
  readonly dedupeFields: readonly string[];
  /** Absent: `createOrUpdate`. */
  readonly action?: UpsertAction;
}

export interface CustomObjectSettings {
  readonly kind: 'customObject';
  /** In its declared spelling. */
  readonly apiName: string;
  readonly dedupeBy: 'dedupeFields' | 'marketoGUID';
  readonly action?: UpsertAction;
}

export interface EventSettings {
  readonly kind: 'event';
  readonly database: string;
  readonly table: string;
  readonly ip?: string;
  readonly userAgent?: string;
  readonly globalId?: string;
  readonly idKey?: string;
  /** The idempotency key of a request, and which request that was: a replay of its events owns the key too. */
  readonly idempotencyKey?: { readonly key: string; readonly requestId: RequestId };
  /** See `EventEnvelope`. */
  readonly keyedBy?: 'uuid';
}
