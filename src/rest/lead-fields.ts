/** The schema of lead fields: reading, making and changing them. */
import type { Workspace } from '#model/definitions.ts';
import { decidePersonField } from '#model/field-rules.ts';
import type { FieldDefinition } from '#model/field.ts';
import { restError } from '#protocols/marketo-rest/errors.ts';
import { readLeadFieldChange, readNewLeadFields } from '#protocols/marketo-rest/field-requests.ts';
import { fieldSchema, leadField } from '#protocols/marketo-rest/lead-answers.ts';
import { pageToken, placeOf } from '#protocols/marketo-rest/page-token.ts';
import { workspaceOf } from './door.ts';
import { MAX_PAGE } from './read-objects.ts';
import type { RestCall, RestReply } from './rest-parts.ts';

/** Fields keep their places, so that a page may begin at a number. */
export async function listLeadFields({ workspace, parameters }: RestCall): Promise<RestReply> {
  const limit = parameters.count('batchSize', MAX_PAGE);
  const start = startOf(parameters.text('nextPageToken'));
  const fields = [...workspace.personFields.values()];
  const end = start + limit;
  const moreResult = end < fields.length;
  const result = fields.slice(start, end).map(fieldSchema);
  return { result, ...(moreResult && { nextPageToken: pageToken(String(end)) }), moreResult };
}

function startOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const place = placeOf(token);
  if (/^\d{1,9}$/.test(place)) return Number(place);
  throw restError('1003', 'nextPageToken must be what the page before gave');
}

export async function getLeadField({ workspace, path }: RestCall): Promise<RestReply> {
  return { result: [fieldSchema(leadField(workspace, path['fieldApiName'] ?? ''))] };
}

/** All of them or none: each is judged beside those before it, and then they are stored. */
export async function createLeadFields({ parts, client, json }: RestCall): Promise<RestReply> {
  const { fields, warnings } = readNewLeadFields(json);
  await parts.change(async () => {
    let workspace = workspaceOf(parts, client);
    const decided: FieldDefinition[] = [];
    for (const wanted of fields) {
      refuseTaken(workspace, wanted);
      const field = decidePersonField(workspace, wanted);
      decided.push(field);
      workspace = withField(workspace, field);
    }
    for (const field of decided) await parts.control.putPersonField(client.workspace, field);
  });
  return { result: fields.map(({ name }) => ({ name, status: 'created' })), warnings };
}

export async function updateLeadField({ parts, client, path, json }: RestCall): Promise<RestReply> {
  const { displayName, notes, warnings } = readLeadFieldChange(json);
  const name = await parts.change(async () => {
    const workspace = workspaceOf(parts, client);
    const existing = leadField(workspace, path['fieldApiName'] ?? '');
    const wanted = { ...existing, displayName: displayName ?? existing.displayName };
    const field = decidePersonField(workspace, { ...wanted, notes: { ...existing.notes, ...notes } });
    if (displayName !== undefined) refuseTakenDisplayName(workspace, displayName, existing);
    await parts.control.putPersonField(client.workspace, field);
    return field.name;
  });
  return { result: [{ name, status: 'updated' }], warnings };
}

function refuseTaken(workspace: Workspace, wanted: { readonly name: string; readonly displayName: string }): void {
  const existing = workspace.personFields.get(wanted.name.toLowerCase());
  if (existing !== undefined) throw restError('1017', `leads have a field ${existing.name}`);
  refuseTakenDisplayName(workspace, wanted.displayName);
}

// Link fields name lead fields by their display names.
function refuseTakenDisplayName(workspace: Workspace, displayName: string, except?: FieldDefinition): void {
  const wanted = displayName.toLowerCase();
  const others = [...workspace.personFields.values()].filter((field) => field !== except);
  const taken = others.find((field) => field.displayName.toLowerCase() === wanted);
  if (taken !== undefined)
    throw restError('1017', `the field ${taken.name} has the display name '${taken.displayName}'`);
}

function withField(workspace: Workspace, field: FieldDefinition): Workspace {
  const personFields = new Map(workspace.personFields).set(field.name.toLowerCase(), field);
  return { ...workspace, personFields };
}
