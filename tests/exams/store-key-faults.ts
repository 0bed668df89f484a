/** Faults of stores: idempotency keys, and what requests say of duplicates. */
import type { KeyClaims } from '#model/idempotency.ts';
import type { RequestRecord } from '#model/fates.ts';
import type { Fault } from './store-faults.ts';
import { without } from './store-faults.ts';

type Plant = NonNullable<Fault['plant']>;

/** Claims that are changed on their way in. */
function claims(change: (wanted: KeyClaims) => KeyClaims): Plant {
  return (transaction) => ({ claimKeys: (wanted) => transaction.claimKeys(change(wanted)) });
}

function forgets(member: 'duplicateOf' | 'duplicates'): Plant {
  return (transaction) => ({
    recordRequests: (requests) =>
      transaction.recordRequests(requests.map((request) => without(request, member) as RequestRecord)),
  });
}

export const KEY_FAULTS: readonly Fault[] = [
  {
    name: 'looks only at the keys of earlier batches',
    caughtBy: 'a key is that of the first claim',
    plant: (transaction) => ({
      claimKeys: async (wanted) => {
        const owners = await transaction.claimKeys(wanted);
        const now = new Set(wanted.claims.map(({ requestId }) => requestId));
        return owners.map((owner) => (owner === undefined || now.has(owner) ? undefined : owner));
      },
    }),
  },
  {
    name: 'forgets keys after their batch',
    caughtBy: 'a key is that of the first claim',
    plant: (transaction, tables) => {
      tables.eventKeys.clear();
      return { claimKeys: (wanted) => transaction.claimKeys(wanted) };
    },
  },
  {
    name: 'takes no key for the request that has it',
    caughtBy: 'a key is that of the first claim',
    plant: (transaction) => ({
      claimKeys: async (wanted) => {
        const owners = await transaction.claimKeys(wanted);
        return owners.map((owner, at) => (owner === wanted.claims[at]?.requestId ? undefined : owner));
      },
    }),
  },
  {
    name: 'keeps keys for ever',
    caughtBy: 'a key holds within its window',
    plant: claims((wanted) => ({ ...wanted, windowMs: Infinity })),
  },
  {
    name: 'takes its window for a moment longer',
    caughtBy: 'a key holds within its window',
    plant: claims((wanted) => ({ ...wanted, windowMs: wanted.windowMs + 1 })),
  },
  {
    name: 'looks only backward',
    caughtBy: 'a key holds within its window',
    plant: (transaction, tables) => ({
      claimKeys: (wanted) => {
        const earliest = Math.min(...wanted.claims.map(({ acceptedAt }) => acceptedAt));
        for (const [table, taken] of tables.eventKeys) {
          tables.eventKeys.set(
            table,
            taken.filter(({ acceptedAt }) => acceptedAt <= earliest),
          );
        }
        return transaction.claimKeys(wanted);
      },
    }),
  },
  {
    name: 'keeps the keys of all tables together',
    caughtBy: 'keys of another table',
    plant: claims((wanted) => ({ ...wanted, table: 'all' })),
  },
  {
    name: 'compares keys without regard to case',
    caughtBy: 'keys of another table',
    plant: claims((wanted) => ({
      ...wanted,
      claims: wanted.claims.map((each) => ({ ...each, key: each.key.toLowerCase() })),
    })),
  },
  {
    name: 'keeps the keys of a dropped table',
    caughtBy: 'the keys of a table that is dropped',
    plant: (_transaction, tables) => ({
      dropEventTable: async ({ database, table }) => void tables.events.delete(`${database}.${table}`),
    }),
  },
  {
    name: 'drops the keys of every table with one',
    caughtBy: 'the keys of a table that is dropped',
    plant: (transaction, tables) => ({
      dropEventTable: (table) => {
        tables.eventKeys.clear();
        return transaction.dropEventTable(table);
      },
    }),
  },
  {
    name: 'keeps keys that were claimed in vain',
    caughtBy: 'the keys of a batch that is rolled back',
    plantStore: (store) => ({
      transaction: async (workspace, work) => {
        const settled = await store.transaction(workspace, async (transaction) => {
          const [result] = await Promise.allSettled([work(transaction)]);
          return result;
        });
        if (settled.status === 'rejected') throw settled.reason;
        return settled.value;
      },
    }),
  },
  {
    name: 'finds the first thousand keys alone',
    caughtBy: 'thousands of keys at once',
    plant: (transaction) => ({
      claimKeys: async (wanted) => {
        const owners = await transaction.claimKeys(wanted);
        return owners.map((owner, at) => (at < 1_000 ? owner : undefined));
      },
    }),
  },
  {
    name: 'forgets of what a request is a duplicate',
    caughtBy: 'requests say which of their events are duplicates',
    plant: forgets('duplicateOf'),
  },
  {
    name: 'forgets which events are duplicates',
    caughtBy: 'requests say which of their events are duplicates',
    plant: forgets('duplicates'),
  },
  {
    name: 'forgets which events were found to be duplicates late',
    caughtBy: 'requests say which of their events are duplicates',
    plant: (transaction) => ({
      settleRequests: (changes) => transaction.settleRequests(changes.map((each) => without(each, 'duplicates'))),
    }),
  },
];
