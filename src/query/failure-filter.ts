/** What picks failed objects, in the query of the quarantine's list and in the body of a replay. */
import type { FailureFilter } from '#ports/store-reader.ts';
import type { RequestId } from '#model/words.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { TEnum, TOptional, TString } from '@fastify/type-provider-typebox';

export const failureFilterMembers: {
  readonly requestId: TOptional<TString>;
  readonly kind: TOptional<TEnum<['person', 'customObject', 'event']>>;
  readonly type: TOptional<TString>;
  readonly code: TOptional<TString>;
} = {
  requestId: Type.Optional(Type.String({ maxLength: 64, description: 'The request that they came with' })),
  kind: Type.Optional(Type.Enum(['person', 'customObject', 'event'])),
  type: Type.Optional(
    Type.String({ maxLength: 512, description: 'persons, the API name of a custom object type, or database.table' }),
  ),
  code: Type.Optional(Type.String({ maxLength: 16, description: 'Such as 1003' })),
};

interface WantedFailures {
  readonly requestId?: string;
  readonly kind?: FailureFilter['kind'];
  readonly type?: string;
  readonly code?: string;
}

export function failureFilter({ requestId, kind, type, code }: WantedFailures): Omit<FailureFilter, 'limit'> {
  return {
    ...(requestId !== undefined && { requestId: requestId.toLowerCase() as RequestId }),
    ...(kind !== undefined && { kind }),
    ...(type !== undefined && { type }),
    ...(code !== undefined && { code }),
  };
}
