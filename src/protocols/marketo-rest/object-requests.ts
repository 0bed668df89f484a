/**
 * Bodies that change custom objects: JSON value → typed request.
 * Owns: their members and defaults. Never: knows a type, or looks into a record.
 */
import type { JsonObject, JsonValue } from '#model/json.ts';
import { restError } from './errors.ts';
import { membersOf } from './members.ts';
import type { Members } from './members.ts';

export const OBJECT_ACTIONS = ['createOrUpdate', 'createOnly', 'updateOnly'] as const;

const DEDUPE_MODES = ['dedupeFields', 'idField'] as const;

export interface ObjectsRequest {
  readonly action: (typeof OBJECT_ACTIONS)[number] | 'delete';
  /** In the words of the Data Ingestion API; the REST API calls the second one `idField`. */
  readonly dedupeBy: 'dedupeFields' | 'marketoGUID';
  readonly input: readonly JsonObject[];
  readonly warnings: readonly string[];
}

/** Throws a {@link RestError}. */
export function readSyncObjects(json: JsonValue | undefined): ObjectsRequest {
  const members = membersOf(json);
  const action = members.choice('action', OBJECT_ACTIONS) ?? 'createOrUpdate';
  const dedupeBy = readDedupeBy(members, 'dedupeBy');
  const input = members.records('input');
  if (dedupeBy === 'marketoGUID' && action !== 'updateOnly') {
    throw restError('1003', "dedupeBy 'idField' needs action 'updateOnly', since the system gives the ids");
  }
  return { action, dedupeBy, input, warnings: members.warnings() };
}

/** Throws a {@link RestError}. */
export function readDeleteObjects(json: JsonValue | undefined): ObjectsRequest {
  const members = membersOf(json);
  const dedupeBy = readDedupeBy(members, 'deleteBy');
  const input = members.records('input');
  return { action: 'delete', dedupeBy, input, warnings: members.warnings() };
}

function readDedupeBy(members: Members, name: string): ObjectsRequest['dedupeBy'] {
  return members.choice(name, DEDUPE_MODES) === 'idField' ? 'marketoGUID' : 'dedupeFields';
}
