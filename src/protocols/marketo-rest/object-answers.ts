/**
 * Custom objects and their types as answers show them (documented shapes).
 * Owns: default fields, and by which fields objects are found. Never: reads a store.
 */
import type { Workspace } from '#model/definitions.ts';
import type { CustomObjectType, FieldDefinition, FieldValue } from '#model/field.ts';
import type { RestValue } from './envelope.ts';
import { fieldNotFound, fieldNotSupported } from './errors.ts';
import { shownValue } from './lead-answers.ts';

export const ID_FIELD = 'marketoGUID';

/** What every custom object has besides the fields of its type. */
export const OBJECT_SYSTEM_FIELDS: readonly FieldDefinition[] = [
  { name: ID_FIELD, displayName: 'Marketo GUID', dataType: 'string', length: 36, readOnly: true },
  { name: 'createdAt', displayName: 'Created At', dataType: 'datetime', readOnly: true },
  { name: 'updatedAt', displayName: 'Updated At', dataType: 'datetime', readOnly: true },
];

/** Fields of a call: `marketoGUID` first. Throws a {@link RestError} (1006) for an unknown one. */
export function objectFields(type: CustomObjectType, names: readonly string[]): readonly FieldDefinition[] {
  const wanted = names.length === 0 ? [...type.dedupeFields, 'createdAt', 'updatedAt'] : names;
  return [...new Set([ID_FIELD, ...wanted].map((name) => objectField(type, name)))];
}

function objectField(type: CustomObjectType, name: string): FieldDefinition {
  const lower = name.toLowerCase();
  const field = [...OBJECT_SYSTEM_FIELDS, ...type.fields].find((each) => each.name.toLowerCase() === lower);
  if (field === undefined) throw fieldNotFound(name);
  return field;
}

/**
 * The fields behind a `filterType`: an alias, or a field that finds objects alone. Throws a {@link RestError}.
 * Several fields are a compound key, whose values come as objects.
 */
export function findingFields(type: CustomObjectType, filterType: string): readonly FieldDefinition[] {
  if (filterType === 'idField') return [objectField(type, ID_FIELD)];
  if (filterType === 'dedupeFields') return type.dedupeFields.map((name) => objectField(type, name));
  const field = objectField(type, filterType);
  const isSearchable = searchableFields(type).some(([only, ...others]) => only === field.name && others.length === 0);
  if (isSearchable) return [field];
  throw fieldNotSupported(field.name, 'describe.json tells in searchableFields what a filterType may be');
}

/** One value per field. */
export function objectRow(seq: number, fields: readonly FieldDefinition[], values: readonly FieldValue[]): RestValue {
  const members = fields.map((field, at) => [field.name, shownValue(field, values[at] ?? null)] as const);
  return { seq, ...Object.fromEntries(members) };
}

/** A type of `customobjects.json`. */
export function listedObject(workspace: Workspace, type: CustomObjectType): Readonly<Record<string, RestValue>> {
  const { createdAt = workspace.createdAt, updatedAt = createdAt, notes = {} } = type;
  return {
    name: type.apiName,
    displayName: type.displayName,
    ...(notes.description !== undefined && { description: notes.description }),
    createdAt: moment(createdAt),
    updatedAt: moment(updatedAt),
    idField: ID_FIELD,
    dedupeFields: type.dedupeFields,
    searchableFields: searchableFields(type),
    relationships: type.link === undefined ? [] : [relationship('parent', type.link)],
  };
}

/** `describe.json` of a type. */
export function describedObject(workspace: Workspace, type: CustomObjectType): RestValue {
  return {
    ...listedObject(workspace, type),
    fields: [...OBJECT_SYSTEM_FIELDS, ...type.fields].map((field) => ({
      ...describedField(field),
      updateable: field.readOnly !== true && !type.dedupeFields.includes(field.name),
    })),
  };
}

export interface FieldLook extends Pick<FieldDefinition, 'name' | 'displayName' | 'dataType' | 'length' | 'notes'> {
  readonly description?: string;
}

/** What all descriptions of a field of an object have in common. */
export function describedField(field: FieldLook): Readonly<Record<string, RestValue>> {
  const description = field.description ?? field.notes?.description;
  return {
    name: field.name,
    displayName: field.displayName,
    ...(description !== undefined && { description }),
    dataType: field.dataType,
    ...(field.length !== undefined && { length: field.length }),
  };
}

export function relationship(
  kind: 'parent' | 'child',
  link: { readonly field: string; readonly personField: string },
): RestValue {
  return { field: link.field, type: kind, relatedTo: { name: 'Lead', field: link.personField } };
}

/** Milliseconds since 1970 → `2026-11-23T10:00:00Z`. */
export function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function searchableFields({ dedupeFields, link }: CustomObjectType): readonly (readonly string[])[] {
  return [dedupeFields, [ID_FIELD], ...(link === undefined ? [] : [[link.field]])];
}
