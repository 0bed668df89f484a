/**
 * Drafts of custom object types, as the REST API makes them: a type in the making, or a change of one that is in use.
 *
 * ```
 *            change, addField …           approve
 *  (nothing) ─────────────────► draft ─────────────► approved ◄──────────────┐
 *      ▲                         │                      │ change, addField …  │ approve,
 *      └───── discard, delete ───┘                      ▼                     │ discard
 *                                                approvedWithDraft ───────────┘
 * ```
 *
 * Owns: what a draft is, and how it changes. Pure. Never: stores one, or decides what a type may be; the rules of
 * custom-object-rules.ts judge a draft when it is approved.
 */
import { invalidDefinition, DefinitionError } from './definition-error.ts';
import { MAX_DEDUPE_FIELDS, MAX_FIELDS } from './custom-object-rules.ts';
import type { WantedCustomObject } from './custom-object-rules.ts';
import type { CustomObjectType, DataType, FieldDefinition, TypeNotes } from './field.ts';

export interface CustomObjectDraft {
  /** In its declared spelling; matched without regard to case. */
  readonly apiName: string;
  readonly displayName: string;
  readonly notes: TypeNotes;
  readonly fields: readonly DraftField[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface DraftField {
  readonly name: string;
  readonly displayName: string;
  readonly description?: string;
  readonly dataType: DataType;
  readonly length?: number;
  readonly isDedupeField: boolean;
  /** Of a link: the person field that it names, in its declared spelling. */
  readonly personField?: string;
}

/** What a call says of a type; absent members stay as they are. */
export interface TypeChange {
  readonly apiName: string;
  readonly displayName?: string;
  readonly notes: TypeNotes;
}

/** What a call says of a field of a draft; absent members stay as they are. */
export type FieldChange = Partial<Omit<DraftField, 'name' | 'length' | 'personField'>>;

/** The draft of a type that nobody has made yet. */
export function newDraft({ apiName, displayName = apiName, notes }: TypeChange, now: number): CustomObjectDraft {
  return { apiName, displayName, notes, fields: [], createdAt: now, updatedAt: now };
}

/** A draft that differs in nothing from the type. */
export function draftOf(type: CustomObjectType, now: number): CustomObjectDraft {
  const { apiName, displayName, notes = {}, dedupeFields, link } = type;
  const fields = type.fields.map((field): DraftField => ({
    name: field.name,
    displayName: field.displayName,
    dataType: field.dataType,
    isDedupeField: dedupeFields.includes(field.name),
    ...(field.notes?.description !== undefined && { description: field.notes.description }),
    ...(field.length !== undefined && { length: field.length }),
    ...(link?.field === field.name && { personField: link.personField }),
  }));
  return { apiName, displayName, notes, fields, createdAt: type.createdAt ?? now, updatedAt: now };
}

/** Throws when a name that is in use would change. */
export function changeDraft(
  draft: CustomObjectDraft,
  change: TypeChange,
  approved?: CustomObjectType,
): CustomObjectDraft {
  const { displayName = draft.displayName, notes } = change;
  if (approved !== undefined && displayName !== approved.displayName) {
    throw new DefinitionError('conflict', `The type ${approved.apiName} is approved; its display name cannot change.`);
  }
  return { ...draft, displayName, notes: { ...draft.notes, ...notes } };
}

/** Throws when a name is taken, or too many fields, a second link or a new key of an approved type would come of it. */
export function addDraftFields(
  draft: CustomObjectDraft,
  added: readonly DraftField[],
  approved?: CustomObjectType,
): CustomObjectDraft {
  const fields = [...draft.fields];
  for (const field of added) {
    refuseTakenNames(fields, field);
    if (approved !== undefined) refuseNewKey(approved, field);
    fields.push(field);
  }
  if (fields.length > MAX_FIELDS) throw new DefinitionError('limit', `A type has at most ${MAX_FIELDS} fields.`);
  if (fields.filter(({ personField }) => personField !== undefined).length > 1) {
    throw invalidDefinition('', 'a type has one link field at most');
  }
  return { ...draft, fields };
}

/** Throws when there is no such field, or what an approved type rests on would change. */
export function changeDraftField(
  draft: CustomObjectDraft,
  { name, change }: { readonly name: string; readonly change: FieldChange },
  approved?: CustomObjectType,
): CustomObjectDraft {
  const field = draftField(draft, name);
  const next = { ...field, ...change };
  if (change.dataType !== undefined && change.dataType !== field.dataType) {
    refuseLinkOfOtherType(field);
    delete (next as { length?: number }).length;
  }
  refuseTakenNames(
    draft.fields.filter((other) => other !== field),
    next,
  );
  if (isApproved(approved, name)) refuseChangeInUse(field, next);
  return { ...draft, fields: draft.fields.map((other) => (other === field ? next : other)) };
}

/** Throws when one of them is no field of the draft, or is a field of the approved type. */
export function deleteDraftFields(
  draft: CustomObjectDraft,
  names: readonly string[],
  approved?: CustomObjectType,
): CustomObjectDraft {
  const gone = names.map((name) => draftField(draft, name));
  const inUse = gone.find(({ name }) => isApproved(approved, name));
  if (inUse !== undefined)
    throw new DefinitionError('conflict', `Field ${inUse.name} is approved and cannot be deleted.`);
  return { ...draft, fields: draft.fields.filter((field) => !gone.includes(field)) };
}

/**
 * The draft with what was added to the approved type meanwhile, by an operator or by data that brought new fields:
 * approval would else take it away.
 */
export function caughtUp(draft: CustomObjectDraft, approved: CustomObjectType): CustomObjectDraft {
  const current = draftOf(approved, draft.updatedAt).fields;
  const kept = draft.fields.map((field): DraftField => {
    const { length = 0 } = current.find(({ name }) => sameName(name, field.name)) ?? {};
    return length > (field.length ?? length) ? { ...field, length } : field;
  });
  const added = current.filter((field) => !draft.fields.some(({ name }) => sameName(name, field.name)));
  return { ...draft, fields: [...kept, ...added] };
}

/** What the rules of types are asked for when the draft is approved. Throws when it has no field to match by. */
export function wantedType({ apiName, displayName, notes, fields }: CustomObjectDraft): WantedCustomObject {
  const dedupeFields = fields.filter(({ isDedupeField }) => isDedupeField).map(({ name }) => name);
  if (dedupeFields.length === 0 || dedupeFields.length > MAX_DEDUPE_FIELDS) {
    throw invalidDefinition('', `a type needs 1 to ${MAX_DEDUPE_FIELDS} fields with isDedupeField`);
  }
  const link = fields.find(({ personField }) => personField !== undefined);
  return {
    apiName,
    displayName,
    notes,
    dedupeFields,
    fields: fields.map(({ name, displayName: shown, dataType, length, description }) => ({
      name,
      displayName: shown,
      dataType,
      ...(length !== undefined && { length }),
      ...(description !== undefined && { notes: { description } }),
    })),
    ...(link?.personField !== undefined && { link: { field: link.name, personField: link.personField } }),
  };
}

function draftField({ apiName, fields }: CustomObjectDraft, name: string): DraftField {
  const field = fields.find((each) => sameName(each.name, name));
  if (field !== undefined) return field;
  throw new DefinitionError('conflict', `The type ${apiName} has no field '${name}'.`);
}

function refuseTakenNames(fields: readonly DraftField[], { name, displayName }: DraftField): void {
  const taken = fields.find((field) => sameName(field.name, name) || sameName(field.displayName, displayName));
  if (taken === undefined) return;
  throw new DefinitionError('conflict', `Names are given once in a type: ${taken.name} (${taken.displayName}) exists.`);
}

function refuseNewKey(approved: CustomObjectType, field: DraftField): void {
  if (!field.isDedupeField && field.personField === undefined) return;
  throw new DefinitionError('conflict', `The type ${approved.apiName} is approved; its dedupe and link fields stay.`);
}

function refuseLinkOfOtherType({ name, personField }: DraftField): void {
  if (personField === undefined) return;
  throw new DefinitionError(
    'conflict',
    `Field ${name} has the type of the person field ${personField} that it links to.`,
  );
}

function refuseChangeInUse(field: DraftField, next: FieldDefinition & Pick<DraftField, 'isDedupeField'>): void {
  if (next.dataType === field.dataType && next.isDedupeField === field.isDedupeField) return;
  throw new DefinitionError('conflict', `Field ${field.name} is approved; its type and its part in matching stay.`);
}

function isApproved(approved: CustomObjectType | undefined, name: string): boolean {
  return approved?.fields.some((field) => sameName(field.name, name)) ?? false;
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
