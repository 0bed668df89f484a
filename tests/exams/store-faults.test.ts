import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySubject } from '#engines/memory/store.fixture.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { STORE_EXAM } from './store.exam.ts';
import type { StoreSubject } from './store-subject.ts';

interface Fault {
  readonly name: string;
  /** A transaction that does one thing wrong. */
  readonly plant: (transaction: StoreTransaction) => Partial<StoreTransaction>;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'loses the last event of a batch',
    plant: (transaction) => ({
      appendEvents: ({ times, ...rows }) => transaction.appendEvents({ ...rows, times: times.slice(0, -1) }),
    }),
  },
  {
    name: 'turns the order of events around',
    plant: (transaction) => ({
      appendEvents: (rows) => {
        const cells = new Map(Array.from(rows.cells, ([column, values]) => [column, values.toReversed()]));
        return transaction.appendEvents({ ...rows, cells });
      },
    }),
  },
  { name: 'forgets the checkpoint', plant: () => ({ advance: async () => {} }) },
  {
    name: 'takes absent for null',
    plant: (transaction) => ({
      upsertPersons: (run) =>
        transaction.upsertPersons({
          ...run,
          rows: run.rows.map((row) => ({ ...row, values: row.values.map((value) => value ?? null) })),
        }),
    }),
  },
  {
    name: 'compares emails exactly',
    plant: (transaction) => ({
      upsertPersons: (run) =>
        transaction.upsertPersons({ ...run, matchBy: run.matchBy.map((match) => ({ ...match, ignoreCase: false })) }),
    }),
  },
  {
    name: 'mixes up partitions',
    plant: (transaction) => ({
      upsertPersons: (run) =>
        transaction.upsertPersons({ ...run, rows: run.rows.map((row) => ({ ...row, partition: 'Default' })) }),
    }),
  },
  {
    name: 'creates what it should only find',
    plant: (transaction) => ({
      upsertPersons: (run) => transaction.upsertPersons({ ...run, createMissing: true }),
    }),
  },
  {
    name: 'records a request twice',
    plant: (transaction) => ({
      recordRequests: async (requests) => {
        await transaction.recordRequests(requests);
        await transaction.recordRequests(requests);
      },
    }),
  },
  { name: 'loses failures', plant: () => ({ recordFailures: async () => {} }) },
];

function faultySubject({ plant }: Fault): StoreSubject {
  const subject = memorySubject();
  const store: StoreSubject['store'] = {
    checkpoint: (workspace) => subject.store.checkpoint(workspace),
    eventTables: (workspace) => subject.store.eventTables(workspace),
    transaction: (workspace, work) =>
      subject.store.transaction(workspace, (transaction) => {
        const faults = plant(transaction);
        const faulty = new Proxy(transaction, {
          get: (target, method: keyof StoreTransaction) => faults[method] ?? target[method].bind(target),
        });
        return work(faulty);
      }),
    [Symbol.asyncDispose]: () => subject.store[Symbol.asyncDispose](),
  };
  return { ...subject, store };
}

async function failedClauses(fault: Fault): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, check } of STORE_EXAM) {
    await using subject = faultySubject(fault);
    await check(subject).catch(() => failed.push(name));
  }
  return failed;
}

for (const fault of FAULTS) {
  test(`the store's exam catches a store that ${fault.name}`, async () => {
    assert.notDeepEqual(await failedClauses(fault), []);
  });
}

test(`the store's exam passes a store without a fault`, async () => {
  assert.deepEqual(await failedClauses({ name: 'is sound', plant: () => ({}) }), []);
});
