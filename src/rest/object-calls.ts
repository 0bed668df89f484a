/** Custom objects: the types in use, reading, sync and delete. */
import type { CustomObjectType, FieldDefinition, FieldValue } from '#model/field.ts';
import type { JsonObject } from '#model/json.ts';
import type { RestFault, RestValue } from '#protocols/marketo-rest/envelope.ts';
import { blank, invalidValue, restError, shown } from '#protocols/marketo-rest/errors.ts';
import {
  describedObject,
  findingFields,
  listedObject,
  objectFields,
  objectRow,
} from '#protocols/marketo-rest/object-answers.ts';
import { readDeleteObjects, readSyncObjects } from '#protocols/marketo-rest/object-requests.ts';
import type { ObjectsRequest } from '#protocols/marketo-rest/object-requests.ts';
import { filterKeys, keyValue, readPage, refuseKeyCount } from './read-objects.ts';
import type { RestCall, RestReply } from './rest-parts.ts';
import { writeObjects } from './write-objects.ts';

export async function listObjects({ workspace, parameters }: RestCall): Promise<RestReply> {
  const names = parameters.list('names').map((name) => name.toLowerCase());
  const types = [...workspace.customObjects].filter(([name]) => names.length === 0 || names.includes(name));
  return { result: types.map(([, type]) => listedObject(workspace, type)) };
}

export async function describeObject(call: RestCall): Promise<RestReply> {
  return { result: [describedObject(call.workspace, typeOf(call))] };
}

export async function getObjects(call: RestCall): Promise<RestReply> {
  const { parameters } = call;
  const type = typeOf(call);
  const fields = objectFields(type, parameters.list('fields'));
  const match = matchOf(call, type);
  const names = fields.map(({ name }) => name);
  const page = await readPage(call, { type: type.apiName, fields: names, match, numbered: false });
  const result = page.rows.map(({ values }, seq) => objectRow(seq, fields, values));
  return { result, ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken, moreResult: true }) };
}

export async function syncObjects(call: RestCall): Promise<RestReply> {
  return write(call, readSyncObjects(call.json));
}

export async function deleteObjects(call: RestCall): Promise<RestReply> {
  return write(call, readDeleteObjects(call.json));
}

async function write(call: RestCall, { action, dedupeBy, input, warnings }: ObjectsRequest): Promise<RestReply> {
  const { apiName } = typeOf(call);
  const target = { kind: 'customObject', apiName } as const;
  const [written] = await writeObjects(call, [{ target, action, members: { dedupeBy }, objects: input }]);
  if (written === undefined) throw restError('611');
  const { requestId, results, absence } = written;
  const result = input.map((_record, seq): RestValue => {
    const found = results.get(seq);
    if (found === undefined) return { seq, ...skipped(absence) };
    const { outcome, identity = null, code = '611', message = 'System error' } = found;
    return outcome === 'failed'
      ? { seq, ...skipped({ code, message }) }
      : { seq, status: outcome, marketoGUID: identity };
  });
  return { result, warnings, ...(requestId !== undefined && { requestId }) };
}

function skipped({ code, message }: RestFault): { readonly [member: string]: RestValue } {
  return { status: 'skipped', reasons: [{ code, message }] };
}

/** The type in the path, in any case. Throws a {@link RestError} (1013). */
function typeOf({ workspace, path }: RestCall): CustomObjectType {
  const { customObjectName = '' } = path;
  const type = workspace.customObjects.get(customObjectName.toLowerCase());
  if (type !== undefined) return type;
  const isDraft = workspace.customObjectDrafts.has(customObjectName.toLowerCase());
  const reason = isDraft ? 'is a draft; approve it first' : 'is no custom object type of this subscription';
  throw restError('1013', `'${shown(customObjectName)}' ${reason}`);
}

interface Match {
  readonly fields: readonly string[];
  readonly keys: readonly (readonly FieldValue[])[];
}

// Values come as texts for one field, or as objects for the several of a compound key.
function matchOf({ parameters }: RestCall, type: CustomObjectType): Match {
  const objects = parameters.objects('input');
  const filterType = objects === undefined ? parameters.required('filterType') : parameters.text('filterType');
  const fields = findingFields(type, filterType ?? 'dedupeFields');
  const names = fields.map(({ name }) => name);
  if (objects !== undefined) return { fields: names, keys: objectKeys(fields, objects) };
  const [only, ...others] = fields;
  if (only === undefined || others.length > 0) throw blank('input');
  return { fields: names, keys: filterKeys(only, parameters.list('filterValues')) };
}

function objectKeys(
  fields: readonly FieldDefinition[],
  objects: readonly JsonObject[],
): readonly (readonly FieldValue[])[] {
  refuseKeyCount(objects.length, 'input');
  return objects.map((object) => fields.map((field) => keyValue(field, memberOf(object, field))));
}

function memberOf(object: JsonObject, { name, dataType }: FieldDefinition): JsonObject[string] {
  const value = Object.entries(object).findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  if (value === undefined || value === null || value === '') throw invalidValue('', `${dataType}' of '${name}`);
  return value;
}
