/** Faults of stores: what retention forgets. */
import type { Fault } from './store-faults.ts';

export const RETENTION_FAULTS: readonly Fault[] = [
  {
    name: 'forgets nothing',
    caughtBy: 'finished requests that were accepted before the limit',
    plant: () => ({ retain: async () => undefined }),
  },
  {
    name: 'forgets requests and keeps their fates',
    caughtBy: 'finished requests that were accepted before the limit',
    plant: (transaction, tables) => ({
      retain: async (limit) => {
        const before = tables.fates;
        await transaction.retain(limit);
        tables.fates = before;
      },
    }),
  },
  {
    name: 'forgets what waits',
    caughtBy: 'what waits, its request and the fates in it',
    plant: (transaction, tables) => ({
      retain: async (limit) => {
        await transaction.retain(limit);
        tables.requests = tables.requests.filter(({ acceptedAt }) => acceptedAt >= limit.before);
      },
    }),
  },
  {
    name: 'takes what it forgets from the totals',
    caughtBy: 'what waits, its request and the fates in it',
    plant: (transaction, tables) => ({
      retain: async (limit) => {
        const before = tables.requests.length;
        await transaction.retain(limit);
        tables.totals.normal.received -= before - tables.requests.length;
      },
    }),
  },
  {
    name: 'forgets the newest journal event too',
    caughtBy: 'journal events before the limit are forgotten',
    plant: (transaction, tables) => ({
      retain: async (limit) => {
        await transaction.retain(limit);
        tables.journal = tables.journal.filter(({ time }) => time >= limit.before);
      },
    }),
  },
  {
    name: 'forgets each journal event by its own time',
    caughtBy: 'the journal is cut from its oldest event on',
    plant: (transaction, tables) => ({
      retain: async (limit) => {
        const kept = tables.journal.filter(({ time }, at) => time >= limit.before || at === tables.journal.length - 1);
        await transaction.retain(limit);
        tables.journal = kept;
      },
    }),
  },
  {
    name: 'takes the time of an event for its age, though it lies ahead',
    caughtBy: 'a journal event that is stamped ahead of now',
    plant: (transaction) => ({ retain: (limit) => transaction.retain({ ...limit, now: Number.MAX_SAFE_INTEGER }) }),
  },
  {
    name: 'forgets what is stamped ahead of now at once',
    caughtBy: 'a journal event that is stamped ahead of now',
    plant: (transaction, tables) => ({
      retain: async (limit) => {
        await transaction.retain(limit);
        const young = tables.journal.findIndex(({ time }) => time <= limit.now);
        tables.journal = tables.journal.slice(Math.max(0, young));
      },
    }),
  },
  {
    name: 'does not count bytes',
    caughtBy: 'beyond the bytes the oldest are forgotten first',
    plant: (transaction) => ({
      retain: (limit) => transaction.retain({ ...limit, maxBytes: Number.MAX_SAFE_INTEGER }),
    }),
  },
  {
    name: 'cuts a second in two',
    caughtBy: 'requests of the second with which there is too much',
    plant: (transaction, tables) => ({
      retain: async (limit) => {
        const before = tables.requests;
        await transaction.retain(limit);
        const youngest = before.filter((each) => !tables.requests.includes(each)).at(-1);
        if (youngest !== undefined) tables.requests.push(youngest);
      },
    }),
  },
  {
    name: 'counts what waits',
    caughtBy: 'what waits does not count towards the bytes',
    plant: (transaction, tables) => ({
      retain: (limit) => {
        const pending = tables.requests.filter(({ counts }) => counts.pending > 0).length;
        return transaction.retain({ ...limit, maxBytes: limit.maxBytes - pending });
      },
    }),
  },
  {
    name: 'moves its horizon back',
    caughtBy: 'the horizon never goes back',
    plant: (transaction, tables) => ({
      retain: async (limit) => {
        await transaction.retain(limit);
        tables.retainedFrom = limit.before;
      },
    }),
  },
];
