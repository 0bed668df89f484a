/** Law 2 over a lane of a workspace, from readings that cannot all be taken at one moment. Pure. */
import type { FateCounts, Lane, MunchkinId } from '#model/words.ts';

/** All of one lane, or all of one workspace. */
export interface LedgerReadings {
  /** Objects ever appended to the log, read before and after everything else. */
  readonly receivedBefore: number;
  readonly receivedAfter: number;
  /** The store's totals, read before and after its checkpoint. */
  readonly fatesBefore: Readonly<FateCounts>;
  readonly fatesAfter: Readonly<FateCounts>;
  /** Objects in the log beyond that checkpoint. */
  readonly backlog: number;
}

/** Where the objects of a lane are. `received` is what the log says. */
export interface LaneAccount extends Readonly<FateCounts> {
  /** Accepted and not yet applied. */
  readonly backlog: number;
  /** 0 while law 2 holds. */
  readonly difference: number;
}

export interface WorkspaceAccount {
  readonly workspace: MunchkinId;
  /** Milliseconds since 1970. */
  readonly checkedAt: number;
  readonly lanes: Readonly<Record<Lane, LaneAccount>>;
}

export function accountOf(readings: LedgerReadings): LaneAccount {
  const { fatesAfter, receivedAfter: received, backlog } = readings;
  return { ...fatesAfter, received, backlog, difference: conservationDifference(readings) };
}

/** Whether law 2 holds in each lane, as far as anyone can tell. */
export function holdsIn({ lanes }: WorkspaceAccount): boolean {
  return Object.values(lanes).every(({ difference }) => difference === 0);
}

/**
 * Objects received, less those that have a fate, wait for a retry or lie in the log: 0 when none is lost or doubled.
 *
 *     received   before |-------------| after           what came in while the readings were taken
 *     accounted       before |-----------| after        what was decided meanwhile, plus the backlog
 *
 * Both figures are known to lie within their spans. When the spans touch, the law holds as far as anyone can tell;
 * else their distance is the difference: positive when objects are missing, negative when some are there twice.
 * The store's own books have to add up besides.
 */
export function conservationDifference(readings: LedgerReadings): number {
  const { receivedBefore, receivedAfter, fatesAfter, backlog } = readings;
  const accountedBefore = accounted(readings.fatesBefore) + backlog;
  const accountedAfter = accounted(fatesAfter) + backlog;
  if (receivedBefore > accountedAfter) return receivedBefore - accountedAfter;
  if (receivedAfter < accountedBefore) return receivedAfter - accountedBefore;
  return fatesAfter.received - accounted(fatesAfter);
}

function accounted({ created, updated, stored, deleted, failed, pending }: Readonly<FateCounts>): number {
  return created + updated + stored + deleted + failed + pending;
}
