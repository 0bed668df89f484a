/**
 * Fills the index of idempotency keys from their table, the newest first when not all of them find room.
 * Owns: what is loaded. Never: holds more than a piece of it.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { HashStart } from './key-hashes.ts';
import type { KeyIndex, KeyTableBounds } from './key-index.ts';

const UUID_LENGTH = 36;

/** Rows are counted in pieces of so many: few enough to lose nothing worth having. */
const ROWS_A_PIECE = 1_024;

export interface KeyTable {
  /** The table, qualified. */
  readonly keys: string;
  readonly windowMs: number;
}

export async function loadKeyIndex(connection: DuckDBConnection, index: KeyIndex, table: KeyTable): Promise<void> {
  const bounds = await boundsOf(connection, table, index.mostLoaded);
  index.beginLoading(bounds);
  const starts = new Map<string, HashStart>();
  const startOf = (name: string): HashStart => starts.getOrInsertComputed(name, () => index.startOf(name));
  const rows = await connection.stream(
    `select ordinal, accepted_ms, table_name, key, array_to_string(cast(keys as varchar[]), '')
     from ${table.keys} where ordinal >= ${bounds.completeFrom}`,
  );
  for (;;) {
    const piece = await rows.fetchChunk();
    if (piece === null || piece.rowCount === 0) break;
    for (const row of piece.getRows()) addRow(index, row, { startOf, windowMs: table.windowMs });
  }
  index.endLoading();
}

interface Adding {
  readonly startOf: (table: string) => HashStart;
  readonly windowMs: number;
}

function addRow(
  index: KeyIndex,
  [ordinal, acceptedAt, table, key = null, keys = null]: readonly DuckDBValue[],
  { startOf, windowMs }: Adding,
): void {
  const row = { ordinal: Number(ordinal), acceptedAt: Number(acceptedAt), start: startOf(String(table)), windowMs };
  if (key === null) index.addAll(String(keys), UUID_LENGTH, row);
  else index.addAll(String(key), String(key).length, row);
}

async function boundsOf(connection: DuckDBConnection, { keys }: KeyTable, most: number): Promise<KeyTableBounds> {
  const counted = await connection.run(
    `select min(ordinal), max(ordinal), max(accepted_ms), sum(coalesce(len(keys), 1))
     from ${keys} group by ordinal // ${ROWS_A_PIECE} order by 1 desc`,
  );
  const pieces = (await counted.getRows()).map((piece) => piece.map(Number) as [number, number, number, number]);
  const last = pieces[0]?.[1] ?? 0;
  let [completeFrom, missingUntilMs, loaded] = [last + 1, -Infinity, 0];
  for (const [first, , latestMs, count] of pieces) {
    loaded += count;
    if (loaded <= most) completeFrom = first;
    else missingUntilMs = Math.max(missingUntilMs, latestMs);
  }
  return { last, completeFrom, missingUntilMs };
}
