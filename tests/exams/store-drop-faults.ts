/** Faults of a store that drops event tables, planted into the one in memory. */
import type { Fault } from './store-faults.ts';

export const DROP_FAULTS: readonly Fault[] = [
  {
    name: 'drops every table of the database',
    caughtBy: 'a dropped event table is gone',
    plant: (transaction, tables) => ({
      dropEventTable: async (table) => {
        await transaction.dropEventTable(table);
        tables.events.clear();
      },
    }),
  },
  {
    name: 'drops nothing',
    caughtBy: 'a dropped event table begins anew',
    plant: () => ({ dropEventTable: async () => undefined }),
  },
];
