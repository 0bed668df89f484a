/**
 * The rules by which the objects of a request become upserts: their fields, and what they match by.
 * Owns: which attributes may dedupe (P5 and C3 in docs/specs). Never: sees an object.
 */
import { must } from '#kit/assert.ts';
import type { Workspace } from './definitions.ts';
import type { CustomObjectType, FieldDefinition } from './field.ts';
import type { ObjectFailure } from './upsert-run.ts';
import type { MatchField, UpsertAction, UpsertOutcome } from './upsert.ts';
import type { WaitReason } from './waiting.ts';

/** Rules for objects of one type that match by the same fields, and are to be treated alike. */
export interface ObjectRules extends Manner {
  readonly kind: 'person' | 'customObject';
  /** Every field that a sender can name, by lower-cased name. */
  readonly fields: ReadonlyMap<string, FieldDefinition>;
  readonly matchBy: readonly MatchField[];
  /** Set when rows match by the identity that the system gives, `id` or `marketoGUID`: a key, but no value to store. */
  readonly identity?: FieldDefinition;
  /** The field that names a person, of a type that has one. */
  readonly link?: LinkRule;
}

/** What a sender asks for besides the objects themselves. */
export interface Manner {
  readonly action: UpsertAction;
  /** Set when the sender waits for each object's result. */
  readonly wantsIdentities: boolean;
}

export interface LinkRule {
  readonly field: FieldDefinition;
  /** What its value is compared with. */
  readonly personField: FieldDefinition;
  /** True for email. */
  readonly ignoreCase: boolean;
}

/** As the Data Ingestion API has it. */
const UPSERT: Manner = { action: 'createOrUpdate', wantsIdentities: false };

/** Rules for persons. The attributes have passed {@link dedupeProblem}. */
export function personRules(
  workspace: Workspace,
  dedupeFields: readonly string[],
  { action, wantsIdentities }: Manner = UPSERT,
): ObjectRules {
  const fields = workspace.personFields;
  const matchBy = dedupeFields.map((name) => matchField(fields, name));
  return withIdentity({ kind: 'person', action, wantsIdentities, fields, matchBy }, 'id');
}

/** A type, and where the persons are that its objects may be linked to. */
export interface TypeInWorkspace {
  readonly workspace: Pick<Workspace, 'personFields'>;
  readonly type: CustomObjectType;
}

/** Rules for custom objects, matched by the type's own dedupe fields or by the identity that the system gave them. */
export function customObjectRules(
  { workspace, type }: TypeInWorkspace,
  dedupeBy: 'dedupeFields' | 'marketoGUID',
  { action, wantsIdentities }: Manner = UPSERT,
): ObjectRules {
  const fields = new Map([...CUSTOM_OBJECT_SYSTEM_FIELDS, ...type.fields].map(byName));
  const names = dedupeBy === 'marketoGUID' ? ['marketoGUID'] : type.dedupeFields;
  const matchBy = names.map((name) => matchField(fields, name));
  const link = type.link === undefined ? {} : { link: linkRule(workspace, fields, type.link) };
  return withIdentity({ kind: 'customObject', action, wantsIdentities, fields, matchBy, ...link }, 'marketoGUID');
}

function linkRule(
  { personFields }: Pick<Workspace, 'personFields'>,
  fields: ReadonlyMap<string, FieldDefinition>,
  link: { readonly field: string; readonly personField: string },
): LinkRule {
  const field = must(fields.get(link.field.toLowerCase()), `link field '${link.field}' is one of the type's`);
  const personField = must(personFields.get(link.personField.toLowerCase()), `'${link.personField}' is a person field`);
  return { field, personField, ignoreCase: personField.dataType === 'email' };
}

/** What every custom object has besides its type's fields; the store sets them itself. */
const CUSTOM_OBJECT_SYSTEM_FIELDS: readonly FieldDefinition[] = [
  { name: 'marketoGUID', displayName: 'Marketo GUID', dataType: 'string', length: 36, readOnly: true },
  { name: 'createdAt', displayName: 'Created At', dataType: 'datetime', readOnly: true },
  { name: 'updatedAt', displayName: 'Updated At', dataType: 'datetime', readOnly: true },
];

