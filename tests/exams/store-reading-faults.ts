/** Faults of stores: fates that change, replay, and what readers are given. */
import { addFates, type FailureRef } from '#model/fates.ts';
import type { FateCounts } from '#model/words.ts';
import type { ObjectPage, ObjectPageRequest, StoreReader } from '#ports/store-reader.ts';
import { type Fault, without } from './store-faults.ts';

/** A page of objects that is asked for, or answered, in another way. */
function objects(
  ask: (page: ObjectPageRequest) => ObjectPageRequest,
  answer: (found: ObjectPage, page: ObjectPageRequest) => ObjectPage = (found) => found,
): NonNullable<Fault['misread']> {
  return (reader) => ({
    objects: async (workspace, page) => {
      const found = await reader.objects(workspace, ask(page));
      return found === undefined ? undefined : answer(found, page);
    },
  });
}

function misreads<Method extends 'requests' | 'failures' | 'waiting'>(
  method: Method,
  ask: (filter: Parameters<StoreReader[Method]>[1]) => Parameters<StoreReader[Method]>[1],
): NonNullable<Fault['misread']> {
  return (reader) => {
    const read = reader[method].bind(reader) as (workspace: unknown, filter: unknown) => unknown;
    const misread: unknown = (workspace: unknown, filter: Parameters<StoreReader[Method]>[1]) =>
      read(workspace, ask(filter));
    return { [method]: misread } as Partial<StoreReader>;
  };
}

function negative(counts: Readonly<FateCounts>): FateCounts {
  const entries = Object.entries(counts).map(([fate, count]) => [fate, -Number(count)]);
  return Object.fromEntries(entries) as unknown as FateCounts;
}

