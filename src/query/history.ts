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
import { decidedFate, failedFate, waitingFate } from './fate-answer.ts';
import type { ShownFate } from './fate-answer.ts';
import { failureSlices, objectBytes, waitingSlices } from './failure-slices.ts';
import type { NamedObject } from './named-object.ts';
import type { QueryParts } from './query-parts.ts';
import { byRequestAndIndex } from '#model/fates.ts';
import type { FailureRef } from '#model/fates.ts';
import type { MunchkinId } from '#model/words.ts';
import type { ObjectKey, ObjectPage, WaitingFilter } from '#ports/store-reader.ts';
import { invalidInput } from '#protocols/api/problems.ts';

/** Objects that a name may stand for, such as one person in several partitions: each is a reading (law 6). */
const MAX_NAMED_OBJECTS = 20;
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

/**
 * Rejects with the problem `invalid-input` when too many objects have the name.
 * What waits under the name is read before the objects are looked for, and what waits at all before the other lists:
 * an object that is decided meanwhile is found then, and its fate is in a list that is read later.
 */
export async function readHistory(parts: Parts, workspace: MunchkinId, request: HistoryRequest): Promise<HistoryPage> {
  const { named } = request;
  const lists = new Lists(parts, workspace, request);
  await lists.addWaiting(named.key);
  const found = await findObjects(parts, workspace, named);
  const others = otherKeys(named, found);
  for (const key of others) await lists.addWaiting(key);
  for (const key of [named.key, ...others]) await lists.addFailures(key);
  const identities = new Set(found.map(({ identity }) => identity));
  if (named.identity !== undefined) identities.add(named.identity);
  for (const identity of identities) await lists.addFates(identity);
  const objects = found.map((row) => foundObject(named, row));
  return { objects, ...merged(lists.all, request.limit) };
}

type Row = ObjectPage['rows'][number];

async function findObjects({ reader }: Parts, workspace: MunchkinId, named: NamedObject): Promise<readonly Row[]> {
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

function foundObject({ type }: NamedObject, { identity, values }: Row): FoundObject {
  return type === 'persons' ? { identity, partitionName: String(values.at(-1)) } : { identity };
}

/** What else senders may call these objects: the identity, and the usual fields when an object has all of them. */
function otherKeys({ key, identityField, keyFields }: NamedObject, found: readonly Row[]): readonly ObjectKey[] {
  const keys = found.flatMap(({ identity, values }): ObjectKey[] => {
    const usual = keyFields.map((field, at) => ({ field, value: values[at] ?? null }));
    const own = [{ field: identityField, value: identity }];
    return usual.every(({ value }) => value !== null) ? [own, usual] : [own];
  });
  const distinct = new Map([key, ...keys].map((each) => [keyText(each), each]));
  return [...distinct.values()].slice(1);
}

function keyText(key: ObjectKey): string {
  const pairs = key.map(({ field, value }) => `${field}=${value}`.toLowerCase());
  return pairs.toSorted().join('\n');
}

/** A list from the place after `after` on: all that one page can need of it, unless it was ended by its bytes. */
interface PlacedList {
  readonly fates: readonly PlacedFate[];
  readonly isCut: boolean;
}

/** The lists behind one page. */
class Lists {
  readonly all: PlacedList[] = [];
  readonly #parts: Parts;
  readonly #workspace: MunchkinId;
  readonly #type: string;
  readonly #place: { readonly after?: FailureRef };
  /** As many objects of a list as a page can need, and one more that proves the next page. */
  readonly #objects: number;
  readonly #budget = { bytes: MAX_READ_BYTES };

  constructor(parts: Parts, workspace: MunchkinId, { named, limit, after }: HistoryRequest) {
    this.#parts = parts;
    this.#workspace = workspace;
    this.#type = named.type;
    this.#place = after === undefined ? {} : { after };
    this.#objects = limit + 1;
  }

  async addWaiting(key: ObjectKey): Promise<void> {
    const { reader, clock } = this.#parts;
    const now = clock.now();
    const waiting = waitingSlices(reader, this.#workspace, this.#wanted(key));
    this.all.push(await gathered(waiting, { budget: this.#budget, fateOf: (each) => waitingFate(each, now) }));
  }

  async addFailures(key: ObjectKey): Promise<void> {
    const failures = failureSlices(this.#parts.reader, this.#workspace, this.#wanted(key));
    this.all.push(await gathered(failures, { budget: this.#budget, fateOf: failedFate }));
  }

  async addFates(identity: number | string): Promise<void> {
    const of = { type: this.#type, identity };
    const filter = { of, ...this.#place, limit: this.#objects };
    const fates = await this.#parts.reader.fates(this.#workspace, filter);
    const placed = fates.map((fate) => ({ requestId: fate.requestId, index: fate.index, fate: decidedFate(fate) }));
    this.all.push({ fates: placed, isCut: false });
  }

  #wanted(key: ObjectKey): { readonly filter: Omit<WaitingFilter, 'limit'>; readonly objects: number } {
    return { filter: { type: this.#type, key, ...this.#place }, objects: this.#objects };
  }
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
  const all = [...byName.values()].toSorted(byRequestAndIndex);
  const ends = lists.flatMap(({ fates, isCut }) => (isCut ? fates.slice(-1) : []));
  // Beyond the end of a list that was cut, a place of it may be missing.
  const known = all.filter((fate) => ends.every((end) => byRequestAndIndex(fate, end) <= 0));
  const fates = known.slice(0, limit);
  return { fates, hasMore: ends.length > 0 || fates.length < all.length };
}
