/**
 * Bodies that change custom object types: JSON value → typed request.
 * Owns: their members, and which types a field may have. Never: knows which types exist.
 */
import type { TypeChange } from '#model/custom-object-draft.ts';
import type { JsonValue } from '#model/json.ts';
import { restError } from './errors.ts';
import { readDescription, readDisplayName, readName } from './field-requests.ts';
import { Members, membersOf } from './members.ts';

/** As the documented call lists them. A `link` takes the type of the person field that it names. */
export const OBJECT_FIELD_TYPES = [
  'string',
  'boolean',
  'integer',
  'float',
  'link',
  'email',
  'currency',
  'date',
  'datetime',
  'phone',
  'text',
] as const;

const TYPE_ACTIONS = ['createOrUpdate', 'createOnly', 'updateOnly'] as const;

export interface SyncObjectType {
  readonly action: (typeof TYPE_ACTIONS)[number];
  readonly change: TypeChange;
  readonly warnings: readonly string[];
}

/** A field as a body names it. */
export interface WantedTypeField {
  readonly name: string;
  readonly displayName: string;
  readonly description?: string;
  readonly dataType: (typeof OBJECT_FIELD_TYPES)[number];
  readonly isDedupeField: boolean;
  /** Of a link: the object and its field, by name or display name, in any case. */
  readonly relatedTo?: { readonly name: string; readonly field: string };
}

export interface TypeFieldsRequest<Field> {
  readonly fields: readonly Field[];
  readonly warnings: readonly string[];
}

export interface TypeFieldChange extends Partial<
  Pick<WantedTypeField, 'displayName' | 'description' | 'isDedupeField'>
> {
  readonly dataType?: Exclude<WantedTypeField['dataType'], 'link'>;
}

/** Throws a {@link RestError}. */
export function readSyncObjectType(json: JsonValue | undefined): SyncObjectType {
  const members = membersOf(json);
  const action = members.choice('action', TYPE_ACTIONS) ?? 'createOrUpdate';
  const apiName = readName(members, 'apiName');
  const displayName = action === 'updateOnly' ? members.text('displayName') : members.requiredText('displayName');
  const pluralName = members.text('pluralName');
  const description = readDescription(members);
  const showInLeadDetail = members.flag('showInLeadDetail');
  return {
    action,
    change: {
      apiName,
      ...(displayName !== undefined && { displayName: readDisplayName(displayName) }),
      notes: {
        ...(pluralName !== undefined && { pluralName: readDisplayName(pluralName) }),
        ...(description !== undefined && { description }),
        ...(showInLeadDetail !== undefined && { showInLeadDetail }),
      },
    },
    warnings: members.warnings(),
  };
}

/** Throws a {@link RestError}. */
export function readTypeFields(json: JsonValue | undefined): TypeFieldsRequest<WantedTypeField> {
  const body = membersOf(json);
  const records = body.records('input').map((record, at) => new Members(record, `input[${at}].`));
  const fields = records.map(readTypeField);
  return { fields, warnings: [...body.warnings(), ...records.flatMap((members) => members.warnings())] };
}

function readTypeField(members: Members): WantedTypeField {
  const name = readName(members);
  const displayName = readDisplayName(members.requiredText('displayName'));
  const description = readDescription(members);
  members.requiredText('dataType');
  const dataType = members.choice('dataType', OBJECT_FIELD_TYPES) ?? 'string';
  const related = members.object('relatedTo');
  const relatedTo = related === undefined ? undefined : readRelation(new Members(related, 'relatedTo.'));
  if ((dataType === 'link') !== (relatedTo !== undefined)) {
    throw restError('1003', `field ${name}: dataType 'link' and relatedTo go together`);
  }
  return {
    name,
    displayName,
    dataType,
    isDedupeField: members.flag('isDedupeField') ?? false,
    ...(description !== undefined && { description }),
    ...(relatedTo !== undefined && { relatedTo }),
  };
}

function readRelation(members: Members): { readonly name: string; readonly field: string } {
  return { name: members.requiredText('name'), field: members.requiredText('field') };
}

/** Throws a {@link RestError}. */
export function readTypeFieldChange(json: JsonValue | undefined): TypeFieldsRequest<TypeFieldChange> {
  const members = membersOf(json);
  const displayName = members.text('displayName');
  const description = readDescription(members);
  const isDedupeField = members.flag('isDedupeField');
  const dataType = members.choice('dataType', OBJECT_FIELD_TYPES);
  if (dataType === 'link') throw restError('1003', 'a field cannot become a link; delete it and add it anew');
  const field = {
    ...(displayName !== undefined && { displayName: readDisplayName(displayName) }),
    ...(description !== undefined && { description }),
    ...(isDedupeField !== undefined && { isDedupeField }),
    ...(dataType !== undefined && { dataType }),
  };
  return { fields: [field], warnings: members.warnings() };
}

/** Names of fields. One in the path needs no body. Throws a {@link RestError}. */
export function readDeletedTypeFields(
  json: JsonValue | undefined,
  nameInPath: string | undefined,
): TypeFieldsRequest<string> {
  if (nameInPath !== undefined) return { fields: [nameInPath], warnings: [] };
  const body = membersOf(json);
  const records = body.records('input').map((record, at) => new Members(record, `input[${at}].`));
  const fields = records.map((members) => members.requiredText('name'));
  return { fields, warnings: [...body.warnings(), ...records.flatMap((members) => members.warnings())] };
}
