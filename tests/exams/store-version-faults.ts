/** Faults of stores: versions of objects, and the persons that they wait for. */
import type { StoredWaiting, WorkspaceTables } from '#engines/memory/store-tables.ts';
import type { UpsertRow, UpsertRun } from '#model/upsert.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { type Fault, without } from './store-faults.ts';
import { LATER } from './store-waiting-subject.ts';

type Plant = NonNullable<Fault['plant']>;
type Removal = StoreTransaction['removeWaiting'];

/** Rows that are changed before they are held against what waits. */
function rows(change: (row: UpsertRow, run: UpsertRun) => UpsertRow): Plant {
  const changed = <Run extends UpsertRun>(run: Run): Run => ({ ...run, rows: run.rows.map((row) => change(row, run)) });
  return (transaction) => ({
    upsertPersons: (run) => transaction.upsertPersons(changed(run)),
    upsertCustomObjects: (run) => transaction.upsertCustomObjects(changed(run)),
  });
}

/** Something else happens when objects are removed from what waits. */
export function changesRemoval(
  change: (tables: WorkspaceTables, orders: readonly number[], remove: Removal) => Promise<void>,
): Plant {
  return (transaction, tables) => ({
    removeWaiting: (orders) => change(tables, orders, (removed) => transaction.removeWaiting(removed)),
  });
}

/** Objects are changed as they are added. */
export function changesAdded(change: (stored: StoredWaiting) => StoredWaiting): Plant {
  return (transaction, tables) => ({
    addWaiting: async (objects) => {
      const known = new Set(tables.waiting.keys());
      await transaction.addWaiting(objects);
      for (const [order, stored] of tables.waiting) if (!known.has(order)) tables.waiting.set(order, change(stored));
    },
  });
}

/** What waits is changed after persons were upserted; `before` is what waited then. */
function afterPersons(change: (tables: WorkspaceTables, before: readonly StoredWaiting[]) => void): Plant {
  return (transaction, tables) => ({
    upsertPersons: async (run) => {
      const before = [...tables.waiting.values()];
      const answer = await transaction.upsertPersons(run);
      change(tables, before);
      return answer;
    },
  });
}

function withMoment(stored: StoredWaiting, nextAttemptAt: number): StoredWaiting {
  return { ...stored, waiting: { ...stored.waiting, nextAttemptAt } };
}

function makeAllDue(tables: WorkspaceTables, isMeant: (stored: StoredWaiting) => boolean): void {
  for (const [order, stored] of tables.waiting) if (isMeant(stored)) tables.waiting.set(order, withMoment(stored, 0));
}

