/** Law 2 over a whole workspace, from readings that cannot all be taken at one moment. Pure. */
import type { FateCounts } from '#model/words.ts';

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

/**
 * Objects received, less those that have a fate, wait for a retry or lie in the log: 0 when none is lost or doubled.
 *
 *     received   before |-------------| after           what came in while the readings were taken
 *     accounted       before |-----------| after        what was decided meanwhile, plus the backlog
 *
 * Both figures are known to lie within their spans. When the spans touch, the law holds as far as anyone can tell;
 * else their distance is the difference: positive when objects are missing, negative when some are there twice.
 */
export function conservationDifference(readings: LedgerReadings): number {
  const { receivedBefore, receivedAfter, backlog } = readings;
  const accountedBefore = accounted(readings.fatesBefore) + backlog;
  const accountedAfter = accounted(readings.fatesAfter) + backlog;
  if (receivedBefore > accountedAfter) return receivedBefore - accountedAfter;
  if (receivedAfter < accountedBefore) return receivedAfter - accountedBefore;
  return 0;
}

function accounted({ created, updated, stored, deleted, failed, pending }: Readonly<FateCounts>): number {
  return created + updated + stored + deleted + failed + pending;
}
