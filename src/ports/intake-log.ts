import type { Entry, NewEntry } from '#model/entry.ts';
import type { Durability, Lane, MunchkinId, Position, RequestId } from '#model/words.ts';

/** The writing end of the intake log. One per gateway. */
export interface IntakeWriter extends AsyncDisposable {
  /** What a resolved {@link append} means. Shown to the operator. */
  readonly durability: Durability;

  /**
   * Appends an entry; resolves with its position once it is durable (law 1).
   *
   * - Entries become durable and readable in the order of the calls, each whole or not at all.
   * - With `quotaDay` (such as `2026-11-23`) the entry's objects are added to that day's count in the same commit.
   * - Rejects with {@link IntakeError}. `full`: nothing was written, a later call may succeed.
   *   `failed`: the log cannot say what is on disk, and every later call rejects too (law 9).
   */
  append(entry: NewEntry, quotaDay?: string): Promise<Position>;

  /** Objects counted for a workspace on a day; what a gateway starts from after a restart. */
  objectsOfDay(workspace: MunchkinId, quotaDay: string): Promise<number>;

  /** Entries, objects and bytes ever appended, by workspace: the left side of law 2. */
  totals(): Promise<readonly IntakeTotals[]>;

  /** Forgets the lane's entries up to and including `through`, which the store has applied. Counts and totals stay. */
  truncate(workspace: MunchkinId, lane: Lane, through: Position): Promise<void>;
}

export interface IntakeTotals {
  readonly workspace: MunchkinId;
  readonly entries: number;
  readonly objects: number;
  readonly bytes: number;
  /** The objects by lane; they add up to `objects`. */
  readonly laneObjects: Readonly<Record<Lane, number>>;
}

/** The reading end. Many may be open at once, in this process or another. Sees durable entries only. */
export interface IntakeReader extends AsyncDisposable {
  /**
   * The next entries of one workspace's lane after `after`, in order, at most `limit` of each measure
   * but at least one entry when there is one.
   */
  read(workspace: MunchkinId, lane: Lane, after: Position, limit: ReadLimit): Promise<readonly Entry[]>;

  /** The entry of a request while the log keeps it. */
  find(workspace: MunchkinId, requestId: RequestId): Promise<Entry | undefined>;

  /** What lies beyond `after`: the backlog of a lane. */
  backlog(workspace: MunchkinId, lane: Lane, after: Position): Promise<Backlog>;

  /**
   * Bytes that the lane's entries up to and including `through` take while the log keeps them: their bodies, and
   * `ENTRY_OVERHEAD_BYTES` for each.
   */
  keptBytes(workspace: MunchkinId, lane: Lane, through: Position): Promise<number>;

  /**
   * Up to where the lane can be truncated: to the last of its oldest entries that were accepted before `before`, or
   * behind which those up to `through` take no more than `maxBytes`, whichever is later. Undefined when there are none.
   * A bounded step: ask again once it is truncated. May stop short of entries that share a commit with a later one.
   */
  truncationPoint(workspace: MunchkinId, lane: Lane, limit: TruncationLimit): Promise<Position | undefined>;
}

export interface TruncationLimit {
  /** Entries behind it are left alone. */
  readonly through: Position;
  /** Milliseconds since 1970. */
  readonly before: number;
  /** Counted as in {@link IntakeReader.keptBytes}. */
  readonly maxBytes: number;
}

export interface ReadLimit {
  readonly entries: number;
  readonly objects: number;
  readonly bytes: number;
}

export interface Backlog {
  readonly entries: number;
  readonly objects: number;
  readonly bytes: number;
  /** When the oldest was accepted, in milliseconds since 1970. */
  readonly oldestAcceptedAt?: number;
}

/** Why an append was not taken. */
export class IntakeError extends Error {
  override readonly name = 'IntakeError';
  readonly reason: 'full' | 'failed';

  constructor(reason: 'full' | 'failed', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
