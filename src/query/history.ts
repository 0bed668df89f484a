/**
 * What became of one object, over all requests that touched it, in the order of acceptance.
 *
 *   fields ──objects──► identities ──► fates ────────┐
 *      │                 └── its names ─┐            ├──► by place, each once ──► a page
 *      └────────────────────────────────┴► failures, ┘
 *                                          waiting
 *
 * What was created, updated or deleted is known by the object's identity; what failed or waits by what it calls itself.
 * Owns: that no place is missed between two pages or two readings. Never: reads the log (see sent-fields.ts).
 */
import { byPlace, decidedFate, failedFate, waitingFate } from './fate-answer.ts';
import type { ShownFate } from './fate-answer.ts';
import { failureSlices, objectBytes, waitingSlices } from './failure-slices.ts';
import type { NamedObject } from './named-object.ts';
import type { QueryParts } from './query-parts.ts';
import type { FailureRef } from '#model/fates.ts';
import type { MunchkinId } from '#model/words.ts';
import type { ObjectKey, ObjectPage } from '#ports/store-reader.ts';
import { invalidInput } from '#protocols/api/problems.ts';

/** Objects that a name may stand for, such as one person in several partitions: each is a reading (law 6). */
export const MAX_NAMED_OBJECTS = 20;
/** Of failed and waiting objects that are read for one page; it ends early when they have more. */
const MAX_READ_BYTES = 8 * 1024 * 1024;

/** An object that exists and has the values that were asked for. */
export interface FoundObject {
  readonly identity: number | string;
  /** Of a person. */
  readonly partitionName?: string;
}

/** One request's word on the object. */
export interface PlacedFate extends FailureRef {
  readonly fate: ShownFate;
  /** Of one that failed or waits: the object as it was sent, as JSON text, and when. */
  readonly sent?: { readonly object: string; readonly acceptedAt: number };
}

export interface HistoryPage {
  readonly objects: readonly FoundObject[];
  readonly fates: readonly PlacedFate[];
  readonly hasMore: boolean;
}

export interface HistoryRequest {
  readonly named: NamedObject;
  readonly limit: number;
  /** The last of the page before. */
  readonly after?: FailureRef | undefined;
}

type Parts = Pick<QueryParts, 'reader' | 'clock'>;

/** Rejects with the problem `invalid-input` when too many objects have the name. */
export async function readHistory(parts: Parts, workspace: MunchkinId, request: HistoryRequest): Promise<HistoryPage> {
  const { named } = request;
  const found = await findObjects(parts, workspace, named);
  const objects = found.map(({ identity, values }) => foundObject(named, identity, values));
  const names = distinctKeys([named.key, ...found.flatMap(({ identity, values }) => keysOf(named, identity, values))]);
  const identities = new Set(objects.map(({ identity }) => identity));
  if (named.identity !== undefined) identities.add(named.identity);
  const lists = await readLists(parts, workspace, { ...request, names, identities: [...identities] });
  return { objects, ...merged(lists, request.limit) };
}

type Rows = ObjectPage['rows'];

async function findObjects({ reader }: Parts, workspace: MunchkinId, named: NamedObject): Promise<Rows> {
  const { type, key } = named;
  const match = { fields: key.map(({ field }) => field), keys: [key.map(({ value }) => value)] };
  const page = await reader.objects(workspace, { type, match, fields: readFields(named), limit: MAX_NAMED_OBJECTS });
  if (page?.hasMore !== true) return page?.rows ?? [];
  const detail = `More than ${MAX_NAMED_OBJECTS} objects have this name: add a field, or name one by ${named.identityField}.`;
  throw invalidInput('', detail);
}

const PARTITION_COLUMN = 'partitionName';

function readFields({ type, keyFields }: NamedObject): readonly string[] {
  return type === 'persons' ? [...keyFields, PARTITION_COLUMN] : keyFields;
}

type Values = Rows[number]['values'];

function foundObject({ type }: NamedObject, identity: number | string, values: Values): FoundObject {
  return type === 'persons' ? { identity, partitionName: String(values.at(-1)) } : { identity };
}

