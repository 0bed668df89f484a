/** Changing leads: sync and delete. */
import { must } from '#kit/assert.ts';
import { DEFAULT_PARTITION } from '#model/definitions.ts';
import type { Workspace } from '#model/definitions.ts';
import type { FieldDefinition } from '#model/field.ts';
import type { JsonObject } from '#model/json.ts';
import { dedupeProblem } from '#model/object-rules.ts';
import type { UpsertAction } from '#model/upsert.ts';
import type { RestFault, RestValue } from '#protocols/marketo-rest/envelope.ts';
import { fieldNotSupported, partitionDenied } from '#protocols/marketo-rest/errors.ts';
import { findsLeads, leadField } from '#protocols/marketo-rest/lead-answers.ts';
import { readDeleteLeads, readSyncLeads } from '#protocols/marketo-rest/lead-requests.ts';
import { homePartitions, SEVERAL } from './home-partitions.ts';
import type { HomePartition } from './home-partitions.ts';
import type { RestCall, RestReply } from './rest-parts.ts';
import { writeObjects } from './write-objects.ts';
import type { ObjectsWrite, WrittenObjects } from './write-objects.ts';

export async function syncLeads(call: RestCall): Promise<RestReply> {
  const { action, lookupField, partitionName, input, warnings } = readSyncLeads(call.json);
  const lookup = lookupOf(call.workspace, lookupField);
  if (partitionName !== undefined && !call.workspace.partitions.has(partitionName))
    throw partitionDenied(partitionName);
  const homes = await homesOf(call, { action, lookup, partitionName, input });
  return { ...(await writeLeads(call, { action, lookup, input, homes })), warnings };
}

export async function deleteLeads(call: RestCall): Promise<RestReply> {
  const { input, warnings } = readDeleteLeads(call.json, call.parameters);
  const lookup = leadField(call.workspace, 'id');
  const homes = await homePartitions(call, lookup, input);
  return { ...(await writeLeads(call, { action: 'delete', lookup, input, homes })), warnings };
}

function lookupOf(workspace: Workspace, name: string): FieldDefinition {
  const field = leadField(workspace, name);
  const problem = dedupeProblem(workspace, name);
  if (problem !== undefined) throw fieldNotSupported(field.name, problem);
  if (findsLeads(field)) return field;
  throw fieldNotSupported(field.name, 'leads are looked up by id, email, the sfdc ids and custom fields');
}

interface LeadsToPlace {
  readonly action: UpsertAction;
  readonly lookup: FieldDefinition;
  readonly partitionName: string | undefined;
  readonly input: readonly JsonObject[];
}

// A partition that is named is the only one that is looked at, as in the Data Ingestion API. Duplicates match nothing.
function homesOf(
  call: RestCall,
  { action, lookup, partitionName, input }: LeadsToPlace,
): Promise<readonly HomePartition[]> | readonly HomePartition[] {
  if (partitionName !== undefined) return input.map(() => partitionName);
  return action === 'createDuplicate' ? input.map(() => DEFAULT_PARTITION) : homePartitions(call, lookup, input);
}

interface LeadsWrite {
  readonly action: UpsertAction;
  readonly lookup: FieldDefinition;
  readonly input: readonly JsonObject[];
  readonly homes: readonly HomePartition[];
}

/** A record's place among the requests of the log: one for each partition. */
interface Place {
  readonly write: number;
  readonly index: number;
}

async function writeLeads(call: RestCall, write: LeadsWrite): Promise<RestReply> {
  const { writes, places } = byPartition(write);
  const written = await writeObjects(call, writes);
  const result = places.map((place) => shownResult(place, written));
  const requestId = written[0]?.requestId;
  return { result, ...(requestId !== undefined && { requestId }) };
}

function byPartition({ action, lookup, input, homes }: LeadsWrite): {
  readonly writes: readonly ObjectsWrite[];
  readonly places: readonly (Place | undefined)[];
} {
  const groups = new Map<string, { readonly write: number; readonly objects: JsonObject[] }>();
  const places = input.map((record, at): Place | undefined => {
    const home = must(homes[at], 'each record has a place');
    if (home === SEVERAL) return undefined;
    const group = groups.get(home) ?? { write: groups.size, objects: [] };
    groups.set(home, group);
    return { write: group.write, index: group.objects.push(record) - 1 };
  });
  const writes = [...groups].map(([partitionName, { objects }]): ObjectsWrite => {
    const members = { partitionName, dedupeFields: { field1: lookup.name } };
    return { target: { kind: 'person' }, action, members, objects };
  });
  return { writes, places };
}

function shownResult(place: Place | undefined, written: readonly WrittenObjects[]): RestValue {
  if (place === undefined) return skipped({ code: '1007', message: 'Multiple lead match lookup criteria' });
  const { results, absence } = must(written[place.write], 'each write was made');
  const result = results.get(place.index);
  if (result === undefined) return skipped(absence);
  const { outcome, identity, code = '611', message = 'System error' } = result;
  if (outcome === 'failed') return skipped({ code, message });
  return { id: identity ?? null, status: outcome };
}

// Without an id, as recorded.
function skipped({ code, message }: RestFault): RestValue {
  return { status: 'skipped', reasons: [{ code, message }] };
}
