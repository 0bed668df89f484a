/**
 * In which partition each lead of a REST write is.
 * Owns: the search over partitions, which the Data Ingestion API does not make: there the request names one.
 * Never: writes. What a lead is found by is looked up again when the write is applied, inside the partition found here.
 */
import { DEFAULT_PARTITION } from '#model/definitions.ts';
import { decideValue, isValueProblem } from '#model/field-value.ts';
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import type { JsonObject } from '#model/json.ts';
import type { ObjectRow } from '#ports/store-reader.ts';
import { restError } from '#protocols/marketo-rest/errors.ts';
import type { RestCall } from './rest-parts.ts';

/** Several partitions have a lead of this key. */
export const SEVERAL: unique symbol = Symbol('several partitions');

export type HomePartition = string | typeof SEVERAL;

const PAGE_LEADS = 1000;
/** Leads of equal keys that a write looks through; duplicates in such a number need an operator (law 6). */
const MAX_LEADS = 10_000;

/** One for each record, in their order: the default one when no lead is found, or the record has no usable key. */
export async function homePartitions(
  call: RestCall,
  lookup: FieldDefinition,
  records: readonly JsonObject[],
): Promise<readonly HomePartition[]> {
  if (call.workspace.partitions.size === 1) return records.map(() => DEFAULT_PARTITION);
  const keys = records.map((record) => lookupKey(lookup, record));
  const wanted = new Map(keys.flatMap((key) => (key === undefined ? [] : [[identityOf(key), key] as const])));
  const homes =
    wanted.size === 0 ? new Map<string, ObjectRow[]>() : await findLeads(call, lookup, [...wanted.values()]);
  return keys.map((key) => homeOf(call, (key !== undefined && homes.get(identityOf(key))) || []));
}

// The newest is the one that the applier would take, too (docs/specs/store.md).
function homeOf({ parts }: RestCall, leads: readonly ObjectRow[]): HomePartition {
  const partitions = new Set(leads.map(({ values: [, partition] }) => String(partition)));
  if (partitions.size > 1 && parts.multipleMatches === 'fail') return SEVERAL;
  const newest = leads.toSorted((left, right) => (newness(left) < newness(right) ? 1 : -1))[0];
  return newest === undefined ? DEFAULT_PARTITION : String(newest.values[1]);
}

function newness({ identity, values: [, , updatedAt] }: ObjectRow): string {
  return `${String(updatedAt)} ${String(identity).padStart(20, '0')}`;
}

async function findLeads(
  { parts, client }: RestCall,
  lookup: FieldDefinition,
  keys: readonly FieldValue[],
): Promise<Map<string, ObjectRow[]>> {
  const found: ObjectRow[] = [];
  const match = { fields: [lookup.name], keys: keys.map((key) => [key]) };
  const fields = [lookup.name, 'partitionName', 'updatedAt'];
  for (let hasMore = true; hasMore;) {
    const last = found.at(-1)?.identity;
    const wanted = { type: 'persons', fields, match, limit: PAGE_LEADS, ...(last !== undefined && { after: last }) };
    const page = await parts.reader.objects(client.workspace, wanted);
    found.push(...(page?.rows ?? []));
    hasMore = page?.hasMore ?? false;
    if (found.length > MAX_LEADS) throw restError('1003', 'Too many results match the lookup field');
  }
  return Map.groupBy(found, ({ values: [value = null] }) => identityOf(folded(lookup, value)));
}

// Of two spellings of one name the last counts, as the applier reads an object.
function lookupKey(lookup: FieldDefinition, record: JsonObject): FieldValue | undefined {
  const name = lookup.name.toLowerCase();
  const given = Object.entries(record).findLast(([key]) => key.toLowerCase() === name)?.[1];
  if (given === undefined) return undefined;
  const value = decideValue(lookup, given);
  return isValueProblem(value) || value === null ? undefined : folded(lookup, value);
}

function folded({ dataType }: FieldDefinition, value: FieldValue): FieldValue {
  return dataType === 'email' && typeof value === 'string' ? value.toLowerCase() : value;
}

function identityOf(value: FieldValue): string {
  return String(value);
}
