/**
 * Receipts: what became of each record of a request, in its order.
 * Owns: their words, which the clients read. Never: decides what is good.
 */
import type { Answer } from '#protocols/answer.ts';

/**
 * Names that the clients know. They throw such a record away, since it would never be taken; a record with any other
 * name they send again.
 */
export type RecordErrorName = 'InvalidCollectionNameError' | 'InvalidPropertyNameError' | 'InvalidPropertyValueError';

export interface RecordFault {
  readonly name: RecordErrorName | 'ServiceUnavailable';
  /** Says what is wrong, for the sender. */
  readonly description: string;
}

export type Receipt =
  | { readonly success: true; readonly uuid?: string }
  | { readonly success: false; readonly error: RecordFault };

/** The answer of the records endpoint. */
export function receiptsAnswer(receipts: readonly Receipt[]): Answer {
  return jsonAnswer({ receipts });
}

/** The answer of the mobile protocol: receipts by `database.table`. */
export function tableReceiptsAnswer(byTable: ReadonlyMap<string, readonly Receipt[]>): Answer {
  return jsonAnswer(Object.fromEntries(byTable));
}

function jsonAnswer(members: object): Answer {
  return { status: 200, headers: ['Content-Type', 'application/json'], body: JSON.stringify(members) };
}
