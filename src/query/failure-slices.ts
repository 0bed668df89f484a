/**
 * Objects with their bytes one after the other, read in small slices: each has up to a megabyte and more.
 * Owns: how much is in memory at once (law 6). Never: says when there are enough; whoever takes them stops.
 */
import type { FailureRecord, FailureRef } from '#model/fates.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { MunchkinId } from '#model/words.ts';
import type { FailureFilter, StoreReader, WaitingFilter } from '#ports/store-reader.ts';

/** The first slice, before anything is known of the size of objects. */
const FIRST_SLICE_OBJECTS = 16;
/** A reading costs about as much as the rows of such a slice. */
const MAX_SLICE_OBJECTS = 128;
/** Towards which slices grow or shrink, going by the last one. */
const SLICE_BYTES = 4 * 1024 * 1024;

/** Failed objects by request and index. `objects` bounds them: that many at most. */
export function failureSlices(
  reader: Pick<StoreReader, 'failures'>,
  workspace: MunchkinId,
  { filter, objects }: { readonly filter: Omit<FailureFilter, 'limit'>; readonly objects: number },
): AsyncGenerator<FailureRecord> {
  return slices((place) => reader.failures(workspace, { ...filter, ...place }), { after: filter.after, objects });
}

/** Waiting objects, in the same manner. */
export function waitingSlices(
  reader: Pick<StoreReader, 'waiting'>,
  workspace: MunchkinId,
  { filter, objects }: { readonly filter: Omit<WaitingFilter, 'limit'>; readonly objects: number },
): AsyncGenerator<WaitingObject> {
  return slices((place) => reader.waiting(workspace, { ...filter, ...place }), { after: filter.after, objects });
}

/** An object of a request, as JSON text. */
interface Weighed extends FailureRef {
  readonly object: string;
}

type ReadSlice<Item> = (place: Pick<FailureFilter, 'after' | 'limit'>) => Promise<readonly Item[]>;

interface SliceBounds {
  readonly after: FailureRef | undefined;
  readonly objects: number;
}

async function* slices<Item extends Weighed>(read: ReadSlice<Item>, bounds: SliceBounds): AsyncGenerator<Item> {
  let { after } = bounds;
  let sliceObjects = FIRST_SLICE_OBJECTS;
  for (let left = bounds.objects; left > 0;) {
    const limit = Math.min(left, sliceObjects);
    const slice = await read({ limit, ...(after !== undefined && { after }) });
    yield* slice;
    const last = slice.at(-1);
    if (last === undefined || slice.length < limit) return;
    after = { requestId: last.requestId, index: last.index };
    left -= slice.length;
    sliceObjects = nextSlice(slice);
  }
}

// At most four times the last: a few small objects say little about those that follow.
function nextSlice(slice: readonly Weighed[]): number {
  const bytes = slice.reduce((sum, object) => sum + objectBytes(object), 0);
  const fitting = Math.floor(SLICE_BYTES / (bytes / slice.length + 1));
  return Math.max(1, Math.min(fitting, slice.length * 4, MAX_SLICE_OBJECTS));
}

/** What an object weighs in answers and entries, in bytes of UTF-8. */
export function objectBytes({ object }: { readonly object: string }): number {
  return Buffer.byteLength(object);
}
