/**
 * The envelope of every answer of the REST API: `{requestId, success, result, errors}`.
 * Owns: its members and their JSON text. Never: writes it to a socket.
 */
import type { JsonValue } from '#model/json.ts';
import type { FieldValue } from '#model/field.ts';

/** A value of an answer. Whole numbers beyond a double's reach are bigints, and written digit by digit (law 10). */
export type RestValue = FieldValue | readonly RestValue[] | { readonly [member: string]: RestValue };

export interface RestAnswer {
  readonly result?: readonly RestValue[];
  readonly nextPageToken?: string;
  readonly moreResult?: boolean;
  /** What was left out of account; absent when there is nothing to say. */
  readonly warnings?: readonly string[];
}

export interface RestFault {
  readonly code: string;
  readonly message: string;
}

const MAX_RANDOM = 0xfffff;

/**
 * An id in the service's form: one to five random hex digits, `#`, the hex of the milliseconds since 1970.
 * `random` lies in [0, 1).
 */
export function restRequestId(nowMs: number, random: number): string {
  return `${Math.floor(random * MAX_RANDOM).toString(16)}#${nowMs.toString(16)}`;
}

export function successText(requestId: string, { result, nextPageToken, moreResult, warnings }: RestAnswer): string {
  return text({
    requestId,
    ...(result !== undefined && { result }),
    success: true,
    ...(nextPageToken !== undefined && { nextPageToken }),
    ...(moreResult !== undefined && { moreResult }),
    ...(warnings !== undefined && warnings.length > 0 && { warnings }),
  });
}

export function failureText(requestId: string, errors: readonly RestFault[]): string {
  return text({ requestId, success: false, errors: errors.map(({ code, message }) => ({ code, message })) });
}

function text(envelope: { readonly [member: string]: RestValue }): string {
  return JSON.stringify(envelope, (_key, value: JsonValue | bigint) =>
    typeof value === 'bigint' ? JSON.rawJSON(value.toString()) : value,
  );
}
