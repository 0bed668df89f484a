/** How the objects of a replay become requests: one kind and type in each, none larger than a batch bears. Pure. */
import type { SelectedObject } from './replay-selection.ts';
import type { Lane, ObjectKind } from '#model/words.ts';

/** Objects of one kind and type, in the order in which they are tried. Never empty. */
export interface ReplayGroup {
  readonly kind: ObjectKind;
  readonly type: string;
  readonly objects: readonly SelectedObject[];
}

/** What the applier takes at once of objects that are tried again (law 6). */
const BATCH_LIMIT = { objects: 5000, bytes: 8 * 1024 * 1024 } as const;

/** Persons first, so that custom objects find the persons that they name. */
const KINDS: readonly ObjectKind[] = ['person', 'customObject', 'event'];

/** Within a group, and among groups of one type, the order of the selection stays. */
export function replayGroups(selected: readonly SelectedObject[]): readonly ReplayGroup[] {
  return KINDS.flatMap((kind) => {
    const ofKind = selected.filter((object) => object.kind === kind);
    return [...Map.groupBy(ofKind, ({ type }) => type)].flatMap(([type, ofType]) =>
      batchesOf(ofType).map((objects) => ({ kind, type, objects })),
    );
  });
}

/** Consecutive objects, as many as a batch bears; at least one in each. */
export function batchesOf(objects: readonly SelectedObject[]): readonly (readonly SelectedObject[])[] {
  const batches: SelectedObject[][] = [];
  let bytes = 0;
  for (const object of objects) {
    const last = batches.at(-1);
    bytes += object.bytes;
    if (last !== undefined && last.length < BATCH_LIMIT.objects && bytes <= BATCH_LIMIT.bytes) {
      last.push(object);
    } else {
      batches.push([object]);
      bytes = object.bytes;
    }
  }
  return batches;
}

/** The lane in which a replay of this kind goes. */
export function replayLane(kind: ObjectKind): Lane {
  return kind === 'event' ? 'events' : 'normal';
}
