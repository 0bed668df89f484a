/**
 * What operators may define as a custom object type, and how a type may change later. Pure.
 * Owns: names, fields, dedupe fields and link. Never: stores them.
 */
import { isDeepStrictEqual } from 'node:util';
import { DefinitionError, invalidDefinition } from './definition-error.ts';
import type { Workspace } from './definitions.ts';
import { decideField, refuseSystemColumn } from './field-rules.ts';
import type { WantedField } from './field-rules.ts';
import type { CustomObjectType, DataType, FieldDefinition, TypeNotes } from './field.ts';

/** Custom object types in one workspace (law 6). */
export const MAX_CUSTOM_OBJECTS = 100;
/** Fields in one type. */
export const MAX_FIELDS = 50;
/** Fields by which objects of one type match. */
export const MAX_DEDUPE_FIELDS = 3;

/** Names that mean something else in a workspace's database. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'persons',
  'inlet',
  'inlet_base',
  'main',
  'public',
  'temp',
  'system',
  'information_schema',
]);

/** Types whose values are compared for equality alike on every store: what a dedupe field or a link may have. */
const KEY_TYPES: ReadonlyMap<DataType, 'text' | 'whole number' | 'time'> = new Map([
  ['string', 'text'],
  ['email', 'text'],
  ['phone', 'text'],
  ['url', 'text'],
  ['integer', 'whole number'],
  ['score', 'whole number'],
  ['percent', 'whole number'],
  ['date', 'time'],
  ['datetime', 'time'],
]);

/** Whether a dedupe field or a link may be of this type. */
export function isKeyType(dataType: DataType): boolean {
  return KEY_TYPES.has(dataType);
}

/** A type as an operator asks for it. Lists are never empty; the schema sees to it. */
export interface WantedCustomObject {
  readonly apiName: string;
  readonly displayName?: string;
  readonly fields: readonly WantedField[];
  readonly dedupeFields: readonly string[];
  readonly link?: { readonly field: string; readonly personField: string };
  readonly notes?: TypeNotes;
}

/** The type after the change; throws a {@link DefinitionError} when it may not be made. */
export function decideCustomObject(workspace: Workspace, wanted: WantedCustomObject): CustomObjectType {
  refuseReservedName(wanted.apiName);
  const existing = workspace.customObjects.get(wanted.apiName.toLowerCase());
  if (existing === undefined && workspace.customObjects.size >= MAX_CUSTOM_OBJECTS) {
    throw new DefinitionError('limit', `A workspace may have ${MAX_CUSTOM_OBJECTS} custom object types.`);
  }
  const fields = decideFields(existing, wanted.fields);
  const notes = wanted.notes ?? existing?.notes;
  const type: CustomObjectType = {
    apiName: existing?.apiName ?? wanted.apiName,
    displayName: wanted.displayName ?? existing?.displayName ?? wanted.apiName,
    fields,
    dedupeFields: decideDedupeFields(fields, wanted.dedupeFields),
    ...(wanted.link !== undefined && { link: decideLink(workspace, fields, wanted.link) }),
    ...(notes !== undefined && { notes }),
  };
  if (existing === undefined) return type;
  refuseOtherKeys(existing, type);
  const { createdAt, updatedAt } = existing;
  return {
    ...type,
    dedupeFields: existing.dedupeFields,
    ...(createdAt !== undefined && { createdAt }),
    ...(updatedAt !== undefined && { updatedAt }),
  };
}

/** The type with the time of its making or last change (milliseconds since 1970); as it is when nothing changed. */
export function datedCustomObject(workspace: Workspace, type: CustomObjectType, now: number): CustomObjectType {
  const existing = workspace.customObjects.get(type.apiName.toLowerCase());
  if (isDeepStrictEqual(existing, type)) return type;
  // What was made before the times were kept counts as old as its workspace.
  const createdAt = existing === undefined ? now : (existing.createdAt ?? workspace.createdAt);
  return { ...type, createdAt, updatedAt: now };
}

/** Throws when the name, in any case, means something else to a store. */
export function refuseReservedName(apiName: string): void {
  const name = apiName.toLowerCase();
  if (!RESERVED_NAMES.has(name) && !name.startsWith('pg_')) return;
  throw new DefinitionError(
    'reserved',
    `${apiName} means something else in a workspace's database; choose another name.`,
  );
}

