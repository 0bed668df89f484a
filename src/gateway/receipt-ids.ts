/**
 * Ids for the receipts of records whose senders made none.
 * Owns: how many are made of one. Never: stores an id; a receipt alone tells it.
 */

const LAST_DIGITS = 3;

/** Of the last digits. */
const ENDINGS: readonly string[] = Array.from({ length: 16 ** LAST_DIGITS }, (_, n) =>
  n.toString(16).padStart(LAST_DIGITS, '0'),
);

/**
 * UUIDs that count upwards from a random one (RFC 9562, section 6.2), round within its last digits: up to 4,096 of them
 * differ. Each costs a twentieth of a random one.
 */
export function receiptIds(first: string): (index: number) => string {
  const head = first.slice(0, -LAST_DIGITS);
  const ending = Number.parseInt(first.slice(-LAST_DIGITS), 16);
  return (index) => `${head}${ENDINGS[(ending + index) % ENDINGS.length]}`;
}
