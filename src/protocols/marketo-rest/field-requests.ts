/**
 * Bodies that change lead fields: JSON value → typed request.
 * Owns: their members, and which types a field may have. Never: knows which fields exist.
 */
import { NAME_PATTERN } from '#model/field-rules.ts';
import type { WantedField } from '#model/field-rules.ts';
import type { FieldNotes } from '#model/field.ts';
import type { JsonValue } from '#model/json.ts';
import { restError } from './errors.ts';
import { Members, membersOf } from './members.ts';

/** Types of lead fields that the documented call makes. */
const LEAD_FIELD_TYPES = [
  'boolean',
  'currency',
  'date',
  'datetime',
  'email',
  'float',
  'integer',
  'percent',
  'phone',
  'score',
  'string',
  'url',
] as const;

export interface NewLeadFields {
  readonly fields: readonly (WantedField & { readonly displayName: string })[];
  readonly warnings: readonly string[];
}

export interface LeadFieldChange {
  readonly displayName?: string;
  readonly notes: FieldNotes;
  readonly warnings: readonly string[];
}

/** Throws a {@link RestError}. */
export function readNewLeadFields(json: JsonValue | undefined): NewLeadFields {
  const body = membersOf(json);
  const records = body.records('input').map((record, at) => new Members(record, `input[${at}].`));
  const fields = records.map((members) => {
    const name = readName(members);
    const displayName = readDisplayName(members.requiredText('displayName'));
    members.requiredText('dataType');
    const dataType = members.choice('dataType', LEAD_FIELD_TYPES) ?? 'string';
    const notes = readNotes(members);
    return { name, displayName, dataType, ...(Object.keys(notes).length > 0 && { notes }) };
  });
  return { fields, warnings: [...body.warnings(), ...records.flatMap((members) => members.warnings())] };
}

/** Throws a {@link RestError}. */
export function readLeadFieldChange(json: JsonValue | undefined): LeadFieldChange {
  const body = membersOf(json);
  const [record = {}, ...others] = body.records('input');
  if (others.length > 0) throw restError('1003', 'input holds one field, the one of the path');
  const members = new Members(record, 'input[0].');
  const displayName = members.text('displayName');
  const notes = readNotes(members);
  return {
    ...(displayName !== undefined && { displayName: readDisplayName(displayName) }),
    notes,
    warnings: [...body.warnings(), ...members.warnings()],
  };
}

/** A name that columns can have. Throws a {@link RestError} (1003). */
export function readName(members: Members, member = 'name'): string {
  const name = members.requiredText(member);
  if (new RegExp(NAME_PATTERN, 'u').test(name)) return name;
  throw restError('1003', `${member} must be a letter, then letters, digits and underscores, at most 63 in all`);
}

const MAX_TEXT_CHARACTERS = 255;

/** Throws a {@link RestError} (1003). */
export function readDisplayName(displayName: string): string {
  if (displayName.trim() !== '' && displayName.length <= MAX_TEXT_CHARACTERS) return displayName;
  throw restError('1003', `displayName must have 1 to ${MAX_TEXT_CHARACTERS} characters`);
}

const MAX_DESCRIPTION_CHARACTERS = 2000;

/** Throws a {@link RestError} (1003). */
export function readDescription(members: Members): string | undefined {
  const description = members.text('description');
  if (description === undefined || description.length <= MAX_DESCRIPTION_CHARACTERS) return description;
  throw restError('1003', `description must have at most ${MAX_DESCRIPTION_CHARACTERS} characters`);
}

function readNotes(members: Members): FieldNotes {
  const description = readDescription(members);
  const isHidden = members.flag('isHidden');
  const isHtmlEncodingInEmail = members.flag('isHtmlEncodingInEmail');
  const isSensitive = members.flag('isSensitive');
  return {
    ...(description !== undefined && { description }),
    ...(isHidden !== undefined && { isHidden }),
    ...(isHtmlEncodingInEmail !== undefined && { isHtmlEncodingInEmail }),
    ...(isSensitive !== undefined && { isSensitive }),
  };
}