function decideFields(
  existing: CustomObjectType | undefined,
  wanted: readonly WantedField[],
): readonly FieldDefinition[] {
  const before = byName(existing?.fields ?? []);
  const fields = wanted.map((field, at) => {
    refuseSystemColumn(field.name);
    return decideField(before.get(field.name.toLowerCase()), field, `fields[${at}].`);
  });
  const after = byName(fields);
  if (after.size < fields.length)
    throw invalidDefinition('fields', 'a name stands twice; names match without regard to case');
  const missing = [...before.keys()].find((name) => !after.has(name));
  if (missing === undefined) return inOldOrder([...before.keys()], after);
  const name = before.get(missing)?.name;
  throw new DefinitionError('conflict', `Field ${name} exists and cannot be removed; list it as well.`);
}

// Fields that were there keep their places, whatever order the body has; new ones follow.
function inOldOrder(
  names: readonly string[],
  fields: ReadonlyMap<string, FieldDefinition>,
): readonly FieldDefinition[] {
  const rank = new Map(names.map((name, at) => [name, at]));
  const rankOf = (field: FieldDefinition): number => rank.get(field.name.toLowerCase()) ?? names.length;
  return [...fields.values()].toSorted((left, right) => rankOf(left) - rankOf(right));
}

function decideDedupeFields(fields: readonly FieldDefinition[], wanted: readonly string[]): readonly string[] {
  const known = byName(fields);
  const names = wanted.map((name, at) => keyField(known, name, `dedupeFields[${at}]`).name);
  if (new Set(names).size < names.length) throw invalidDefinition('dedupeFields', 'a field stands twice');
  return names;
}

function keyField(fields: ReadonlyMap<string, FieldDefinition>, name: string, member: string): FieldDefinition {
  const field = fields.get(name.toLowerCase());
  if (field === undefined) throw invalidDefinition(member, `must be one of the type's fields, which '${name}' is not`);
  if (KEY_TYPES.has(field.dataType)) return field;
  throw invalidDefinition(
    member,
    `must have one of the types ${[...KEY_TYPES.keys()].join(', ')}, not ${field.dataType}`,
  );
}

function decideLink(
  workspace: Workspace,
  fields: readonly FieldDefinition[],
  wanted: { readonly field: string; readonly personField: string },
): { readonly field: string; readonly personField: string } {
  const field = keyField(byName(fields), wanted.field, 'link.field');
  const target = personField(workspace, wanted.personField);
  if (KEY_TYPES.get(field.dataType) === KEY_TYPES.get(target.dataType)) {
    return { field: field.name, personField: target.name };
  }
  const types = `${field.name} is ${field.dataType} and ${target.name} is ${target.dataType}`;
  throw invalidDefinition('link', `both ends must hold values of one kind; ${types}`);
}

// `id` is a column that every person has, whether or not the list of fields names it.
function personField(workspace: Workspace, name: string): Pick<FieldDefinition, 'name' | 'dataType'> {
  if (name.toLowerCase() === 'id') return { name: 'id', dataType: 'integer' };
  const field = workspace.personFields.get(name.toLowerCase());
  if (field !== undefined) return field;
  throw invalidDefinition('link.personField', `must be a person field of this workspace, which '${name}' is not`);
}

// What identifies an object cannot change once objects have been matched by it.
function refuseOtherKeys(existing: CustomObjectType, type: CustomObjectType): void {
  if (existing.dedupeFields.toSorted().join() !== type.dedupeFields.toSorted().join()) {
    throw new DefinitionError(
      'conflict',
      `The dedupe fields are ${existing.dedupeFields.join(', ')} and cannot change.`,
    );
  }
  if (existing.link?.field === type.link?.field && existing.link?.personField === type.link?.personField) return;
  const link = existing.link;
  const now = link === undefined ? 'has no link' : `is linked by ${link.field} to ${link.personField}`;
  throw new DefinitionError('conflict', `The type ${now}, which cannot change.`);
}

function byName(fields: readonly FieldDefinition[]): ReadonlyMap<string, FieldDefinition> {
  return new Map(fields.map((field) => [field.name.toLowerCase(), field]));
}
