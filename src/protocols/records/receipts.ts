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
  | { readonly success: true; /** Hex digits and dashes. */ readonly uuid?: string }
  | { readonly success: false; readonly error: RecordFault };

/** The answer of the records endpoint. */
export function receiptsAnswer(receipts: readonly Receipt[]): Answer {
  return jsonAnswer(`{"receipts":[${receipts.map(receiptText).join(',')}]}`);
}

// A UUID needs no escapes, so that most receipts are written without a look at them.
function receiptText(receipt: Receipt): string {
  const isPlain = receipt.success && receipt.uuid !== undefined;
  return isPlain ? `{"success":true,"uuid":"${receipt.uuid}"}` : JSON.stringify(receipt);
}

/** The answer of the mobile protocol: receipts by `database.table`. */
export function tableReceiptsAnswer(byTable: ReadonlyMap<string, readonly Receipt[]>): Answer {
  return jsonAnswer(JSON.stringify(Object.fromEntries(byTable)));
}

function jsonAnswer(body: string): Answer {
  return { status: 200, headers: ['Content-Type', 'application/json'], body };
}
