/**
 * Bodies that change leads: JSON value → typed request.
 * Owns: their members and defaults. Never: knows a workspace, or looks into a record.
 */
import type { JsonObject, JsonValue } from '#model/json.ts';
import { blank, invalidValue, restError } from './errors.ts';
import { MAX_RECORDS, membersOf } from './members.ts';
import type { RestParameters } from './parameters.ts';

export const LEAD_ACTIONS = ['createOrUpdate', 'createOnly', 'updateOnly', 'createDuplicate'] as const;

export interface SyncLeads {
  readonly action: (typeof LEAD_ACTIONS)[number];
  /** As it was sent. */
  readonly lookupField: string;
  /** Absent: any partition in which the lead is, else the default one. */
  readonly partitionName?: string;
  readonly input: readonly JsonObject[];
  readonly warnings: readonly string[];
}

/** Throws a {@link RestError}. */
export function readSyncLeads(json: JsonValue | undefined): SyncLeads {
  const members = membersOf(json);
  const action = members.choice('action', LEAD_ACTIONS) ?? 'createOrUpdate';
  const lookupField = members.text('lookupField') || 'email';
  const partitionName = members.text('partitionName') || undefined;
  // Every answer waits for its fates, so that this asks for nothing.
  members.flag('asyncProcessing');
  const input = members.records('input');
  if (lookupField.toLowerCase() === 'id' && action !== 'updateOnly') {
    throw restError('1003', "lookupField 'id' needs action 'updateOnly', since the system gives the ids");
  }
  if (partitionName !== undefined && (action === 'updateOnly' || action === 'createDuplicate')) {
    throw restError('1003', "partitionName goes with the actions 'createOnly' and 'createOrUpdate' alone");
  }
  return {
    action,
    lookupField,
    input,
    warnings: members.warnings(),
    ...(partitionName !== undefined && { partitionName }),
  };
}

export interface DeleteLeads {
  /** Objects with an `id` each, or without when the record had none. */
  readonly input: readonly JsonObject[];
  readonly warnings: readonly string[];
}

/** Ids come in a body, or without one in the parameter `id`. Throws a {@link RestError}. */
export function readDeleteLeads(json: JsonValue | undefined, parameters: RestParameters): DeleteLeads {
  if (json === undefined) return { input: leadsOf(parameters.list('id')), warnings: [] };
  const members = membersOf(json);
  const input = members.records('input').map(({ id }): JsonObject => (id === undefined ? {} : { id }));
  return { input, warnings: members.warnings() };
}

function leadsOf(ids: readonly string[]): readonly JsonObject[] {
  if (ids.length === 0) throw blank('input');
  if (ids.length > MAX_RECORDS) throw restError('1003', `at most ${MAX_RECORDS} leads are deleted in one call`);
  const stranger = ids.find((id) => !/^\d+$/.test(id));
  if (stranger !== undefined) throw invalidValue(stranger, 'integer');
  return ids.map((id) => ({ id }));
}
