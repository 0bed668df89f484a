/**
 * Which failed objects a replay takes, in the order of acceptance, and which it cannot take.
 * Owns: how many a call looks at (law 6), and where the next call goes on. Never: submits anything.
 */
import { failureCursor, failurePlace } from './failure-cursor.ts';
import { failureSlices, objectBytes } from './failure-slices.ts';
import type { FailureRecord, FailureRef } from '#model/fates.ts';
import type { FailureFilter, StoreReader } from '#ports/store-reader.ts';
import type { MunchkinId, ObjectKind, RequestId } from '#model/words.ts';
import { invalidInput } from '#protocols/api/problems.ts';

export interface SelectedObject extends FailureRef {
  readonly kind: ObjectKind;
  readonly type: string;
  readonly bytes: number;
}

/**
 * `unknown`: no such object is in the quarantine. `replayed`: it has been tried again already.
 * `unreadable`: the body of its request could not be read, so that there is no object to try.
 */
export interface NotReplayable extends FailureRef {
  readonly reason: 'unknown' | 'replayed' | 'unreadable';
  readonly replayedBy?: RequestId;
}

export interface Selection {
  readonly selected: readonly SelectedObject[];
  readonly notReplayable: readonly NotReplayable[];
  /** Where the next call goes on, when there are more than one call takes. */
  readonly after?: string;
}

export interface FilteredSelection {
  readonly filter: Omit<FailureFilter, 'limit' | 'after' | 'replayed'>;
  /** From the call before. */
  readonly after?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** {@link SELECTION_LIMIT} unless given. */
  readonly limit?: SelectionLimit;
}

/** How much one call takes. */
export interface SelectionLimit {
  readonly objects: number;
  readonly bytes: number;
}

type Reader = Pick<StoreReader, 'failures'>;

const SELECTION_LIMIT: SelectionLimit = {
  objects: 10_000,
  bytes: 64 * 1024 * 1024,
};

/** Failed objects that pass the filter and have not been replayed. */
export async function selectByFilter(
  reader: Reader,
  workspace: MunchkinId,
  { filter, after, now, limit = SELECTION_LIMIT }: FilteredSelection,
): Promise<Selection> {
  const start = after === undefined ? { before: now } : readCursor(after);
  const sorted = new SortedFailures(limit);
  const place = start.place === undefined ? {} : { after: start.place };
  const wanted = { filter: { ...filter, ...place, replayed: false }, objects: limit.objects + 1 };
  for await (const failure of failureSlices(reader, workspace, wanted)) {
    // What a replay of an earlier call has brought back to the quarantine must not be replayed without end.
    if (start.place !== undefined && acceptedMs(failure.requestId) >= start.before) break;
    const { last } = sorted;
    if (sorted.isFull && last !== undefined) {
      return { ...sorted.selection(), after: `${failureCursor(last)}.${start.before}` };
    }
    sorted.add(failure);
  }
  return sorted.selection();
}

/** The failed objects that are named, each once. */
export async function selectByName(
  reader: Reader,
  workspace: MunchkinId,
  refs: readonly FailureRef[],
): Promise<Selection> {
  const sorted = new SortedFailures(SELECTION_LIMIT);
  const indexesOf = Map.groupBy(refs, ({ requestId }) => requestId);
  for (const requestId of [...indexesOf.keys()].toSorted()) {
    const indexes = [...new Set(indexesOf.get(requestId)?.map(({ index }) => index))].toSorted((a, b) => a - b);
    const read: ReadAfter = (after, limit) =>
      reader.failures(workspace, { requestId, after: { requestId, index: after }, limit });
    sorted.addUnknown(requestId, await addNamed(sorted, indexes, read));
  }
  return sorted.selection();
}

const NAMED_SLICE_OBJECTS = 32;

/** The next failures of a request after an index. */
type ReadAfter = (after: number, limit: number) => Promise<readonly FailureRecord[]>;

/** Adds those of a request's failures whose indexes are wanted, and resolves with the indexes of those it lacks. */
async function addNamed(
  sorted: SortedFailures,
  indexes: readonly number[],
  read: ReadAfter,
): Promise<readonly number[]> {
  const missing: number[] = [];
  let wanted = indexes;
  for (let first = wanted[0]; first !== undefined; first = wanted[0]) {
    const limit = Math.min(wanted.length, NAMED_SLICE_OBJECTS);
    const slice = await read(first - 1, limit);
    const reached = slice.length < limit ? Infinity : (slice.at(-1)?.index ?? Infinity);
    const seen = new Map(slice.map((failure) => [failure.index, failure]));
    for (const index of wanted.filter((each) => each <= reached)) {
      const failure = seen.get(index);
      if (failure === undefined) missing.push(index);
      else sorted.add(failure);
    }
    wanted = wanted.filter((index) => index > reached);
  }
  return missing;
}

/** Failures as they are met, sorted into those that can be replayed and those that cannot. */
class SortedFailures {
  readonly #selected: SelectedObject[] = [];
  readonly #notReplayable: NotReplayable[] = [];
  readonly #limit: SelectionLimit;
  #bytes = 0;
  #last: FailureRef | undefined;

  constructor(limit: SelectionLimit) {
    this.#limit = limit;
  }

  /** The one that was added last. */
  get last(): FailureRef | undefined {
    return this.#last;
  }

  get isFull(): boolean {
    const objects = this.#selected.length + this.#notReplayable.length;
    return objects >= this.#limit.objects || this.#bytes >= this.#limit.bytes;
  }

  add(failure: FailureRecord): void {
    const { requestId, index, kind, type, replayedBy, settings } = failure;
    const bytes = objectBytes(failure);
    this.#last = { requestId, index };
    this.#bytes += bytes;
    if (replayedBy !== undefined) this.#notReplayable.push({ requestId, index, reason: 'replayed', replayedBy });
    else if (settings === undefined) this.#notReplayable.push({ requestId, index, reason: 'unreadable' });
    else this.#selected.push({ requestId, index, kind, type, bytes });
  }

  addUnknown(requestId: RequestId, indexes: readonly number[]): void {
    for (const index of indexes) this.#notReplayable.push({ requestId, index, reason: 'unknown' });
  }

  selection(): Selection {
    return { selected: this.#selected, notReplayable: this.#notReplayable };
  }
}

interface Start {
  readonly place?: FailureRef;
  /** Requests that were accepted then or later are left alone, in milliseconds since 1970. */
  readonly before: number;
}

function readCursor(cursor: string): Start {
  const { place, before } = /^(?<place>.+)\.(?<before>\d{1,15})$/u.exec(cursor)?.groups ?? {};
  if (place === undefined) throw invalidInput('after', 'must come from the answer of the call before');
  return { place: failurePlace(place, 'after'), before: Number(before) };
}

// The first 48 bits of a UUID of version 7 are its time (RFC 9562).
function acceptedMs(requestId: RequestId): number {
  return Number.parseInt(requestId.replace('-', '').slice(0, 12), 16);
}
