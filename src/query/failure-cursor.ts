/** Places in the quarantine as the cursors of its pages: `<requestId>.<index>`. */
import { invalidInput } from '#protocols/api/problems.ts';
import type { FailureRef } from '#model/fates.ts';
import type { RequestId } from '#model/words.ts';

export function failureCursor({ requestId, index }: FailureRef): string {
  return `${requestId}.${index}`;
}

/** Throws a problem that names `member` when the text is no cursor. */
export function failurePlace(cursor: string, member: string): FailureRef {
  const { requestId, index } = /^(?<requestId>[0-9a-f-]{36})\.(?<index>-?\d{1,9})$/u.exec(cursor)?.groups ?? {};
  if (requestId !== undefined) return { requestId: requestId as RequestId, index: Number(index) };
  throw invalidInput(member, 'must come from the page before');
}