function byName(field: FieldDefinition): [string, FieldDefinition] {
  return [field.name.toLowerCase(), field];
}

function matchField(fields: ReadonlyMap<string, FieldDefinition>, name: string): MatchField {
  const field = must(fields.get(name.toLowerCase()), `dedupe attribute '${name}' was admitted`);
  return { field, ignoreCase: field.dataType === 'email' };
}

function withIdentity(rules: ObjectRules, name: string): ObjectRules {
  const identity = rules.matchBy.find(({ field }) => field.name === name)?.field;
  return identity === undefined ? rules : { ...rules, identity };
}

const CRM_IDS: ReadonlySet<string> = new Set(['sfdcaccountid', 'sfdccontactid', 'sfdcleadid', 'sfdcleadownerid']);

/** Why these attributes cannot find persons, for the sender (code 4000802). Undefined when they can. */
export function dedupeProblem(workspace: Workspace, field1?: string, field2?: string): string | undefined {
  if (field1 === undefined) return field2 === undefined ? undefined : 'field2 needs field1 beside it';
  const problem = attributeProblem(workspace, field1);
  if (problem !== undefined || field2 === undefined) return problem;
  if (field1.toLowerCase() === field2.toLowerCase()) return `field1 and field2 are both '${field1}'`;
  return attributeProblem(workspace, field2);
}

function attributeProblem(workspace: Workspace, name: string): string | undefined {
  const field = workspace.personFields.get(name.toLowerCase());
  if (field === undefined) return `dedupe attribute '${name}' is not a field of persons`;
  return mayDedupe(field) ? undefined : `'${field.name}' cannot be a dedupe attribute; ${ALLOWED}`;
}

const ALLOWED =
  'id, email, the sfdc ids, custom attributes of type string or integer, and standard strings that senders may set can';

function mayDedupe(field: FieldDefinition): boolean {
  if (field.name === 'id') return true;
  if (field.readOnly === true) return false;
  if (field.custom === true) return field.dataType === 'string' || field.dataType === 'integer';
  return field.dataType === 'string' || field.dataType === 'email' || CRM_IDS.has(field.name.toLowerCase());
}

/** An object that waits, for its person or behind an earlier version of itself, fails with this in the end. */
export const PERSON_NOT_FOUND: ObjectFailure = { code: '1004', message: 'Lead not found' };
const PERSON_EXISTS: ObjectFailure = { code: '1005', message: 'Lead already exists' };
const OBJECT_NOT_FOUND: ObjectFailure = { code: '1013', message: 'Object not found' };
const OBJECT_EXISTS: ObjectFailure = { code: '1017', message: 'Object already exists' };
const SEVERAL_MATCHES: ObjectFailure = { code: '1007', message: 'Multiple lead match lookup criteria' };
const OBJECT_IN_USE: ObjectFailure = {
  code: '1022',
  message: 'Object in use: an earlier version of it waits for its person',
};

/** Why the objects of a row wait. Undefined when the store has decided them for good. */
export function outcomeWait(outcome: UpsertOutcome): Exclude<WaitReason, 'transient'> | undefined {
  return outcome === 'no-person' || outcome === 'behind' ? outcome : undefined;
}

/** Why the objects of a row failed in the store, also those that would wait if they may not. Undefined: applied. */
export function outcomeFailure(outcome: UpsertOutcome, { kind }: Pick<ObjectRules, 'kind'>): ObjectFailure | undefined {
  switch (outcome) {
    case 'created':
    case 'updated':
    case 'deleted':
      return undefined;
    case 'exists':
      return kind === 'person' ? PERSON_EXISTS : OBJECT_EXISTS;
    case 'not-found':
      return kind === 'person' ? PERSON_NOT_FOUND : OBJECT_NOT_FOUND;
    case 'several-matches':
      return SEVERAL_MATCHES;
    case 'no-person':
      return PERSON_NOT_FOUND;
    case 'behind':
      return OBJECT_IN_USE;
  }
}
