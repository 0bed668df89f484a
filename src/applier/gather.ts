/**
 * Takes the entries of the next batch from the three lanes of a workspace.
 *
 * Half of the budget is kept for `high`, a quarter for `normal` and a quarter for `events`, and of each lane at least
 * one entry is taken while the budget has room for entries: so `high` goes first and nothing starves (law 4), however
 * small the budget has become. What one lane leaves unused, the others take, `high` first, and events up to their share
 * of the bytes.
 *
 * Owns: the shares. Never: decodes.
 */
import type { Entry } from '#model/entry.ts';
import { LANES } from '#model/words.ts';
import type { Lane, MunchkinId } from '#model/words.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { Checkpoint } from '#ports/store.ts';
import { eventsShare } from './budget.ts';
import type { Budget } from './budget.ts';

/** The share of a batch that each lane is sure of. */
const SURE_SHARES: Readonly<Record<Lane, number>> = { high: 0.5, normal: 0.25, events: 0.25 };

interface Rest {
  entries: number;
  objects: number;
  bytes: number;
}

/** Resolves with the entries in the order in which they are to be applied. */
export async function gather(
  reader: IntakeReader,
  workspace: MunchkinId,
  request: { readonly after: Checkpoint; readonly budget: Budget },
): Promise<readonly Entry[]> {
  const { after, budget } = request;
  const taken: Record<Lane, Entry[]> = { high: [], normal: [], events: [] };
  const rest: Rest = { ...budget };
  const read = async (lane: Lane, limit: Budget): Promise<void> => {
    const from = taken[lane].at(-1)?.position ?? after[lane];
    for (const entry of await reader.read(workspace, lane, from, limit)) take(entry, taken[lane], rest);
  };
  for (const lane of LANES) {
    if (rest.entries >= 1) await read(lane, sureShare(budget, rest, SURE_SHARES[lane]));
  }
  for (const lane of LANES.filter((lane) => taken[lane].length > 0)) {
    const left = lane === 'events' ? leftForEvents(budget, rest, taken.events) : rest;
    if (left.entries >= 1 && left.objects >= 1 && left.bytes >= 1) await read(lane, left);
  }
  return LANES.flatMap((lane) => taken[lane]);
}

function sureShare(budget: Budget, rest: Rest, share: number): Budget {
  return {
    entries: Math.max(1, Math.min(rest.entries, Math.floor(budget.entries * share))),
    objects: Math.max(1, Math.floor(budget.objects * share)),
    bytes: Math.max(1, Math.floor(budget.bytes * share)),
  };
}

function leftForEvents(budget: Budget, rest: Rest, events: readonly Entry[]): Budget {
  const taken = events.reduce((sum, { body }) => sum + body.byteLength, 0);
  return { ...rest, bytes: Math.min(rest.bytes, eventsShare(budget).bytes - taken) };
}

function take(entry: Entry, into: Entry[], rest: Rest): void {
  into.push(entry);
  rest.entries -= 1;
  rest.objects -= entry.objects;
  rest.bytes -= entry.body.byteLength;
}
