/**
 * Records and the bodies of 500 in which they are sent.
 * They are a function of their number alone, so that another process can make the same ones.
 */

/** As many as a request to the records endpoint may have. */
const RECORDS_PER_REQUEST = 500;

const MEMBERS_OF_GROWING = 8;

/**
 * `plain` has ten members; `uuid` has those and an id, which is the record's idempotency key; `growing` has eight of the
 * columns that there are by then, and each body brings one more column.
 */
export type RecordShape = 'plain' | 'uuid' | 'growing';

export interface Records {
  readonly shape: RecordShape;
  readonly first: number;
  readonly count: number;
}

export function recordOf(n: number, shape: RecordShape): Record<string, unknown> {
  if (shape === 'growing') return growingRecord(n);
  const record = {
    time: 1_780_000_000 + Math.floor(n / 100),
    td_title: `Page ${(n * 7) % 1000}`,
    td_url: `https://shop-${n % 50}.example.com/products/${(n * 13) % 5000}?ref=mail`,
    td_referrer: `https://search.example.com/?q=term${n % 333}`,
    td_client_id: `client-${(n * 31) % 200_000}`,
    event: `event${n % 12}`,
    amount: (n % 10_000) / 100,
    quantity: n % 100,
    returning: n % 3 === 0,
    number: n,
  };
  return shape === 'plain' ? record : { uuid: uuidOf(n), ...record };
}

/** Numbers of records of the shape `growing` with which a table of so many columns is filled. */
export function growingCount(columns: number): number {
  return columns * RECORDS_PER_REQUEST;
}

/** An event that has all the columns of the shape `growing` at once. */
export function allColumns(columns: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: columns }, (_, column) => [`column${column}`, column]));
}

export function* recordBodies({ shape, first, count }: Records): Generator<string> {
  for (let at = first; at < first + count; at += RECORDS_PER_REQUEST) {
    const length = Math.min(RECORDS_PER_REQUEST, first + count - at);
    yield JSON.stringify({ records: Array.from({ length }, (_, n) => recordOf(at + n, shape)) });
  }
}

// The newest column, and others spread over those before it.
function growingRecord(n: number): Record<string, number> {
  const newest = Math.floor(n / RECORDS_PER_REQUEST);
  const record: Record<string, number> = { [`column${newest}`]: n };
  for (let member = 1; member < MEMBERS_OF_GROWING; member += 1) {
    record[`column${(n * 7 + member * 61) % (newest + 1)}`] = n + member;
  }
  return record;
}

function uuidOf(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}