export const READING_FAULTS: readonly Fault[] = [
  {
    name: 'forgets the totals when it settles',
    caughtBy: 'what became of pending objects',
    plant: (transaction, tables) => ({
      settleRequests: async (changes) => {
        await transaction.settleRequests(changes);
        for (const { counts } of changes) addFates(tables.totals.normal, negative(counts));
      },
    }),
  },
  {
    name: 'gives the records of requests as they were before',
    caughtBy: 'the records of requests are given within',
    plant: (_, tables) => {
      const before = [...tables.requests];
      return { requestsOf: async (ids) => before.filter(({ requestId }) => ids.includes(requestId)) };
    },
  },
  {
    name: 'settles one change of a request alone',
    caughtBy: 'what became of pending objects',
    plant: (transaction) => ({
      settleRequests: (changes) =>
        transaction.settleRequests([...new Map(changes.map((change) => [change.requestId, change])).values()]),
    }),
  },
  {
    name: 'finishes a request at its first change',
    caughtBy: 'what became of pending objects',
    plant: (transaction, tables) => ({
      settleRequests: async (changes) => {
        await transaction.settleRequests(changes);
        for (const [at, request] of tables.requests.entries()) {
          tables.requests[at] = { ...request, finishedAt: request.finishedAt ?? 0 };
        }
      },
    }),
  },
  {
    name: 'never finishes a request that was pending',
    caughtBy: 'requests are filtered by their state',
    plant: (transaction, tables) => ({
      settleRequests: async (changes) => {
        const before = [...tables.requests];
        await transaction.settleRequests(changes);
        for (const [at, { finishedAt: _, ...request }] of tables.requests.entries()) {
          if (before[at]?.finishedAt === undefined) tables.requests[at] = request;
        }
      },
    }),
  },
  {
    name: 'settles only what earlier batches recorded',
    caughtBy: 'a request may be settled in the batch',
    plant: (transaction, tables) => {
      const known = new Set(tables.requests.map(({ requestId }) => requestId));
      return {
        settleRequests: (changes) => transaction.settleRequests(changes.filter((each) => known.has(each.requestId))),
      };
    },
  },
  {
    name: 'gives all unfinished requests for those that retry, and finished ones',
    caughtBy: 'requests are filtered by their state',
    misread: misreads('requests', ({ state, ...filter }) =>
      state === undefined || state === 'retrying' ? filter : { ...filter, state },
    ),
  },
  {
    name: 'forgets what a replay replays',
    caughtBy: 'a replay names the requests',
    plant: (transaction) => ({
      recordRequests: (requests) => transaction.recordRequests(requests.map((each) => without(each, 'replayOf'))),
    }),
  },
  {
    name: 'gives failed objects in the order in which they are kept',
    caughtBy: 'failed objects are found by request and index',
    plant: (transaction) => ({
      failures: async (refs) => {
        const found = await transaction.failures(refs);
        return found.toSorted((a, b) => ((a?.requestId ?? '') < (b?.requestId ?? '') ? -1 : 1));
      },
    }),
  },
  {
    name: 'leaves out failed objects that are not there',
    caughtBy: 'failed objects are found by request and index',
    plant: (transaction) => ({
      failures: async (refs) => (await transaction.failures(refs)).filter((failure) => failure !== undefined),
    }),
  },
  {
    name: 'forgets the settings of a failed object',
    caughtBy: 'failures keep what their request said',
    plant: (transaction) => ({
      recordFailures: (failures) => transaction.recordFailures(failures.map((each) => without(each, 'settings'))),
    }),
  },
  {
    name: 'loses the mark of a replay',
    caughtBy: 'what was replayed says by which request',
    plant: () => ({ markReplayed: async () => {} }),
  },
  {
    name: 'marks all of a request as replayed',
    caughtBy: 'what was replayed says by which request',
    plant: (transaction, tables) => ({
      markReplayed: (refs, replay) => {
        const isNamed = ({ requestId }: FailureRef): boolean => refs.some((ref) => ref.requestId === requestId);
        return transaction.markReplayed(tables.failures.filter(isNamed), replay);
      },
    }),
  },
  {
    name: 'gives failures whether they were replayed or not',
    caughtBy: 'what was replayed says by which request',
    misread: misreads('failures', (filter) => without(filter, 'replayed')),
  },
  {
    name: 'gives failures of every type',
    caughtBy: 'failures are filtered by type',
    misread: misreads('failures', (filter) => without(filter, 'type')),
  },
  { name: 'keeps no results', caughtBy: 'results come back whole', plant: () => ({ recordResults: async () => {} }) },
  {
    name: 'gives results in the order in which they came',
    caughtBy: 'results come back whole',
    misread: (reader) => ({
      results: async (workspace, requestId) => (await reader.results(workspace, requestId)).toReversed(),
    }),
  },
  {
    name: 'gives all that waits for what waits of a request',
    caughtBy: 'what waits is read by request and index',
    misread: misreads('waiting', (filter) => without(filter, 'requestId')),
  },
  {
    name: 'gives the last of the page before again',
    caughtBy: 'what waits is read by request and index',
    misread: misreads('waiting', ({ after, ...filter }) =>
      after === undefined ? filter : { ...filter, after: { ...after, index: after.index - 1 } },
    ),
  },
  {
    name: 'gives no more of what waits than the first',
    caughtBy: 'what waits comes back whole',
    misread: misreads('waiting', (filter) => ({ ...filter, limit: 1 })),
  },
  {
    name: 'always says that there is more',
    caughtBy: 'persons are read by their id',
    misread: objects(
      (page) => page,
      (found, { limit }) => ({ ...found, hasMore: found.rows.length === limit }),
    ),
  },
  {
    name: 'begins every page with the first object',
    caughtBy: 'what is found is paged as well',
    misread: objects((page) => without(page, 'after')),
  },
  {
    name: 'gives objects in another order',
    caughtBy: 'custom objects are read by their marketoGUID',
    misread: objects(
      (page) => page,
      (found) => ({ ...found, rows: found.rows.toReversed() }),
    ),
  },
  {
    name: 'gives fields in another order',
    caughtBy: 'fields are given in the order asked',
    misread: objects((page) => ({ ...page, fields: page.fields.toReversed() })),
  },
  {
    name: 'does not know the fields that the store sets',
    caughtBy: 'the fields that the store sets',
    misread: objects(
      (page) => page,
      (found, { fields }) => ({
        ...found,
        rows: found.rows.map((row) => ({
          ...row,
          values: row.values.map((value, at) => (fields[at] === 'createdAt' ? null : value)),
        })),
      }),
    ),
  },
  {
    name: 'reads large integers as doubles',
    caughtBy: 'values of every type are read',
    misread: objects(
      (page) => page,
      (found) => ({
        ...found,
        rows: found.rows.map((row) => ({
          ...row,
          values: row.values.map((value) => (typeof value === 'bigint' ? Number(value) : value)),
        })),
      }),
    ),
  },
  {
    name: 'finds objects by the first field alone',
    caughtBy: 'persons are found by values',
    misread: objects((page) => {
      const { match, ...rest } = page;
      if (match === undefined) return rest;
      return {
        ...rest,
        match: { fields: match.fields.slice(0, 1), keys: match.keys.map((key) => key.slice(0, 1)) },
      };
    }),
  },
  {
    name: 'takes no keys for all keys',
    caughtBy: 'persons are found by values',
    misread: objects(({ match, ...page }) =>
      match === undefined || match.keys.length === 0 ? page : { ...page, match },
    ),
  },
  {
    name: 'takes null for zero',
    caughtBy: 'null equals nothing',
    misread: objects(({ match, ...page }) =>
      match?.keys.some((key) => key.includes(null)) === true
        ? page
        : { ...page, ...(match !== undefined && { match }) },
    ),
  },
  {
    name: 'takes a type that it does not know for an empty one',
    caughtBy: 'a type that is not in the store',
    misread: (reader) => ({
      objects: async (workspace, page) => (await reader.objects(workspace, page)) ?? { rows: [], hasMore: false },
    }),
  },
];
