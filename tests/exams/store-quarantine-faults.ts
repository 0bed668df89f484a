/** Faults of stores: what the quarantine loses, and what is said of its size. */
import type { FailureRecord } from '#model/fates.ts';
import { failureBytes } from '#model/retention.ts';
import type { WorkspaceTables } from '#engines/memory/store-tables.ts';
import type { Fault } from './store-faults.ts';

/** After retention another choice is kept of what there was before. */
function keeps(
  choose: (before: readonly FailureRecord[], after: readonly FailureRecord[]) => readonly FailureRecord[],
): NonNullable<Fault['plant']> {
  return (transaction, tables: WorkspaceTables) => ({
    retain: async (limit) => {
      const before = tables.failures;
      await transaction.retain(limit);
      tables.failures = [...choose(before, tables.failures)];
    },
  });
}

export const QUARANTINE_FAULTS: readonly Fault[] = [
  {
    name: 'forgets failures of requests that are kept',
    caughtBy: 'failures of a request that is kept stay',
    plant: keeps((_, after) => after.filter(({ replayedBy }) => replayedBy === undefined)),
  },
  {
    name: 'does not count failures towards the bytes',
    caughtBy: 'failures count towards the bytes',
    plant: (transaction, tables) => ({
      retain: (limit) => {
        const bytes = tables.failures.reduce((sum, failure) => sum + failureBytes(failure), 0);
        return transaction.retain({ ...limit, maxBytes: limit.maxBytes + bytes });
      },
    }),
  },
  {
    name: 'counts a body that could not be read as one object',
    caughtBy: 'the quarantine tells its objects',
    misread: (reader) => ({
      totals: async (workspace) => {
        const totals = await reader.totals(workspace);
        const { length } = await reader.failures(workspace, { limit: 100 });
        return { ...totals, quarantine: { ...totals.quarantine, objects: length } };
      },
    }),
  },
  {
    name: 'lets the quarantine grow without bound',
    caughtBy: 'failures that no replay has tried stay until',
    plant: keeps((before) => before),
  },
  {
    name: 'forgets failures by their age',
    caughtBy: 'failures that no replay has tried stay until',
    plant: (transaction, tables) => ({
      retain: async (limit) => {
        await transaction.retain(limit);
        tables.failures = tables.failures.filter((failure) => failure.failedAt >= limit.before);
      },
    }),
  },
  {
    name: 'forgets the oldest failures first, whether tried again or not',
    caughtBy: 'failures that a replay has tried make room',
    plant: keeps((before, after) => before.toSorted((a, b) => b.failedAt - a.failedAt).slice(0, after.length)),
  },
  {
    name: 'keeps for ever what a replay has tried',
    caughtBy: 'a failure that a replay has tried goes when',
    plant: keeps((before) => before),
  },
  {
    name: 'forgets what a replay has tried while the replay is kept',
    caughtBy: 'a failure that a replay has tried goes when',
    plant: keeps((_, after) => after.filter(({ replayedBy }) => replayedBy === undefined)),
  },
];
