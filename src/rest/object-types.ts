/** Custom object types with drafts: reading, changing, approving. Every change waits for its turn. */
import {
  addDraftFields,
  caughtUp,
  changeDraft,
  changeDraftField,
  deleteDraftFields,
  draftOf,
  newDraft,
  wantedType,
} from '#model/custom-object-draft.ts';
import type { CustomObjectDraft } from '#model/custom-object-draft.ts';
import {
  datedCustomObject,
  decideCustomObject,
  MAX_CUSTOM_OBJECTS,
  refuseReservedName,
} from '#model/custom-object-rules.ts';
import type { Workspace } from '#model/definitions.ts';
import type { CustomObjectType } from '#model/field.ts';
import { invalidValue, restError, shown } from '#protocols/marketo-rest/errors.ts';
import {
  linkableObjects,
  TYPE_STATES,
  typeNames,
  typeSchema,
  typeVersions,
} from '#protocols/marketo-rest/type-answers.ts';
import type { TypeState, TypeVersions } from '#protocols/marketo-rest/type-answers.ts';
import {
  OBJECT_FIELD_TYPES,
  readDeletedTypeFields,
  readSyncObjectType,
  readTypeFieldChange,
  readTypeFields,
} from '#protocols/marketo-rest/type-requests.ts';
import { draftField } from './draft-field.ts';
import { workspaceOf } from './door.ts';
import type { RestCall, RestReply } from './rest-parts.ts';

export async function listObjectTypes(call: RestCall): Promise<RestReply> {
  const { workspace, parameters } = call;
  const state = stateOf(call);
  const names = parameters.list('names').map((name) => name.toLowerCase());
  const result = typeNames(workspace)
    .filter((name) => names.length === 0 || names.includes(name))
    .map((name) => typeSchema(workspace, typeVersions(workspace, name) ?? {}, state))
    .filter((schema) => schema !== undefined);
  return { result };
}

export async function describeObjectType(call: RestCall): Promise<RestReply> {
  const state = stateOf(call);
  const schema = typeSchema(call.workspace, versionsOf(call, call.workspace), state);
  if (schema === undefined) throw restError('1013', `the type has no version of state '${state}'`);
  return { result: [schema] };
}

export async function listFieldDataTypes(): Promise<RestReply> {
  return { result: OBJECT_FIELD_TYPES };
}

export async function listLinkableObjects({ workspace }: RestCall): Promise<RestReply> {
  return { result: linkableObjects(workspace) };
}

export async function syncObjectType(call: RestCall): Promise<RestReply> {
  const { action, change, warnings } = readSyncObjectType(call.json);
  await changing(call, async (workspace, now) => {
    const versions = typeVersions(workspace, change.apiName);
    if (versions !== undefined && action === 'createOnly') throw restError('1017', `the type ${change.apiName} exists`);
    if (versions === undefined && action === 'updateOnly') throw unknownType(change.apiName);
    if (versions === undefined) refuseNewType(workspace, change.apiName);
    const draft = draftIn(versions ?? {}, now) ?? newDraft(change, now);
    const changed = changeDraft(draft, change, versions?.approved);
    refuseTakenDisplayName(workspace, changed);
    return changed;
  });
  return { result: [], warnings };
}

export async function addTypeFields(call: RestCall): Promise<RestReply> {
  const { fields, warnings } = readTypeFields(call.json);
  await changingFields(call, (draft, workspace, approved) =>
    addDraftFields(
      draft,
      fields.map((field) => draftField(workspace, field)),
      approved,
    ),
  );
  return { result: [], warnings };
}

export async function updateTypeField(call: RestCall): Promise<RestReply> {
  const { fields, warnings } = readTypeFieldChange(call.json);
  const name = call.path['fieldApiName'] ?? '';
  await changingFields(call, (draft, _workspace, approved) =>
    fields.reduce((changed, change) => changeDraftField(changed, { name, change }, approved), draft),
  );
  return { result: [], warnings };
}

export async function deleteTypeFields(call: RestCall): Promise<RestReply> {
  const { fields, warnings } = readDeletedTypeFields(call.json, call.path['fieldApiName']);
  await changingFields(call, (draft, _workspace, approved) => deleteDraftFields(draft, fields, approved));
  return { result: [], warnings };
}