/** What its senders may have called an object: the identity, and the fields that are usual, when it has all of them. */
function keysOf({ identityField, keyFields }: NamedObject, identity: number | string, values: Values): ObjectKey[] {
  const usual = keyFields.map((field, at) => ({ field, value: values[at] ?? null }));
  const own = [{ field: identityField, value: identity }];
  return usual.every(({ value }) => value !== null) ? [own, usual] : [own];
}

function distinctKeys(keys: readonly ObjectKey[]): readonly ObjectKey[] {
  const textOf = (key: ObjectKey): string =>
    key
      .map(({ field, value }) => `${field}=${value}`)
      .join('\n')
      .toLowerCase();
  return [...new Map(keys.map((key) => [textOf(key), key])).values()];
}

interface Wanted extends HistoryRequest {
  readonly names: readonly ObjectKey[];
  readonly identities: readonly (number | string)[];
}

/** A list from the place after `after` on: all that one page can need of it, unless it was ended by its bytes. */
interface PlacedList {
  readonly fates: readonly PlacedFate[];
  readonly isCut: boolean;
}

// What waits is read first: an object that is decided meanwhile is found in another list then, and never in none.
async function readLists(parts: Parts, workspace: MunchkinId, wanted: Wanted): Promise<PlacedList[]> {
  const { reader, clock } = parts;
  const { named, names, identities, limit, after } = wanted;
  const objects = limit + 1;
  const budget = { bytes: MAX_READ_BYTES };
  const lists: PlacedList[] = [];
  const filterOf = (key: ObjectKey) => ({ type: named.type, key, ...(after !== undefined && { after }) });
  const now = clock.now();
  for (const key of names) {
    const waiting = waitingSlices(reader, workspace, { filter: filterOf(key), objects });
    lists.push(await gathered(waiting, { budget, fateOf: (each) => waitingFate(each, now) }));
  }
  for (const key of names) {
    const failures = failureSlices(reader, workspace, { filter: filterOf(key), objects });
    lists.push(await gathered(failures, { budget, fateOf: failedFate }));
  }
  for (const identity of identities) {
    const of = { type: named.type, identity };
    const fates = await reader.fates(workspace, { of, limit: objects, ...(after !== undefined && { after }) });
    const placed = fates.map((fate) => ({ requestId: fate.requestId, index: fate.index, fate: decidedFate(fate) }));
    lists.push({ fates: placed, isCut: false });
  }
  return lists;
}

interface SentObject extends FailureRef {
  readonly object: string;
  readonly acceptedAt: number;
}

interface Gathering<Item> {
  /** Shared by the lists of a page. */
  readonly budget: { bytes: number };
  readonly fateOf: (item: Item) => ShownFate;
}

/** At least one item of the list, when there is one. */
async function gathered<Item extends SentObject>(
  items: AsyncIterable<Item>,
  { budget, fateOf }: Gathering<Item>,
): Promise<PlacedList> {
  const fates: PlacedFate[] = [];
  for await (const item of items) {
    const { requestId, index, object, acceptedAt } = item;
    fates.push({ requestId, index, fate: fateOf(item), sent: { object, acceptedAt } });
    budget.bytes -= objectBytes(item);
    if (budget.bytes <= 0) return { fates, isCut: true };
  }
  return { fates, isCut: false };
}

/** Of a place that stands in several lists, the last list knows what became of it in the end. */
function merged(lists: readonly PlacedList[], limit: number): Pick<HistoryPage, 'fates' | 'hasMore'> {
  const byName = new Map<string, PlacedFate>();
  for (const fate of lists.flatMap(({ fates }) => fates)) byName.set(`${fate.requestId}.${fate.index}`, fate);
  const all = [...byName.values()].toSorted(byPlace);
  const ends = lists.flatMap(({ fates, isCut }) => (isCut ? fates.slice(-1) : []));
  // Beyond the end of a list that was cut, a place of it may be missing.
  const known = all.filter((fate) => ends.every((end) => byPlace(fate, end) <= 0));
  const fates = known.slice(0, limit);
  return { fates, hasMore: ends.length > 0 || fates.length < all.length };
}
