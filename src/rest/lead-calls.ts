/** Reading leads: by a filter, by id, and what describes them. */
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import type { RestValue } from '#protocols/marketo-rest/envelope.ts';
import { fieldNotSupported, leadNotFound } from '#protocols/marketo-rest/errors.ts';
import {
  describedFields,
  describedLead,
  describedPartitions,
  findsLeads,
  leadField,
  leadFields,
  leadRow,
  partitionNumber,
} from '#protocols/marketo-rest/lead-answers.ts';
import { filterKeys, readPage } from './read-objects.ts';
import type { Lookup } from './read-objects.ts';
import type { RestCall, RestReply } from './rest-parts.ts';

const PARTITION_FIELD = 'leadPartitionId';
/** A column of every store besides the fields (docs/specs/store.md). */
const PARTITION_COLUMN = 'partitionName';

export async function getLeads(call: RestCall): Promise<RestReply> {
  const { workspace, parameters } = call;
  const filter = leadField(workspace, parameters.required('filterType'));
  if (!findsLeads(filter)) {
    throw fieldNotSupported(
      filter.name,
      'GET /rest/v1/leads/describe2.json tells in searchableFields what finds leads',
    );
  }
  const fields = leadFields(workspace, parameters.list('fields'));
  const page = await readPage(call, lookupOf(call, { filter, fields }));
  const result = page.rows.map(({ values }) => shownLead(call, fields, values));
  return { result, ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken, moreResult: true }) };
}

export async function getLead(call: RestCall): Promise<RestReply> {
  const { parts, client, workspace, parameters, path } = call;
  const { leadId = '' } = path;
  const fields = leadFields(workspace, parameters.list('fields'));
  if (!/^\d{1,15}$/.test(leadId)) throw leadNotFound(leadId);
  const match = { fields: ['id'], keys: [[Number(leadId)]] };
  const wanted = { type: 'persons', fields: fields.map(columnOf), match, limit: 1 };
  const page = await parts.reader.objects(client.workspace, wanted);
  const [row] = page?.rows ?? [];
  if (row === undefined) throw leadNotFound(leadId);
  return { result: [shownLead(call, fields, row.values)] };
}

export async function describeLeads({ workspace }: RestCall): Promise<RestReply> {
  return { result: describedFields(workspace) };
}

export async function describeLeads2({ workspace }: RestCall): Promise<RestReply> {
  return { result: [describedLead(workspace)] };
}

export async function listLeadPartitions({ workspace }: RestCall): Promise<RestReply> {
  return { result: describedPartitions(workspace) };
}

interface LeadFilter {
  readonly filter: FieldDefinition;
  readonly fields: readonly FieldDefinition[];
}

function lookupOf(call: RestCall, { filter, fields }: LeadFilter): Lookup {
  const match = filter.name === PARTITION_FIELD ? partitionMatch(call) : fieldMatch(call, filter);
  return { type: 'persons', fields: fields.map(columnOf), match, numbered: true };
}

function fieldMatch({ parameters }: RestCall, filter: FieldDefinition): Lookup['match'] {
  return { fields: [filter.name], keys: filterKeys(filter, parameters.list('filterValues')) };
}

// Clients know partitions by number, stores by name.
function partitionMatch({ workspace, parameters }: RestCall): Lookup['match'] {
  const numbers = filterKeys(
    { name: PARTITION_FIELD, displayName: '', dataType: 'integer' },
    parameters.list('filterValues'),
  );
  const names = [...workspace.partitions];
  const keys = numbers.flatMap(([number]) =>
    names[Number(number) - 1] === undefined ? [] : [[names[Number(number) - 1] ?? null]],
  );
  return { fields: [PARTITION_COLUMN], keys };
}

function columnOf({ name }: FieldDefinition): string {
  return name === PARTITION_FIELD ? PARTITION_COLUMN : name;
}

function shownLead(
  { workspace }: RestCall,
  fields: readonly FieldDefinition[],
  values: readonly FieldValue[],
): RestValue {
  const shown = values.map((value, at) =>
    fields[at]?.name === PARTITION_FIELD ? partitionNumber(workspace, String(value)) : value,
  );
  return leadRow(fields, shown);
}
