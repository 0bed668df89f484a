/**
 * Gathers and plans the next batch of a workspace, without asking the store, so that it can be done while the batch
 * before is being applied.
 * Owns: giving way to other work while it plans, and the bounds on what a batch costs. Never: keeps anything.
 */
import type { Workspace } from '#model/definitions.ts';
import type { Entry } from '#model/entry.ts';
import { LANES } from '#model/words.ts';
import type { Lane, MunchkinId, Position } from '#model/words.ts';
import type { Checkpoint } from '#ports/store.ts';
import type { ApplierParts } from './parts.ts';
import { eventsShare, isFull } from './budget.ts';
import type { Budget } from './budget.ts';
import { gather } from './gather.ts';
import type { ReadEntries } from './log-time.ts';
import { BatchPlanner } from './plan.ts';
import type { PlanRules } from './plan.ts';
import { emptyBatch } from './planned.ts';
import type { PlannedBatch } from './planned.ts';

export interface PreparedBatch extends ReadEntries {
  readonly entries: readonly Entry[];
  readonly upTo: Checkpoint;
  readonly size: Budget;
  readonly planned: PlannedBatch;
  /** The definitions under which it was planned. Undefined: the workspace is gone. */
  readonly workspace: Workspace | undefined;
  /** When the work on it began, by the monotonic clock. */
  readonly startedAt: number;
}

export interface PrepareRequest {
  readonly workspace: MunchkinId;
  readonly after: Checkpoint;
  readonly budget: Budget;
}

export async function prepareBatch(parts: ApplierParts, request: PrepareRequest): Promise<PreparedBatch> {
  const startedAt = parts.clock.monotonic();
  const readAt = parts.clock.now();
  const gathered = await gather(parts.reader, request.workspace, request);
  // Behind the read: an entry is decided under definitions no older than those under which it was admitted.
  await parts.control.refresh();
  const workspace = parts.control.definitions().workspaces.get(request.workspace);
  const planned = await planAll(parts, gathered, workspace);
  const { entries } = planned;
  const size = sizeOf(entries);
  return {
    ...planned,
    upTo: reached(request.after, entries),
    size,
    isFull: isFull(size, request.budget) || areEventsFull(entries, request.budget) || entries.length < gathered.length,
    isEachLaneRead: gathered.length < request.budget.entries,
    workspace,
    readAt,
    startedAt,
  };
}

/** Plans the same entries again, leaving some of their objects out, or whole entries. */
export async function replanBatch(
  prepared: PreparedBatch,
  without: Partial<Pick<PlanRules, 'exclusions' | 'broken'>>,
): Promise<PreparedBatch> {
  const { entries, workspace } = prepared;
  if (workspace === undefined) return prepared;
  const { planned } = await planEntries(entries, { ...NOTHING_LEFT_OUT, ...without, workspace });
  return { ...prepared, planned };
}

const NOTHING_LEFT_OUT: Pick<PlanRules, 'exclusions' | 'broken'> = { exclusions: new Map(), broken: new Map() };

interface Planned {
  /** Those that found room. */
  readonly entries: readonly Entry[];
  readonly planned: PlannedBatch;
}

/** Law 5: an entry that a fault of our own keeps from being planned fails as a whole, and the others go on. */
async function planAll(
  { events }: ApplierParts,
  entries: readonly Entry[],
  workspace: Workspace | undefined,
): Promise<Planned> {
  if (workspace === undefined) return { entries: [], planned: emptyBatch() };
  const broken = new Map<Entry, string>();
  for (;;) {
    try {
      return await planEntries(entries, { ...NOTHING_LEFT_OUT, workspace, broken });
    } catch (error) {
      if (!(error instanceof UnplannableError)) throw error;
      events.internalFault(error.cause, { where: 'applier.plan' });
      broken.set(error.entry, 'an internal fault; see the log');
    }
  }
}

class UnplannableError extends Error {
  override readonly name = 'UnplannableError';
  readonly entry: Entry;

  constructor(entry: Entry, cause: unknown) {
    super(`request ${entry.requestId} cannot be planned`, { cause });
    this.entry = entry;
  }
}

/** Planning a large batch takes a while: queries and wakes must get a turn in between. */
const OBJECTS_BETWEEN_TURNS = 5_000;

/**
 * Each run of upserts and each event table costs some milliseconds, whatever it holds: entries that match by other
 * fields in turn, or go to ever other tables, would make a batch of minutes (law 6). An event table costs 2 to 5 ms,
 * and many events hardly more than one: a batch that cannot hold the tables of a workspace has one event for each, and
 * gets on at a third of the speed.
 */
const MAX_STATEMENTS: Readonly<Record<Lane, number>> = { high: 64, normal: 64, events: 1_024 };

/** Many events of few keys each, with many keys in all, make a wide table of nothing: its cells cost all the same. */
const MAX_CELLS = 4_000_000;

async function planEntries(entries: readonly Entry[], rules: PlanRules): Promise<Planned> {
  const planner = new BatchPlanner(rules);
  const taken: Entry[] = [];
  let objects = 0;
  for (const lane of LANES) {
    const most = planner.statements + MAX_STATEMENTS[lane];
    for (const entry of entries.filter((each) => each.lane === lane)) {
      if (planner.statements >= most || planner.cells >= MAX_CELLS) break;
      if (beginsBatch(entry) && taken.at(-1)?.lane === lane) break;
      addTo(planner, entry);
      taken.push(entry);
      if (endsLane(entry)) break;
      objects += entry.objects;
      if (objects < OBJECTS_BETWEEN_TURNS) continue;
      objects = 0;
      await new Promise(setImmediate);
    }
  }
  return { entries: taken, planned: planner.batch };
}

// What a replay holds is known once the batch is applied, and a command changes what waits: later objects of their lane
// must find that done.
function endsLane({ envelope }: Entry): boolean {
  return envelope.kind === 'replay' || envelope.kind === 'command';
}

// Tables are dropped before a batch writes to any: what comes before the command in its lane must be in them by then.
function beginsBatch({ envelope }: Entry): boolean {
  return envelope.kind === 'command' && envelope.command === 'drop-tables';
}

function addTo(planner: BatchPlanner, entry: Entry): void {
  try {
    planner.add(entry);
  } catch (error) {
    throw new UnplannableError(entry, error);
  }
}

/** Where the lanes stand once these entries, the first of each lane, are applied. */
function reached(after: Checkpoint, entries: readonly Entry[]): Checkpoint {
  const upTo: Record<Lane, Position> = { ...after };
  for (const { lane, position } of entries) upTo[lane] = position;
  return upTo;
}

function areEventsFull(entries: readonly Entry[], budget: Budget): boolean {
  return isFull(sizeOf(entries.filter(({ lane }) => lane === 'events')), eventsShare(budget));
}

function sizeOf(entries: readonly Entry[]): Budget {
  let objects = 0;
  let bytes = 0;
  for (const entry of entries) {
    objects += entry.objects;
    bytes += entry.body.byteLength;
  }
  return { entries: entries.length, objects, bytes };
}
