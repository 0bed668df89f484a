/**
 * Fields of persons and custom objects: their definitions and the values that they hold.
 * Owns: the closed list of data types. Never: decides whether a value fits (see field-value.ts).
 */

/** Types that a custom field may have. A `reference` belongs to the system. */
export const CUSTOM_DATA_TYPES = [
  'string',
  'text',
  'integer',
  'score',
  'percent',
  'float',
  'currency',
  'boolean',
  'date',
  'datetime',
  'email',
  'phone',
  'url',
] as const;

/** Marketo's data types; docs/specs/persons.md says what each holds. */
export const DATA_TYPES: readonly [...typeof CUSTOM_DATA_TYPES, 'reference'] = [...CUSTOM_DATA_TYPES, 'reference'];

export type DataType = (typeof DATA_TYPES)[number];

export interface FieldDefinition {
  /** In its declared spelling; matched without regard to case. */
  readonly name: string;
  readonly displayName: string;
  readonly dataType: DataType;
  /** Characters, for string-like types; bytes of UTF-8 for `text`. */
  readonly length?: number;
  /** The system sets it; an object that carries it fails with 1011. */
  readonly readOnly?: boolean;
  /** Made by an operator, not one of the standard fields. */
  readonly custom?: boolean;
  readonly notes?: FieldNotes;
}

/** What a field's maker said of it, for people and their programs. Nothing in Inlet goes by it. */
export interface FieldNotes {
  readonly description?: string;
  readonly isHidden?: boolean;
  readonly isHtmlEncodingInEmail?: boolean;
  readonly isSensitive?: boolean;
}

export interface CustomObjectType {
  /** In its declared spelling; matched without regard to case. */
  readonly apiName: string;
  readonly displayName: string;
  readonly fields: readonly FieldDefinition[];
  /** One to three declared field names. */
  readonly dedupeFields: readonly string[];
  readonly link?: { readonly field: string; readonly personField: string };
  readonly notes?: TypeNotes;
  /** Milliseconds since 1970. Absent of a type that was made before these were kept. */
  readonly createdAt?: number;
  readonly updatedAt?: number;
}

/** What a type's maker said of it. Nothing in Inlet goes by it. */
export interface TypeNotes {
  readonly pluralName?: string;
  readonly description?: string;
  readonly showInLeadDetail?: boolean;
}

/**
 * A decided value of a field, as every store keeps it.
 * Integers are `number` where safe, else `bigint`. A date is `YYYY-MM-DD`, a datetime `YYYY-MM-DDTHH:MM:SSZ`.
 * `null` clears the field; `undefined` (absent) leaves it as it is.
 */
export type FieldValue = string | number | bigint | boolean | null;
