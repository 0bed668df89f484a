/** Faults of stores: objects that wait for a later try. */
import type { WaitingLimit } from '#ports/store.ts';
import type { Fault } from './store-faults.ts';
import { changesAdded, changesRemoval } from './store-version-faults.ts';
import { NO_LIMIT } from './store-waiting-subject.ts';

type Plant = NonNullable<Fault['plant']>;

/** What is due is asked with another limit, or at another moment. */
function asksDue(change: (now: number, limit: WaitingLimit) => [number, WaitingLimit]): Plant {
  return (transaction) => ({ dueWaiting: (now, limit) => transaction.dueWaiting(...change(now, limit)) });
}

export const WAITING_FAULTS: readonly Fault[] = [
  {
    name: 'forgets what an object said once for all',
    caughtBy: 'what waits comes back whole',
    plant: changesAdded(({ waiting, ...stored }) => ({ ...stored, waiting: { ...waiting, keyText: '{}' } })),
  },
  {
    name: 'adds waiting objects in another order',
    caughtBy: 'a row that was waiting itself',
    plant: (transaction) => ({ addWaiting: (objects) => transaction.addWaiting(objects.toReversed()) }),
  },
  {
    name: 'gives what is not due yet',
    caughtBy: 'due is what has its moment',
    plant: asksDue((now, limit) => [now + 1, limit]),
  },
  {
    name: 'gives only what was due before',
    caughtBy: 'due is what has its moment',
    plant: asksDue((now, limit) => [now - 1, limit]),
  },
  {
    name: 'gives what is due by its moment',
    caughtBy: 'due is what has its moment',
    plant: (transaction) => ({
      dueWaiting: async (now, limit) =>
        (await transaction.dueWaiting(now, limit)).toSorted((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0)),
    }),
  },
  {
    name: 'gives more objects than asked for',
    caughtBy: 'due objects and those of a request',
    plant: asksDue((now, limit) => [now, { ...limit, objects: limit.objects + 1 }]),
  },
  {
    name: 'gives more bytes than asked for',
    caughtBy: 'due objects and those of a request',
    plant: asksDue((now, limit) => [now, { ...limit, bytes: limit.bytes + 1 }]),
  },
  {
    name: 'gives nothing when the first is too large',
    caughtBy: 'due objects and those of a request',
    plant: (transaction) => ({
      dueWaiting: async (now, limit) => (limit.bytes === 1 ? [] : await transaction.dueWaiting(now, limit)),
    }),
  },
  {
    name: 'gives objects of another request',
    caughtBy: 'the waiting objects of a request are its own',
    plant: (transaction) => ({ waitingOf: (_requestId, limit) => transaction.dueWaiting(Infinity, limit) }),
  },
  {
    name: 'gives only what is due of a request',
    caughtBy: 'the waiting objects of a request are its own',
    plant: (transaction) => ({
      waitingOf: async (requestId, limit) =>
        (await transaction.waitingOf(requestId, limit)).filter(({ nextAttemptAt }) => nextAttemptAt !== undefined),
    }),
  },
  {
    name: 'gives of those behind an object only what waits behind it for no reason of its own',
    caughtBy: 'behind objects wait all later versions',
    plant: (transaction) => ({
      waitingBehind: async (orders, limit) => {
        const { objects, hasMore } = await transaction.waitingBehind(orders, limit);
        return { objects: objects.filter(({ reason }) => reason === 'behind'), hasMore };
      },
    }),
  },
  {
    name: 'does not say that it has left some out',
    caughtBy: 'behind objects wait all later versions',
    plant: (transaction) => ({
      waitingBehind: async (orders, limit) => ({ ...(await transaction.waitingBehind(orders, limit)), hasMore: false }),
    }),
  },
  {
    name: 'postpones nothing',
    caughtBy: 'what was postponed waits on',
    plant: () => ({ postponeWaiting: async () => {} }),
  },
  {
    name: 'postpones what was not tried',
    caughtBy: 'what was postponed waits on',
    plant: (transaction) => ({
      postponeWaiting: (states) =>
        transaction.postponeWaiting(states.flatMap((state) => [{ ...state, order: state.order - 1 }, state])),
    }),
  },
  {
    name: 'loses a waiting object when another is removed',
    caughtBy: 'what was removed waits no longer',
    plant: changesRemoval(async (tables, orders, remove) => {
      await remove(orders);
      tables.waiting.delete(Math.min(...tables.waiting.keys()));
    }),
  },
  {
    name: 'keeps what was removed',
    caughtBy: 'what was removed waits no longer',
    plant: changesRemoval((_tables, orders, remove) => remove(orders.slice(1))),
  },
  {
    name: 'gives an order again',
    caughtBy: 'an order is never given twice',
    plant: (transaction, tables) => ({
      addWaiting: (objects) => {
        tables.nextOrder = Math.max(0, ...tables.waiting.keys()) + 1;
        return transaction.addWaiting(objects);
      },
    }),
  },
  {
    name: 'knows of what waits only what the batch found',
    caughtBy: 'what is due may be asked before',
    plant: (transaction) => {
      const found = transaction.dueWaiting(Infinity, NO_LIMIT);
      return { dueWaiting: () => found };
    },
  },
  {
    name: 'promises a later moment than the first',
    caughtBy: 'the summary counts what waits',
    plantStore: (store) => ({
      waiting: async (workspace) => {
        const summary = await store.waiting(workspace);
        return { ...summary, ...(summary.nextDueAt !== undefined && { nextDueAt: summary.nextDueAt + 1 }) };
      },
    }),
  },
  {
    name: 'promises that something will be due when nothing waits',
    caughtBy: 'the summary counts what waits',
    plantStore: (store) => ({ waiting: async (workspace) => ({ nextDueAt: 0, ...(await store.waiting(workspace)) }) }),
  },
  {
    name: 'keeps what a batch did that is rolled back',
    caughtBy: 'a batch that is rolled back adds, wakes',
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
];
