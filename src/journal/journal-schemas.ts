/** Parameters that the ways to read the journal share. */
import { JOURNAL_TYPES } from '#model/journal.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { TArray, TOptional, TString, TUnion } from '@fastify/type-provider-typebox';

const NAMES = JOURNAL_TYPES.join(', ');

interface JournalParameterSchemas {
  readonly type: TOptional<TUnion<[TString, TArray<TString>]>>;
  readonly requestId: TOptional<TString>;
  readonly from: TOptional<TString>;
  readonly to: TOptional<TString>;
}

export const journalParameters: JournalParameterSchemas = {
  type: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 16 })], {
      description: `Only events of this type: ${NAMES}, or the full name of one. May be repeated`,
    }),
  ),
  requestId: Type.Optional(Type.String({ maxLength: 36, description: 'Only events that speak of this request' })),
  from: Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'Only events from this time on: ISO 8601 with zone, such as 2026-11-23T10:00:00Z',
    }),
  ),
  to: Type.Optional(Type.String({ maxLength: 64, description: 'Only events before this time' })),
};

export const sinceParameter: TOptional<TString> = Type.Optional(
  Type.String({ maxLength: 255, description: 'Only events behind this position, as the journal gave it' }),
);
