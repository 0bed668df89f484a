/**
 * The tables of the intake log, and the statements of its one writing connection.
 * Owns: the disk format (docs/specs/intake-log.md). Never: knows threads or promises.
 */
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { crashPoint } from '#kit/crash-point.ts';
import { must } from '#kit/assert.ts';
import type { MunchkinId, Position } from '#model/words.ts';
import type { IntakeTotals } from '#ports/intake-log.ts';
import type { ChunkHead, Group, LaneName } from './intake-group.ts';
import { uuidBytes } from './uuid-bytes.ts';

/** `OFF` commits without fsync and breaks law 1: it exists so that the test for law 1 can be seen to fail. */
export type Synchronous = 'FULL' | 'OFF';

// Measured in docs/specs/intake-log.md: 16 KiB pages take large bodies twice as fast as 4 KiB ones.
const PAGE_BYTES = 8_192;
const CACHE_KIB = 16_384;
const CHECKPOINT_PAGES = 1_024;
const RESTART_PAGES: number = 8 * CHECKPOINT_PAGES;
const RESTART_WAIT_MS = 20;
const BUSY_WAIT_MS = 5_000;
/** Of a slice: appends wait for one at most. A chunk has at most a mebibyte, or one entry. */
const TRUNCATE_CHUNKS = 256;
const TRUNCATE_BYTES: number = 4 * 1024 * 1024;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS lanes (
    id INTEGER PRIMARY KEY, workspace TEXT NOT NULL, lane TEXT NOT NULL,
    last_position INTEGER NOT NULL, truncated_through INTEGER NOT NULL,
    entries INTEGER NOT NULL, objects INTEGER NOT NULL, bytes INTEGER NOT NULL,
    UNIQUE (workspace, lane)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS chunks (
    position INTEGER PRIMARY KEY, lane_id INTEGER NOT NULL, first_position INTEGER NOT NULL,
    first_id BLOB NOT NULL, last_id BLOB NOT NULL, accepted_at INTEGER NOT NULL,
    objects INTEGER NOT NULL, bytes INTEGER NOT NULL,
    entries_through INTEGER NOT NULL, objects_through INTEGER NOT NULL, bytes_through INTEGER NOT NULL,
    content BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS chunks_by_lane ON chunks (lane_id);
  CREATE INDEX IF NOT EXISTS chunks_by_request ON chunks (last_id, first_id, lane_id);
  CREATE TABLE IF NOT EXISTS daily_objects (
    workspace TEXT NOT NULL, day TEXT NOT NULL, objects INTEGER NOT NULL, PRIMARY KEY (workspace, day)
  ) STRICT, WITHOUT ROWID;`;

/** A lane as the tables count it: everything ever appended, whether still kept or not. */
interface LaneState {
  readonly id: number;
  lastPosition: number;
  entries: number;
  objects: number;
  bytes: number;
}

/** The writing connection. Its methods throw node:sqlite's errors; see sqlite-error.ts. */
export class IntakeTables implements Disposable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #lanes: Map<string, LaneState> = new Map();
  #lastPosition = 0;
  #pagesAtCheckpoint = 0;

  constructor(path: string, synchronous: Synchronous) {
    this.#database = new DatabaseSync(path, { timeout: BUSY_WAIT_MS });
    this.#database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL`);
    this.#database.exec(
      `PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = ${-CACHE_KIB}`,
    );
    this.#database.exec(`PRAGMA journal_size_limit = ${RESTART_PAGES * PAGE_BYTES}`);
    this.#database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
    this.#statements = prepareStatements(this.#database);
    this.#forget();
  }

  /** Commits the group's entries with their counts; returns the first position. All of it or nothing. */
  appendGroup(group: Group): number {
    const first = this.#lastPosition + 1;
    this.#transaction(() => {
      this.#insertChunks(group);
      for (const { workspace, quotaDay, objects } of group.quotas) {
        this.#statements.addDailyObjects.run(workspace, quotaDay, objects);
      }
      crashPoint('log.before-commit');
    });
    crashPoint('log.after-commit');
    return first;
  }

  objectsOfDay(workspace: MunchkinId, quotaDay: string): number {
    const row = this.#statements.dailyObjects.get(workspace, quotaDay);
    return row === undefined ? 0 : Number(row['objects']);
  }

  totals(): readonly IntakeTotals[] {
    return this.#statements.totals.all().map((row) => ({
      workspace: row['workspace'] as MunchkinId,
      entries: Number(row['entries']),
      objects: Number(row['objects']),
      bytes: Number(row['bytes']),
      laneObjects: { high: Number(row['high']), normal: Number(row['normal']), events: Number(row['events']) },
    }));
  }

  /** From now on the lane is read behind `through`. */
  beginTruncation({ workspace, lane }: LaneName, through: Position): void {
    this.#statements.truncateThrough.run(through, workspace, lane, through);
  }

  /** Deletes a slice of what is read no more; false when nothing was left. Slices keep appends behind it short. */
  truncateSlice({ workspace, lane }: LaneName, through: Position): boolean {
    let last: number | undefined;
    let bytes = 0;
    for (const row of this.#statements.oldest.iterate(workspace, lane, through, TRUNCATE_CHUNKS)) {
      bytes += Number(row['size']);
      if (last !== undefined && bytes > TRUNCATE_BYTES) break;
      last = Number(row['position']);
    }
    if (last === undefined) return false;
    this.#statements.truncate.run(workspace, lane, last);
    return true;
  }

  /**
   * Moves committed pages from the WAL into the database, once enough have gathered. Called between commits rather
   * than by SQLite itself, which hides errors of its own checkpoints: a failed fsync must be seen (law 9).
   */
  checkpoint(): void {
    const { log } = this.#walPages('NOOP');
    // A WAL that has started over counts its pages from zero again.
    if (log < this.#pagesAtCheckpoint) this.#pagesAtCheckpoint = 0;
    // Counted from the last attempt: a reader that hangs makes every attempt futile, and must not cost each commit one.
    if (log - this.#pagesAtCheckpoint < CHECKPOINT_PAGES) return;
    this.#pagesAtCheckpoint = log;
    this.#walPages('PASSIVE');
    if (log >= RESTART_PAGES) this.#restartWal();
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #insertChunks({ buffer, chunks }: Group): void {
    const touched = new Set<LaneState>();
    for (const chunk of chunks) {
      const lane = this.#lane(chunk);
      touched.add(lane);
      this.#insertChunk(chunk, lane, new Uint8Array(buffer, chunk.start, chunk.end - chunk.start));
    }
    for (const { id, lastPosition, entries, objects, bytes } of touched) {
      this.#statements.updateLane.run(lastPosition, entries, objects, bytes, id);
    }
  }

  #insertChunk(chunk: ChunkHead, lane: LaneState, content: Uint8Array): void {
    const firstPosition = this.#lastPosition + 1;
    this.#lastPosition += chunk.entries;
    lane.lastPosition = this.#lastPosition;
    lane.entries += chunk.entries;
    lane.objects += chunk.objects;
    lane.bytes += chunk.bytes;
    this.#statements.insertChunk.run(
      lane.lastPosition,
      lane.id,
      firstPosition,
      must(uuidBytes(chunk.firstId), 'a request id is a UUID'),
      must(uuidBytes(chunk.lastId), 'a request id is a UUID'),
      chunk.acceptedAt,
      chunk.objects,
      chunk.bytes,
      lane.entries,
      lane.objects,
      lane.bytes,
      content,
    );
  }

  #lane({ workspace, lane }: LaneName): LaneState {
    const key = `${lane} ${workspace}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    this.#statements.addLane.run(workspace, lane);
    const row = must(this.#statements.lane.get(workspace, lane), 'a lane that was added is there');
    const state: LaneState = {
      id: Number(row['id']),
      lastPosition: Number(row['last_position']),
      entries: Number(row['entries']),
      objects: Number(row['objects']),
      bytes: Number(row['bytes']),
    };
    this.#lanes.set(key, state);
    return state;
  }

  #transaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite ends the transaction itself after some errors; a second ROLLBACK would hide the first error.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#forget();
      throw error;
    }
  }

  /** Drops what is remembered of the tables, which a rollback has made wrong. */
  #forget(): void {
    this.#lanes.clear();
    this.#lastPosition = Number(this.#statements.lastPosition.get()?.['position'] ?? 0);
  }

  #walPages(mode: 'NOOP' | 'PASSIVE' | 'RESTART'): { log: number; checkpointed: number } {
    const row = must(this.#statements.checkpoints[mode].get(), 'a checkpoint reports its pages');
    return { log: Number(row['log']), checkpointed: Number(row['checkpointed']) };
  }

  // Readers that overlap all the time keep SQLite from starting the WAL over; then the writer waits for them a moment.
  #restartWal(): void {
    this.#database.exec(`PRAGMA busy_timeout = ${RESTART_WAIT_MS}`);
    this.#walPages('RESTART');
    this.#database.exec(`PRAGMA busy_timeout = ${BUSY_WAIT_MS}`);
  }
}

interface Statements {
  readonly insertChunk: StatementSync;
  readonly addLane: StatementSync;
  readonly lane: StatementSync;
  readonly updateLane: StatementSync;
  readonly lastPosition: StatementSync;
  readonly addDailyObjects: StatementSync;
  readonly dailyObjects: StatementSync;
  readonly totals: StatementSync;
  readonly truncateThrough: StatementSync;
  readonly oldest: StatementSync;
  readonly truncate: StatementSync;
  readonly checkpoints: Readonly<Record<'NOOP' | 'PASSIVE' | 'RESTART', StatementSync>>;
}

function prepareStatements(database: DatabaseSync): Statements {
  return {
    insertChunk: database.prepare('INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    addLane: database.prepare(
      'INSERT INTO lanes (workspace, lane, last_position, truncated_through, entries, objects, bytes) VALUES (?, ?, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING',
    ),
    lane: database.prepare('SELECT * FROM lanes WHERE workspace = ? AND lane = ?'),
    updateLane: database.prepare(
      'UPDATE lanes SET last_position = ?, entries = ?, objects = ?, bytes = ? WHERE id = ?',
    ),
    lastPosition: database.prepare('SELECT max(last_position) AS position FROM lanes'),
    addDailyObjects: database.prepare(
      'INSERT INTO daily_objects VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET objects = objects + excluded.objects',
    ),
    dailyObjects: database.prepare('SELECT objects FROM daily_objects WHERE workspace = ? AND day = ?'),
    totals: database.prepare(`
      SELECT workspace, sum(entries) AS entries, sum(objects) AS objects, sum(bytes) AS bytes,
             sum(objects * (lane = 'high')) AS high, sum(objects * (lane = 'normal')) AS normal,
             sum(objects * (lane = 'events')) AS events
      FROM lanes GROUP BY workspace`),
    truncateThrough: database.prepare(
      'UPDATE lanes SET truncated_through = ? WHERE workspace = ? AND lane = ? AND truncated_through < ?',
    ),
    // The size of a content is in its row's head: nothing is loaded.
    oldest: database.prepare(`
      SELECT position, length(content) AS size FROM chunks
      WHERE lane_id = (SELECT id FROM lanes WHERE workspace = ? AND lane = ?) AND position <= ?
      ORDER BY position LIMIT ?`),
    truncate: database.prepare(
      'DELETE FROM chunks WHERE lane_id = (SELECT id FROM lanes WHERE workspace = ? AND lane = ?) AND position <= ?',
    ),
    checkpoints: {
      NOOP: database.prepare('PRAGMA wal_checkpoint(NOOP)'),
      PASSIVE: database.prepare('PRAGMA wal_checkpoint(PASSIVE)'),
      RESTART: database.prepare('PRAGMA wal_checkpoint(RESTART)'),
    },
  };
}
