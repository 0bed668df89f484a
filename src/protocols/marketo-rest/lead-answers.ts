/**
 * Leads and their fields as answers show them (recorded and documented shapes).
 * Owns: default fields, which fields find leads, and the three descriptions of a field. Never: reads a store.
 */
import { must } from '#kit/assert.ts';
import type { Workspace } from '#model/definitions.ts';
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import type { RestValue } from './envelope.ts';
import { fieldNotFound } from './errors.ts';

const DEFAULT_FIELDS = ['id', 'firstName', 'lastName', 'email', 'updatedAt', 'createdAt'] as const;

/** Standard fields by which leads are found; of custom ones see {@link findsLeads}. */
const FINDING_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'email',
  'cookies',
  'leadpartitionid',
  'sfdcaccountid',
  'sfdccontactid',
  'sfdcleadid',
  'sfdcleadownerid',
]);

/** Fields of a call: `id` first, whether asked for or not. Throws a {@link RestError} (1006) for an unknown one. */
export function leadFields(workspace: Workspace, names: readonly string[]): readonly FieldDefinition[] {
  const wanted = names.length === 0 ? DEFAULT_FIELDS : names;
  return [...new Set(['id', ...wanted].map((name) => leadField(workspace, name)))];
}

/** Throws a {@link RestError} (1006). */
export function leadField(workspace: Workspace, name: string): FieldDefinition {
  const field = workspace.personFields.get(name.toLowerCase());
  if (field === undefined) throw fieldNotFound(name);
  return field;
}

/** Whether it may be a `filterType`: some standard fields, and custom ones of type string, email or integer. */
export function findsLeads({ name, dataType, custom = false }: FieldDefinition): boolean {
  if (!custom) return FINDING_FIELDS.has(name.toLowerCase());
  return dataType === 'string' || dataType === 'email' || dataType === 'integer';
}

/** One value per field. A boolean that was never set is false, anything else null. */
export function leadRow(fields: readonly FieldDefinition[], values: readonly FieldValue[]): RestValue {
  return Object.fromEntries(fields.map((field, at) => [field.name, shownValue(field, values[at] ?? null)]));
}

/** As answers show a stored value. */
export function shownValue({ dataType }: Pick<FieldDefinition, 'dataType'>, value: FieldValue): FieldValue {
  return value === null && dataType === 'boolean' ? false : value;
}

/** `describe.json`. The numbers of fields start at 1 and stay, since fields are never removed. */
export function describedFields(workspace: Workspace): readonly RestValue[] {
  return [...workspace.personFields.values()].map((field, at) => ({
    id: at + 1,
    displayName: field.displayName,
    dataType: field.dataType,
    ...lengthOf(field),
    rest: { name: field.name, readOnly: isReadOnly(field) },
  }));
}

/** `describe2.json`. */
export function describedLead(workspace: Workspace): RestValue {
  const fields = [...workspace.personFields.values()];
  return {
    name: 'API Lead',
    searchableFields: fields.filter(findsLeads).map(({ name }) => [name]),
    fields: fields.map((field) => ({
      name: field.name,
      displayName: field.displayName,
      dataType: field.dataType,
      ...lengthOf(field),
      updateable: !isReadOnly(field),
      crmManaged: false,
    })),
  };
}

/** A field of `schema/fields.json`. */
export function fieldSchema(field: FieldDefinition): RestValue {
  const { notes = {} } = field;
  return {
    displayName: field.displayName,
    name: field.name,
    description: notes.description ?? null,
    dataType: field.dataType,
    ...lengthOf(field),
    isHidden: notes.isHidden ?? false,
    isHtmlEncodingInEmail: notes.isHtmlEncodingInEmail ?? true,
    isSensitive: notes.isSensitive ?? false,
    isCustom: field.custom ?? false,
  };
}

/** Partitions are numbered from 1 in the order of their making; none is ever removed. */
export function partitionNumber({ partitions }: Workspace, name: string): number {
  const at = [...partitions].indexOf(name);
  return must(at === -1 ? undefined : at + 1, `the partition ${name} is defined`);
}

export function describedPartitions({ partitions }: Workspace): readonly RestValue[] {
  return [...partitions].map((name, at) => ({ id: at + 1, name }));
}

function lengthOf({ length }: FieldDefinition): { readonly length?: number } {
  return length === undefined ? {} : { length };
}

// A recorded instance shows `id` as writable: updates name the lead by it.
function isReadOnly({ name, readOnly = false }: FieldDefinition): boolean {
  return readOnly && name !== 'id';
}