export async function approveObjectType(call: RestCall): Promise<RestReply> {
  const { parts, client } = call;
  await parts.change(async () => {
    const workspace = workspaceOf(parts, client);
    const { draft, approved } = versionsOf(call, workspace);
    if (draft === undefined) throw restError('709', 'the type has no draft; what is approved needs no approval');
    const wanted = wantedType(approved === undefined ? draft : caughtUp(draft, approved));
    const type = decideCustomObject(workspace, wanted);
    await parts.control.approveCustomObject(client.workspace, datedCustomObject(workspace, type, parts.clock.now()));
  });
  return { result: [] };
}

export async function discardObjectTypeDraft(call: RestCall): Promise<RestReply> {
  const { parts, client } = call;
  await parts.change(async () => {
    const { draft } = versionsOf(call, workspaceOf(parts, client));
    if (draft === undefined) throw restError('1048', 'the type has no draft');
    await parts.control.removeCustomObjectDraft(client.workspace, draft.apiName);
  });
  return { result: [] };
}

export async function deleteObjectType(call: RestCall): Promise<RestReply> {
  const { parts, client } = call;
  await parts.change(async () => {
    const { approved, draft } = versionsOf(call, workspaceOf(parts, client));
    if (approved !== undefined || draft === undefined) {
      throw restError('709', 'an approved type cannot be deleted, since requests in the log may name it');
    }
    await parts.control.removeCustomObjectDraft(client.workspace, draft.apiName);
  });
  return { result: [] };
}

function stateOf({ parameters }: RestCall): TypeState | undefined {
  const given = parameters.text('state');
  if (given === undefined) return undefined;
  const state = TYPE_STATES.find((each) => each === given);
  if (state === undefined) throw invalidValue(given, TYPE_STATES.join(', '));
  return state;
}

function versionsOf({ path }: RestCall, workspace: Workspace): TypeVersions {
  const { apiName = '' } = path;
  const versions = typeVersions(workspace, apiName);
  if (versions === undefined) throw unknownType(apiName);
  return versions;
}

function unknownType(apiName: string): Error {
  return restError('1013', `'${shown(apiName)}' is no custom object type of this subscription`);
}

/** Undefined: nothing of the type exists. */
function draftIn({ draft, approved }: TypeVersions, now: number): CustomObjectDraft | undefined {
  if (draft !== undefined || approved === undefined) return draft;
  return draftOf(approved, now);
}

type Change = (workspace: Workspace, now: number) => Promise<CustomObjectDraft>;

async function changing({ parts, client }: RestCall, change: Change): Promise<void> {
  await parts.change(async () => {
    const now = parts.clock.now();
    const draft = await change(workspaceOf(parts, client), now);
    await parts.control.putCustomObjectDraft(client.workspace, { ...draft, updatedAt: now });
  });
}

type FieldsChange = (draft: CustomObjectDraft, workspace: Workspace, approved?: CustomObjectType) => CustomObjectDraft;

function changingFields(call: RestCall, change: FieldsChange): Promise<void> {
  return changing(call, async (workspace, now) => {
    const versions = versionsOf(call, workspace);
    const draft = draftIn(versions, now);
    if (draft === undefined) throw unknownType(call.path['apiName'] ?? '');
    return change(draft, workspace, versions.approved);
  });
}

function refuseNewType(workspace: Workspace, apiName: string): void {
  refuseReservedName(apiName);
  if (typeNames(workspace).length < MAX_CUSTOM_OBJECTS) return;
  throw restError('709', `a subscription may have ${MAX_CUSTOM_OBJECTS} custom object types, drafts counted`);
}

function refuseTakenDisplayName(workspace: Workspace, { apiName, displayName }: CustomObjectDraft): void {
  const others = typeNames(workspace).filter((name) => name !== apiName.toLowerCase());
  const taken = others.find((name) => {
    const { approved, draft } = typeVersions(workspace, name) ?? {};
    return [approved, draft].some((each) => each?.displayName.toLowerCase() === displayName.toLowerCase());
  });
  if (taken !== undefined) throw restError('1017', `another type has the display name '${displayName}'`);
}