export const VERSION_FAULTS: readonly Fault[] = [
  {
    name: 'lets a version overtake one that waits',
    caughtBy: 'a person whose earlier version waits',
    plant: rows((row) => ({ ...row, order: 0 })),
  },
  {
    name: 'lets a deletion overtake a version that waits',
    caughtBy: 'a person whose earlier version waits',
    plant: rows((row, { action }) => (action === 'delete' ? { ...row, order: 0 } : row)),
  },
  {
    name: 'holds a row behind itself',
    caughtBy: 'a row that was waiting itself',
    plant: rows((row) => without(row, 'order')),
  },
  {
    name: 'holds all rows of a run as the first',
    caughtBy: 'rows of one run',
    plant: rows((row, run) => ({ ...row, ...run.rows[0], key: row.key, values: row.values })),
  },
  {
    name: 'takes versions of other partitions for its own',
    caughtBy: 'versions have the same match fields',
    plant: changesAdded((stored) =>
      stored.version === undefined ? stored : { ...stored, version: stored.version.replace('EMEA', 'Default') },
    ),
  },
  {
    name: 'takes objects of another type for versions',
    caughtBy: 'an equal key of another type',
    plant: changesAdded((stored) =>
      stored.version === undefined ? stored : { ...stored, version: stored.version.replace('cars', 'vans') },
    ),
  },
  {
    name: 'looks for earlier versions before matches',
    caughtBy: 'an object is checked for its match',
    plant: (transaction, tables) => ({
      upsertCustomObjects: async (run) => {
        const answer = await transaction.upsertCustomObjects(run);
        const isHeld = (vin: unknown): boolean =>
          [...tables.waiting.values()].some(({ version }) => version?.includes(String(vin)) ?? false);
        return {
          ...answer,
          outcomes: answer.outcomes.map((each, at) => (isHeld(run.rows[at]?.key[0]) ? 'behind' : each)),
        };
      },
    }),
  },
  {
    name: 'holds what createDuplicate creates',
    caughtBy: 'what createDuplicate creates',
    plant: (transaction) => ({
      upsertPersons: (run) =>
        transaction.upsertPersons(run.action === 'createDuplicate' ? { ...run, action: 'createOrUpdate' } : run),
    }),
  },
  {
    name: 'lets a row by marketoGUID overtake what waits under the dedupe fields',
    caughtBy: 'an object matched by marketoGUID',
    plant: rows((row, { matchBy }) => (matchBy[0]?.field.name === 'marketoGUID' ? { ...row, order: 0 } : row)),
  },
  {
    name: 'takes one that waits by marketoGUID for a version of nothing',
    caughtBy: 'an object matched by marketoGUID',
    plant: (transaction, tables) => ({
      addWaiting: async (objects) => {
        await transaction.addWaiting(objects);
        if (objects[0]?.key?.matchBy[0] !== 'marketoGUID') return;
        const last = [...tables.waiting.values()].at(-1);
        if (last !== undefined) tables.waiting.set(last.waiting.order, { ...last, version: 'marketoGUID' });
      },
    }),
  },
  {
    name: 'frees no follower',
    caughtBy: 'when a version is removed',
    plant: changesRemoval(async (tables, orders) => {
      for (const order of orders) tables.waiting.delete(order);
    }),
  },
  {
    name: 'frees all followers at once',
    caughtBy: 'when a version is removed',
    plant: changesRemoval(async (tables, orders, remove) => {
      const versions = new Set(orders.map((order) => tables.waiting.get(order)?.version));
      await remove(orders);
      makeAllDue(tables, ({ version }) => versions.has(version));
    }),
  },
  {
    name: 'frees a version while an earlier one waits',
    caughtBy: 'a version is not due while',
    plant: changesRemoval(async (tables, orders, remove) => {
      await remove(orders);
      makeAllDue(tables, ({ waiting }) => waiting.order === Math.max(...orders) + 1);
    }),
  },
  {
    name: 'frees only those without a moment of their own',
    caughtBy: 'a next version that waits for a moment',
    plant: changesRemoval(async (tables, orders, remove) => {
      const before = [...tables.waiting.values()].filter(({ waiting }) => waiting.nextAttemptAt !== undefined);
      await remove(orders);
      for (const stored of before) {
        if (tables.waiting.has(stored.waiting.order)) tables.waiting.set(stored.waiting.order, stored);
      }
    }),
  },
  {
    name: 'lets what waits behind nothing wait for ever',
    caughtBy: 'what waits behind nothing',
    plant: changesAdded((stored) => (stored.waiting.reason === 'behind' ? withMoment(stored, LATER * 2) : stored)),
  },
  {
    name: 'lets what is postponed behind nothing wait for ever',
    caughtBy: 'what waits behind nothing',
    plant: (transaction) => ({
      postponeWaiting: (states) =>
        transaction.postponeWaiting(states.map((state) => ({ nextAttemptAt: LATER * 2, ...state }))),
    }),
  },
  {
    name: 'wakes nobody',
    caughtBy: 'a person that is created',
    plant: afterPersons((tables, before) => {
      for (const stored of before) tables.waiting.set(stored.waiting.order, stored);
    }),
  },
  {
    name: 'wakes everybody',
    caughtBy: 'a person that is created',
    plant: afterPersons((tables) => makeAllDue(tables, () => true)),
  },
  {
    name: 'wakes only by persons that it creates',
    caughtBy: 'a person that is given the value',
    plant: (transaction, tables) => ({
      upsertPersons: async (run) => {
        const before = [...tables.waiting.values()];
        const answer = await transaction.upsertPersons(run);
        if (answer.outcomes.includes('created')) return answer;
        for (const stored of before) tables.waiting.set(stored.waiting.order, stored);
        return answer;
      },
    }),
  },
  {
    name: 'wakes by emails alone',
    caughtBy: 'persons wake who names them',
    plant: changesAdded(({ link, ...stored }) => (link?.ignoreCase === true ? { ...stored, link } : stored)),
  },
  {
    name: 'wakes who waits for something else',
    caughtBy: 'a person wakes only who waits for it',
    plant: afterPersons((tables) => makeAllDue(tables, ({ link }) => link !== undefined)),
  },
  {
    name: 'wakes by rows that it does not write',
    caughtBy: 'a row that is not written wakes nobody',
    plant: (transaction, tables) => ({
      upsertPersons: async (run) => {
        const values = new Set(run.rows.flatMap((row) => row.values));
        const answer = await transaction.upsertPersons(run);
        makeAllDue(tables, ({ link }) => link !== undefined && values.has(link.value));
        return answer;
      },
    }),
  },
  {
    name: 'wakes an object once only',
    caughtBy: 'who was woken and tried in vain',
    plant: (transaction, tables) => ({
      postponeWaiting: async (states) => {
        await transaction.postponeWaiting(states);
        for (const { order } of states) {
          const stored = tables.waiting.get(order);
          if (stored !== undefined) tables.waiting.set(order, without(stored, 'link'));
        }
      },
    }),
  },
  {
    name: 'wakes the first thousand alone',
    caughtBy: 'of thousands who wait',
    plant: afterPersons((tables, before) => {
      for (const stored of before.slice(1_000)) tables.waiting.set(stored.waiting.order, stored);
    }),
  },
];
