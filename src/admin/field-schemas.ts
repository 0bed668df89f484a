/** How fields look in bodies and answers. */
import { NAME_PATTERN } from '#model/field-rules.ts';
import type { FieldDefinition } from '#model/field.ts';
import { CUSTOM_DATA_TYPES, DATA_TYPES } from '#model/field.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { TEnum, TInteger, TObject, TOptional, TSchema, TString } from '@fastify/type-provider-typebox';

export const nameSchema: TString = Type.String({
  pattern: NAME_PATTERN,
  description: 'Starts with a letter; letters, digits and underscore; matched without regard to case',
});

type FieldMembers = {
  readonly dataType: TEnum<[...typeof CUSTOM_DATA_TYPES]>;
  readonly length: TOptional<TInteger>;
  readonly displayName: TOptional<TString>;
};

/** What a body says about a field besides its name. */
export const fieldMembers: FieldMembers = {
  dataType: Type.Enum([...CUSTOM_DATA_TYPES]),
  length: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Characters; bytes of UTF-8 for text. 255 (text: 30,000) unless given' }),
  ),
  displayName: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
};

/** A field in a body that lists several. */
export const namedField: TObject<FieldMembers & { readonly name: TString }> = Type.Object(
  { name: nameSchema, ...fieldMembers },
  { additionalProperties: false },
);

/** A field as answers show it. */
export interface ShownField {
  readonly name: string;
  readonly displayName: string;
  readonly dataType: string;
  readonly length?: number;
  readonly readOnly: boolean;
  readonly custom: boolean;
}

export const shownFieldSchema: TSchema = Type.Object({
  name: Type.String(),
  displayName: Type.String(),
  dataType: Type.Enum([...DATA_TYPES]),
  length: Type.Optional(Type.Integer()),
  readOnly: Type.Boolean({ description: 'The system sets it; an object that carries it fails' }),
  custom: Type.Boolean({ description: 'Made by an operator' }),
});

export function shownField(field: FieldDefinition): ShownField {
  const { name, displayName, dataType, length, readOnly = false, custom = false } = field;
  return { name, displayName, dataType, readOnly, custom, ...(length !== undefined && { length }) };
}
