/**
 * What operators may define as a field, and how a field may change later. Pure.
 * Owns: names, types and lengths of custom fields. Never: stores them.
 */
import { DefinitionError, invalidDefinition } from './definition-error.ts';
import type { Workspace } from './definitions.ts';
import type { DataType, FieldDefinition, FieldNotes } from './field.ts';

/** Names end up as columns, and no store takes longer identifiers than PostgreSQL's 63 bytes. */
const MAX_NAME_LENGTH = 63;

/** Starts with a letter; letters, digits and underscore follow. */
export const NAME_PATTERN: string = `^[A-Za-z][A-Za-z0-9_]{0,${MAX_NAME_LENGTH - 1}}$`;

/** Custom fields of persons in one workspace (law 6). */
const MAX_PERSON_FIELDS = 500;

/** Characters for string-like types, bytes of UTF-8 for `text`: the length unless given, and the greatest. */
const LENGTHS: Partial<Record<DataType, { readonly usual: number; readonly greatest: number }>> = {
  string: { usual: 255, greatest: 2000 },
  email: { usual: 255, greatest: 2000 },
  phone: { usual: 255, greatest: 2000 },
  url: { usual: 255, greatest: 2000 },
  text: { usual: 30_000, greatest: 30_000 },
};

// Columns of the system's own, and names that a store keeps for itself.
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'id',
  'marketoguid',
  'partitionname',
  'createdat',
  'updatedat',
  'rowid',
  'ctid',
  'oid',
  'tableoid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
]);

/** A field as an operator asks for it. */
export interface WantedField {
  readonly name: string;
  readonly dataType: DataType;
  readonly length?: number;
  readonly displayName?: string;
  readonly notes?: FieldNotes;
}

/** The person field after the change; throws a {@link DefinitionError} when it may not be made. */
export function decidePersonField(workspace: Workspace, wanted: WantedField): FieldDefinition {
  refuseSystemColumn(wanted.name);
  const existing = workspace.personFields.get(wanted.name.toLowerCase());
  if (existing !== undefined && existing.custom !== true) {
    throw new DefinitionError('reserved', `${existing.name} is a standard field, which every workspace has as it is.`);
  }
  if (existing === undefined) refuseBeyondLimit(workspace);
  return { ...decideField(existing, wanted, ''), custom: true };
}

/** How many custom person fields the workspace may still have. */
export function personFieldsLeft({ personFields }: Workspace): number {
  const custom = [...personFields.values()].filter((field) => field.custom === true);
  return Math.max(0, MAX_PERSON_FIELDS - custom.length);
}

function refuseBeyondLimit(workspace: Workspace): void {
  if (personFieldsLeft(workspace) > 0) return;
  throw new DefinitionError('limit', `A workspace may have ${MAX_PERSON_FIELDS} custom person fields.`);
}

const NAME = new RegExp(NAME_PATTERN, 'u');

/** Whether a field may have this name, be it free or not. */
export function mayNameField(name: string): boolean {
  return NAME.test(name) && !SYSTEM_COLUMNS.has(name.toLowerCase());
}

/** Throws when the name, in any case, is a column of the system's own. */
export function refuseSystemColumn(name: string): void {
  if (!SYSTEM_COLUMNS.has(name.toLowerCase())) return;
  throw new DefinitionError('reserved', `${name} is a column of the system's own; choose another name.`);
}

/**
 * The field after the change. A length may grow and a display name change; a type stays, since rows hold its values.
 * `place` is where the field stands in the body, such as `fields[2].`.
 */
export function decideField(
  existing: FieldDefinition | undefined,
  wanted: WantedField,
  place: string,
): FieldDefinition {
  const length = decideLength(existing, wanted, `${place}length`);
  const notes = wanted.notes ?? existing?.notes;
  return {
    name: existing?.name ?? wanted.name,
    displayName: wanted.displayName ?? existing?.displayName ?? wanted.name,
    dataType: wanted.dataType,
    ...(length !== undefined && { length }),
    ...(notes !== undefined && { notes }),
  };
}

function decideLength(existing: FieldDefinition | undefined, wanted: WantedField, member: string): number | undefined {
  refuseOtherType(existing, wanted);
  const limits = LENGTHS[wanted.dataType];
  if (limits === undefined) {
    if (wanted.length !== undefined)
      throw invalidDefinition(member, `a field of type ${wanted.dataType} has no length`);
    return undefined;
  }
  const length = wanted.length ?? existing?.length ?? limits.usual;
  if (length > limits.greatest)
    throw invalidDefinition(member, `must be at most ${limits.greatest} for ${wanted.dataType}`);
  if (length < (existing?.length ?? 0)) {
    throw new DefinitionError('conflict', `${wanted.name} has length ${existing?.length}; a length can only grow.`);
  }
  return length;
}

function refuseOtherType(existing: FieldDefinition | undefined, wanted: WantedField): void {
  if (existing === undefined || existing.dataType === wanted.dataType) return;
  throw new DefinitionError('conflict', `${existing.name} has type ${existing.dataType}, and a type cannot change.`);
}
