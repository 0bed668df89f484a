/**
 * The reading end of the embedded intake log, for any thread or process beside the writer.
 * Owns: a read-only connection. Never: holds a read transaction longer than one statement, which would keep the WAL.
 */
import { DatabaseSync } from 'node:sqlite';
import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Entry, Envelope } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { Lane, MunchkinId, Position, RequestId } from '#model/words.ts';
import type { Backlog, IntakeReader, ReadLimit, TruncationLimit } from '#ports/intake-log.ts';
import { IntakeRetention } from './intake-retention.ts';
import { cannotOpen } from './sqlite-error.ts';
import { storedEntries } from './intake-chunk.ts';
import type { StoredEntry } from './intake-chunk.ts';
import { uuidBytes } from './uuid-bytes.ts';

const BUSY_WAIT_MS = 5_000;

/**
 * The requests of a chunk were accepted within milliseconds of each other, unless the clock was set: the chunk of one
 * is looked for among those that end soon after it, and only then among all that end later.
 */
const CHUNK_SPAN_MINUTES = 10;
const TIME_BYTES = 6;
const GREATEST_ID = new Uint8Array(16).fill(0xff);

type Row = Record<string, SQLOutputValue>;

/** Opens the log for reading. A writer must have created the file. Reads run on the caller's thread. */
export function openSqliteIntakeReader({ path }: { readonly path: string }): IntakeReader {
  try {
    return new SqliteIntakeReader(new DatabaseSync(path, { readOnly: true, timeout: BUSY_WAIT_MS }));
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** The chunks of a lane that hold anything behind a position; what was truncated is behind none. */
const CHUNKS_AFTER = `
  FROM chunks JOIN lanes ON lanes.id = lane_id
  WHERE lane_id = (SELECT id FROM lanes WHERE workspace = ? AND lane = ?) AND position > max(?, truncated_through)
  ORDER BY position`;

class SqliteIntakeReader implements IntakeReader {
  readonly #database: DatabaseSync;
  readonly #after: StatementSync;
  readonly #byRequest: StatementSync;
  readonly #backlog: StatementSync;
  readonly #retention: IntakeRetention;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#after = database.prepare(`SELECT first_position, truncated_through, content ${CHUNKS_AFTER}`);
    // The index holds all that is compared: a chunk is loaded only if it may have the request. Left to itself SQLite
    // would go through the lanes, and load all chunks of each.
    this.#byRequest = database.prepare(`
      SELECT first_position, truncated_through, lane, content
      FROM chunks INDEXED BY chunks_by_request CROSS JOIN lanes ON lanes.id = lane_id
      WHERE last_id >= ? AND last_id <= ? AND first_id <= ? AND workspace = ? AND position > truncated_through`);
    // Running sums in each chunk: the backlog is the lane's sums minus those before its first chunk, at any length. The
    // chunk itself is loaded only when the position lies within it.
    this.#backlog = database.prepare(`
      SELECT first_position, truncated_through, accepted_at,
             CASE WHEN first_position <= max(?, truncated_through) THEN content END AS content,
             lanes.entries - entries_through + position - first_position + 1 AS entries,
             lanes.objects - objects_through + chunks.objects AS objects,
             lanes.bytes - bytes_through + chunks.bytes AS bytes
      ${CHUNKS_AFTER} LIMIT 1`);
    this.#retention = new IntakeRetention(database);
  }

  async read(workspace: MunchkinId, lane: Lane, after: Position, limit: ReadLimit): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    const rest = { ...limit };
    for (const row of this.#after.iterate(workspace, lane, after)) {
      for (const { position, stored } of entriesBehind(row, after)) {
        rest.entries -= 1;
        rest.objects -= stored.objects;
        rest.bytes -= stored.bodyBytes;
        const isWithin = rest.entries >= 0 && rest.objects >= 0 && rest.bytes >= 0;
        if (!isWithin && entries.length > 0) return entries;
        entries.push(toEntry(stored, { position, workspace, lane }));
      }
    }
    return entries;
  }

  async find(workspace: MunchkinId, requestId: RequestId): Promise<Entry | undefined> {
    const id = uuidBytes(requestId);
    if (id === undefined) return undefined;
    const soon = afterMinutes(id, CHUNK_SPAN_MINUTES);
    return this.#findWithin(workspace, id, [id, soon]) ?? this.#findWithin(workspace, id, [soon, GREATEST_ID]);
  }

  /** Looks through the chunks whose last id lies between these two. */
  #findWithin(workspace: MunchkinId, id: Uint8Array, [from, to]: readonly [Uint8Array, Uint8Array]): Entry | undefined {
    for (const row of this.#byRequest.iterate(from, to, id, workspace)) {
      for (const { position, stored } of entriesBehind(row, LOG_START)) {
        if (stored.hasId(id)) return toEntry(stored, { position, workspace, lane: row['lane'] as Lane });
      }
    }
    return undefined;
  }

  async backlog(workspace: MunchkinId, lane: Lane, after: Position): Promise<Backlog> {
    const row = this.#backlog.get(after, workspace, lane, after);
    if (row === undefined) return { entries: 0, objects: 0, bytes: 0 };
    const backlog = {
      entries: Number(row['entries']),
      objects: Number(row['objects']),
      bytes: Number(row['bytes']),
      oldestAcceptedAt: Number(row['accepted_at']),
    };
    return row['content'] === null ? backlog : behind(row, after, backlog);
  }

  async keptBytes(workspace: MunchkinId, lane: Lane, through: Position): Promise<number> {
    return this.#retention.keptBytes(workspace, lane, through);
  }

  async truncationPoint(workspace: MunchkinId, lane: Lane, limit: TruncationLimit): Promise<Position | undefined> {
    return this.#retention.truncationPoint(workspace, lane, limit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
  }
}

/** An id of the time so many minutes later: ids begin with the milliseconds since 1970, in six bytes. */
function afterMinutes(id: Uint8Array, minutes: number): Uint8Array {
  const later = Buffer.from(id);
  const milliseconds = later.readUIntBE(0, TIME_BYTES) + minutes * 60_000;
  later.writeUIntBE(Math.min(milliseconds, 2 ** (8 * TIME_BYTES) - 1), 0, TIME_BYTES);
  return later;
}

interface Place {
  readonly position: number;
  readonly stored: StoredEntry;
}

/** The entries of a chunk that lie behind a position. */
function* entriesBehind(row: Row, after: Position): Generator<Place, void, undefined> {
  const from = Math.max(after, Number(row['truncated_through']));
  for (const place of entriesOf(row)) if (place.position > from) yield place;
}

function* entriesOf(row: Row): Generator<Place, void, undefined> {
  let position = Number(row['first_position']);
  for (const stored of storedEntries(row['content'] as Uint8Array)) {
    yield { position, stored };
    position += 1;
  }
}

/** The backlog without what its first chunk holds up to `after`. */
function behind(row: Row, after: Position, sums: Backlog): Backlog {
  const from = Math.max(after, Number(row['truncated_through']));
  const left = { entries: sums.entries, objects: sums.objects, bytes: sums.bytes };
  for (const { position, stored } of entriesOf(row)) {
    if (position > from) return { ...left, oldestAcceptedAt: stored.acceptedAt };
    left.entries -= 1;
    left.objects -= stored.objects;
    left.bytes -= stored.bodyBytes;
  }
  return left;
}

function toEntry(
  stored: StoredEntry,
  { position, workspace, lane }: { readonly position: number; readonly workspace: MunchkinId; readonly lane: Lane },
): Entry {
  return {
    position: position as Position,
    workspace,
    lane,
    requestId: stored.requestId,
    acceptedAt: stored.acceptedAt,
    objects: stored.objects,
    envelope: JSON.parse(stored.envelope) as Envelope,
    body: stored.body,
  };
}
