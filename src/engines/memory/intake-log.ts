/**
 * The intake log in memory: the shortest that keeps the port's promises, and the oracle of the property tests.
 * Owns: an array. Never: survives its process, so that its durability is called `memory`.
 */
import { ENTRY_OVERHEAD_BYTES } from '#model/entry.ts';
import type { Entry, NewEntry } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { Durability, Lane, MunchkinId, Position, RequestId } from '#model/words.ts';
import { IntakeError } from '#ports/intake-log.ts';
import type {
  Backlog,
  IntakeReader,
  IntakeTotals,
  IntakeWriter,
  ReadLimit,
  TruncationLimit,
} from '#ports/intake-log.ts';

export interface MemoryIntakeLog {
  readonly writer: IntakeWriter;
  readonly reader: IntakeReader;
}

/** Both ends of one new, empty log. */
export function createMemoryIntakeLog(): MemoryIntakeLog {
  const contents: Contents = { entries: [], totals: new Map(), objectsOfDay: new Map() };
  return { writer: new MemoryIntakeWriter(contents), reader: new MemoryIntakeReader(contents) };
}

interface Contents {
  entries: Entry[];
  readonly totals: Map<MunchkinId, IntakeTotals>;
  /** By `<day> <workspace>`. */
  readonly objectsOfDay: Map<string, number>;
}

const NO_OBJECTS: Readonly<Record<Lane, number>> = { high: 0, normal: 0, events: 0 };

class MemoryIntakeWriter implements IntakeWriter {
  readonly durability: Durability = 'memory';
  readonly #contents: Contents;
  #lastPosition = 0;
  #closed = false;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  async append(entry: NewEntry, quotaDay?: string): Promise<Position> {
    if (this.#closed) throw new IntakeError('failed', 'the log is closed');
    const position = (this.#lastPosition += 1) as Position;
    this.#contents.entries.push({ ...structuredClone(entry), position });
    this.#count(entry, quotaDay);
    return position;
  }

  async objectsOfDay(workspace: MunchkinId, quotaDay: string): Promise<number> {
    return this.#contents.objectsOfDay.get(`${quotaDay} ${workspace}`) ?? 0;
  }

  async totals(): Promise<readonly IntakeTotals[]> {
    return [...this.#contents.totals.values()];
  }

  async truncate(workspace: MunchkinId, lane: Lane, through: Position): Promise<void> {
    const isForgotten = (entry: Entry): boolean =>
      entry.workspace === workspace && entry.lane === lane && entry.position <= through;
    this.#contents.entries = this.#contents.entries.filter((entry) => !isForgotten(entry));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  #count({ workspace, lane, objects, body }: NewEntry, quotaDay: string | undefined): void {
    const { totals, objectsOfDay } = this.#contents;
    const before = totals.get(workspace) ?? { entries: 0, objects: 0, bytes: 0, laneObjects: NO_OBJECTS };
    totals.set(workspace, {
      workspace,
      entries: before.entries + 1,
      objects: before.objects + objects,
      bytes: before.bytes + body.byteLength,
      laneObjects: { ...before.laneObjects, [lane]: before.laneObjects[lane] + objects },
    });
    if (quotaDay === undefined) return;
    const key = `${quotaDay} ${workspace}`;
    objectsOfDay.set(key, (objectsOfDay.get(key) ?? 0) + objects);
  }
}

class MemoryIntakeReader implements IntakeReader {
  readonly #contents: Contents;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  async read(workspace: MunchkinId, lane: Lane, after: Position, limit: ReadLimit): Promise<readonly Entry[]> {
    const taken: Entry[] = [];
    let objects = 0;
    let bytes = 0;
    for (const entry of this.#after(workspace, lane, after)) {
      objects += entry.objects;
      bytes += entry.body.byteLength;
      const isOver = taken.length >= limit.entries || objects > limit.objects || bytes > limit.bytes;
      if (taken.length > 0 && isOver) break;
      taken.push(structuredClone(entry));
    }
    return taken;
  }

  async find(workspace: MunchkinId, requestId: RequestId): Promise<Entry | undefined> {
    const found = this.#contents.entries.find(
      (entry) => entry.workspace === workspace && entry.requestId === requestId,
    );
    return structuredClone(found);
  }

  async backlog(workspace: MunchkinId, lane: Lane, after: Position): Promise<Backlog> {
    const entries = this.#after(workspace, lane, after);
    const sums = {
      entries: entries.length,
      objects: entries.reduce((sum, entry) => sum + entry.objects, 0),
      bytes: entries.reduce((sum, entry) => sum + entry.body.byteLength, 0),
    };
    return entries[0] === undefined ? sums : { ...sums, oldestAcceptedAt: entries[0].acceptedAt };
  }

  async keptBytes(workspace: MunchkinId, lane: Lane, through: Position): Promise<number> {
    return bytesOf(this.#upTo(workspace, lane, through));
  }

  async truncationPoint(workspace: MunchkinId, lane: Lane, limit: TruncationLimit): Promise<Position | undefined> {
    const entries = this.#upTo(workspace, lane, limit.through);
    const kept = entries.findIndex(
      (entry, at) => entry.acceptedAt >= limit.before && bytesOf(entries.slice(at)) <= limit.maxBytes,
    );
    return entries.at(kept === -1 ? -1 : kept - entries.length - 1)?.position;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #upTo(workspace: MunchkinId, lane: Lane, through: Position): readonly Entry[] {
    return this.#after(workspace, lane, LOG_START).filter(({ position }) => position <= through);
  }

  #after(workspace: MunchkinId, lane: Lane, after: Position): readonly Entry[] {
    return this.#contents.entries.filter(
      (entry) => entry.workspace === workspace && entry.lane === lane && entry.position > after,
    );
  }
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { body }) => sum + body.byteLength + ENTRY_OVERHEAD_BYTES, 0);
}
