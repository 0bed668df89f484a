/**
 * What the log keeps of entries that have been applied, and where it may be cut.
 * Owns: the statements for it, all of them a few seeks or a bounded walk. Never: deletes; the writer does.
 *
 *   truncated_through      what is kept          through        backlog
 *   ─────────┼──────┬───────┬───────┬───────┬───────┼─────────────────
 *            │      └ chunks, each with the running sums of its lane
 *            └ the oldest go first
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { ENTRY_OVERHEAD_BYTES } from '#model/entry.ts';
import type { Lane, MunchkinId, Position } from '#model/words.ts';
import type { TruncationLimit } from '#ports/intake-log.ts';

/** Chunks that are looked at in one call, on the caller's thread (law 6). */
const STEP_CHUNKS = 256;

const LANE = 'lane_id = (SELECT id FROM lanes WHERE workspace = ? AND lane = ?)';

type Row = Record<string, SQLOutputValue>;

export class IntakeRetention {
  readonly #last: StatementSync;
  readonly #oldest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#last = database.prepare(
      `SELECT entries_through, bytes_through FROM chunks WHERE ${LANE} AND position <= ? ORDER BY position DESC LIMIT 1`,
    );
    this.#oldest = database.prepare(`
      SELECT position, first_position, accepted_at, entries_through, bytes_through, chunks.bytes
      FROM chunks JOIN lanes ON lanes.id = lane_id
      WHERE ${LANE} AND position > truncated_through AND position <= ? ORDER BY position LIMIT ?`);
  }

  /** As in the port. */
  keptBytes(workspace: MunchkinId, lane: Lane, through: Position): number {
    const last = this.#last.get(workspace, lane, through);
    const first = this.#oldest.get(workspace, lane, through, 1);
    return last === undefined || first === undefined ? 0 : bytesThrough(last) - bytesBefore(first);
  }

  /** As in the port. */
  truncationPoint(workspace: MunchkinId, lane: Lane, limit: TruncationLimit): Position | undefined {
    const last = this.#last.get(workspace, lane, limit.through);
    if (last === undefined) return undefined;
    const end = bytesThrough(last);
    let point: number | undefined;
    for (const row of this.#oldest.iterate(workspace, lane, limit.through, STEP_CHUNKS)) {
      const isYoung = Number(row['accepted_at']) >= limit.before;
      if (isYoung && end - bytesBefore(row) <= limit.maxBytes) break;
      point = Number(row['position']);
    }
    return point as Position | undefined;
  }
}

/** The lane's running sum behind a chunk. */
function bytesThrough(row: Row): number {
  return Number(row['bytes_through']) + Number(row['entries_through']) * ENTRY_OVERHEAD_BYTES;
}

/** The lane's running sum before a chunk. */
function bytesBefore(row: Row): number {
  const entries = Number(row['position']) - Number(row['first_position']) + 1;
  return bytesThrough(row) - Number(row['bytes']) - entries * ENTRY_OVERHEAD_BYTES;
}
