/**
 * Custom object types with their states, as the calls below `customobjects/schema` show them (documented shapes).
 * Owns: which of the two versions of a type an answer shows. Never: changes one.
 */
import type { CustomObjectDraft } from '#model/custom-object-draft.ts';
import { draftOf } from '#model/custom-object-draft.ts';
import { isKeyType } from '#model/custom-object-rules.ts';
import type { Workspace } from '#model/definitions.ts';
import type { CustomObjectType } from '#model/field.ts';
import type { RestValue } from './envelope.ts';
import { describedField, ID_FIELD, moment, OBJECT_SYSTEM_FIELDS, relationship } from './object-answers.ts';

export const TYPE_STATES = ['draft', 'approved', 'approvedWithDraft'] as const;

export type TypeState = (typeof TYPE_STATES)[number];

/** A type as a workspace has it: approved, in the making, or both. */
export interface TypeVersions {
  readonly approved?: CustomObjectType;
  readonly draft?: CustomObjectDraft;
}

/** Undefined when the workspace has neither. The name counts in any case. */
export function typeVersions(workspace: Workspace, apiName: string): TypeVersions | undefined {
  const name = apiName.toLowerCase();
  const approved = workspace.customObjects.get(name);
  const draft = workspace.customObjectDrafts.get(name);
  if (approved === undefined && draft === undefined) return undefined;
  return { ...(approved !== undefined && { approved }), ...(draft !== undefined && { draft }) };
}

/** Lower-cased API names of all types, approved ones first. */
export function typeNames(workspace: Workspace): readonly string[] {
  return [...new Set([...workspace.customObjects.keys(), ...workspace.customObjectDrafts.keys()])];
}

/**
 * The version that a call asks for; undefined when there is none. Without a state the approved version, else the draft.
 * `approvedWithDraft` asks for the draft of a type that is approved as well.
 */
export function typeSchema(
  workspace: Workspace,
  { approved, draft }: TypeVersions,
  wanted?: TypeState,
): RestValue | undefined {
  if (approved !== undefined && (wanted ?? 'approved') === 'approved') {
    const dates = { createdAt: approved.createdAt ?? workspace.createdAt, updatedAt: approved.updatedAt };
    const shown = { ...draftOf(approved, dates.createdAt), ...dates };
    return schema(shown, { state: draft === undefined ? 'approved' : 'approvedWithDraft', version: 'approved' });
  }
  if (draft === undefined || wanted === 'approved') return undefined;
  if (approved === undefined && wanted === 'approvedWithDraft') return undefined;
  return schema(draft, { state: approved === undefined ? 'draft' : 'approvedWithDraft', version: 'draft' });
}

interface Version {
  readonly state: TypeState;
  readonly version: 'draft' | 'approved';
}

type ShownType = Omit<CustomObjectDraft, 'updatedAt'> & { readonly updatedAt: number | undefined };

// What was never approved has no id field and no dates, as documented.
function schema(type: ShownType, { state, version }: Version): RestValue {
  const isInUse = state !== 'draft';
  const { notes, fields, createdAt, updatedAt = createdAt } = type;
  const dedupeFields = fields.filter(({ isDedupeField }) => isDedupeField).map(({ name }) => name);
  const links = fields.flatMap(({ name, personField }) =>
    personField === undefined ? [] : [{ field: name, personField }],
  );
  return {
    state,
    version,
    displayName: type.displayName,
    ...(notes.pluralName !== undefined && { pluralName: notes.pluralName }),
    ...(notes.description !== undefined && { description: notes.description }),
    apiName: type.apiName,
    idField: isInUse ? ID_FIELD : null,
    createdAt: isInUse ? moment(createdAt) : null,
    updatedAt: isInUse ? moment(updatedAt) : null,
    dedupeFields,
    searchableFields: [dedupeFields, ...(isInUse ? [[ID_FIELD]] : []), ...links.map(({ field }) => [field])],
    relationships: links.map((link) => relationship('child', link)),
    fields: [...OBJECT_SYSTEM_FIELDS, ...fields].map((field) => ({
      ...describedField(field),
      updateable: !OBJECT_SYSTEM_FIELDS.some(({ name }) => name === field.name),
      crmManaged: false,
    })),
  };
}

/** Leads alone can be linked to, by id, email and custom fields that can be keys; by display name, as documented. */
export function linkableObjects({ personFields }: Workspace): readonly RestValue[] {
  const fields = [...personFields.values()].filter(
    ({ name, dataType, custom = false }) => name === 'id' || name === 'email' || (custom && isKeyType(dataType)),
  );
  return [
    {
      name: 'lead',
      displayName: 'Lead',
      fields: fields.map(({ displayName, dataType }) => ({ name: displayName, displayName, dataType })),
    },
  ];
}
