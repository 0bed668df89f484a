/**
 * The reading end of the embedded intake log, for any thread or process beside the writer.
 * Owns: a read-only connection. Never: holds a read transaction longer than one statement, which would keep the WAL.
 */
import { DatabaseSync } from 'node:sqlite';
import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Entry, Envelope } from '#model/entry.ts';
import type { Lane, MunchkinId, Position, RequestId } from '#model/words.ts';
import type { Backlog, IntakeReader, ReadLimit } from '#ports/intake-log.ts';
import { cannotOpen } from './sqlite-error.ts';
import { uuidBytes, uuidText } from './uuid-bytes.ts';

const BUSY_WAIT_MS = 5_000;

type Row = Record<string, SQLOutputValue>;

/** Opens the log for reading. A writer must have created the file. Reads run on the caller's thread. */
export function openSqliteIntakeReader({ path }: { readonly path: string }): IntakeReader {
  try {
    return new SqliteIntakeReader(new DatabaseSync(path, { readOnly: true, timeout: BUSY_WAIT_MS }));
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

const LANE_AFTER = 'lane_id = (SELECT id FROM lanes WHERE workspace = ? AND lane = ?) AND position > ?';

class SqliteIntakeReader implements IntakeReader {
  readonly #database: DatabaseSync;
  readonly #sizes: StatementSync;
  readonly #range: StatementSync;
  readonly #byRequest: StatementSync;
  readonly #backlog: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    // length() of a blob reads the row's header alone, so that sizes cost no body.
    this.#sizes = database.prepare(
      `SELECT position, objects, length(body) AS bytes FROM entries WHERE ${LANE_AFTER} ORDER BY position LIMIT ?`,
    );
    this.#range = database.prepare(`SELECT * FROM entries WHERE ${LANE_AFTER} AND position <= ? ORDER BY position`);
    this.#byRequest = database.prepare(`
      SELECT entries.*, lane FROM entries JOIN lanes ON lanes.id = lane_id
      WHERE request_id = ? AND workspace = ? ORDER BY position LIMIT 1`);
    // Running sums in each entry: the backlog is the lane's sums minus those before its first entry, at any length.
    this.#backlog = database.prepare(`
      SELECT lanes.entries - entries_through + 1 AS entries,
             lanes.objects - objects_through + entries.objects AS objects,
             lanes.bytes - bytes_through + length(body) AS bytes,
             accepted_at
      FROM entries JOIN lanes ON lanes.id = lane_id WHERE ${LANE_AFTER} ORDER BY position LIMIT 1`);
  }

  async read(workspace: MunchkinId, lane: Lane, after: Position, limit: ReadLimit): Promise<readonly Entry[]> {
    const last = this.#lastWithin([workspace, lane, after], limit);
    if (last === undefined) return [];
    return this.#range.all(workspace, lane, after, last).map((row) => toEntry(row, workspace, lane));
  }

  async find(workspace: MunchkinId, requestId: RequestId): Promise<Entry | undefined> {
    const bytes = uuidBytes(requestId);
    const row = bytes && this.#byRequest.get(bytes, workspace);
    return row && toEntry(row, workspace, row['lane'] as Lane);
  }

  async backlog(workspace: MunchkinId, lane: Lane, after: Position): Promise<Backlog> {
    const row = this.#backlog.get(workspace, lane, after);
    if (row === undefined) return { entries: 0, objects: 0, bytes: 0 };
    return {
      entries: Number(row['entries']),
      objects: Number(row['objects']),
      bytes: Number(row['bytes']),
      oldestAcceptedAt: Number(row['accepted_at']),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
  }

  /** The last position that the limits allow; the first entry is always allowed. */
  #lastWithin(start: readonly [MunchkinId, Lane, Position], limit: ReadLimit): number | undefined {
    let last: number | undefined;
    let objects = 0;
    let bytes = 0;
    for (const row of this.#sizes.iterate(...start, Math.max(1, limit.entries))) {
      objects += Number(row['objects']);
      bytes += Number(row['bytes']);
      if (last !== undefined && (objects > limit.objects || bytes > limit.bytes)) break;
      last = Number(row['position']);
    }
    return last;
  }
}

function toEntry(row: Row, workspace: MunchkinId, lane: Lane): Entry {
  return {
    position: Number(row['position']) as Position,
    workspace,
    lane,
    requestId: uuidText(row['request_id'] as Uint8Array),
    acceptedAt: Number(row['accepted_at']),
    objects: Number(row['objects']),
    envelope: JSON.parse(row['envelope'] as string) as Envelope,
    body: row['body'] as Uint8Array,
  };
}
