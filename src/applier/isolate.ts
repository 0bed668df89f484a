/**
 * Finds the objects of an entry that the store refuses, by rehearsing growing parts of it (law 5).
 *
 *   accepted so far + next half ──taken──► accepted      ──refused──► the same with each half of that half
 *
 * What is accepted at the end has been rehearsed as a whole, so that objects which the store refuses only together
 * are found as well. Costs two rehearsals for each halving, and happens only when a store refuses what the rules let
 * through.
 * Owns: the search. Never: commits.
 */
import type { Entry } from '#model/entry.ts';
import type { ObjectFailure } from '#model/upsert-run.ts';
import type { Exclusions } from './planned.ts';

/** Resolves to the store's reason when it refuses the objects with these indexes, else to undefined. */
export type Rehearsal = (indexes: readonly number[]) => Promise<string | undefined>;

/** The indexes of the objects that cannot be applied, with the store's reason for each. */
export async function findPoison(count: number, rehearse: Rehearsal): Promise<ReadonlyMap<number, string>> {
  const all = Array.from({ length: count }, (_, index) => index);
  const search: Search = { rehearse, accepted: [], poison: new Map() };
  await searchAmong(all, search);
  return search.poison;
}

interface Search {
  readonly rehearse: Rehearsal;
  accepted: readonly number[];
  readonly poison: Map<number, string>;
}

async function searchAmong(indexes: readonly number[], search: Search): Promise<void> {
  const together = [...search.accepted, ...indexes];
  const reason = await search.rehearse(together);
  if (reason === undefined) {
    search.accepted = together;
    return;
  }
  const [only] = indexes;
  if (indexes.length === 1 && only !== undefined) {
    search.poison.set(only, reason);
    return;
  }
  const middle = Math.ceil(indexes.length / 2);
  await searchAmong(indexes.slice(0, middle), search);
  await searchAmong(indexes.slice(middle), search);
}

/** The code of an object that the rules let through and the store did not. */
const REFUSED = 'refused';

/** Leaves out everything of the entry but these objects. */
export function without(entry: Entry, indexes: readonly number[]): Exclusions {
  const kept = new Set(indexes);
  const excluded = new Map<number, ObjectFailure>();
  for (let index = 0; index < entry.objects; index += 1) {
    if (!kept.has(index)) excluded.set(index, { code: REFUSED, message: 'not rehearsed' });
  }
  return new Map([[entry, excluded]]);
}

/** Leaves out the objects that the store refuses, each with the store's reason. */
export function refusing(entry: Entry, poison: ReadonlyMap<number, string>): Exclusions {
  return new Map([[entry, new Map([...poison].map(([index, message]) => [index, { code: REFUSED, message }]))]]);
}
