/** Random loads with failures, waits, retries, replays, cancels and restarts: the journal says what the store says. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { duckDbSubject, withDirectory } from '../../src/engines/duckdb/store.fixture.ts';
import { memorySubject } from '../../src/engines/memory/store.fixture.ts';
import type { FailureRecord, RequestRecord } from '../../src/model/fates.ts';
import type { JournalEvent, JournalNote } from '../../src/model/journal.ts';
import type { RequestId } from '../../src/model/words.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { Store, StoreTransaction } from '../../src/ports/store.ts';
import {
  cancelWaiting,
  events,
  openApplierWorld,
  persons,
  purchases,
  replay,
  WORKSPACE,
} from '../support/applier-world.ts';
import type { ApplierWorld, SentEntry } from '../support/applier-world.ts';
import { findJournalFaults } from '../support/journal-audit.ts';
import { anyEntry, picky } from '../support/mixed-load.ts';
import { addMetrics, expectedMetrics, readMetrics } from '../support/journal-metrics.ts';
import { tampered } from '../support/tampered-store.ts';
import { TestClock, withoutPauses } from '../support/test-clock.ts';
import type { StoreSubject } from './store-subject.ts';

const FIVE_MINUTES = 5 * 60_000;

type Step =
  | { readonly do: 'send'; readonly entries: readonly SentEntry[] }
  | { readonly do: 'pass'; readonly times: number }
  | { readonly do: 'cancel'; readonly request: number }
  | { readonly do: 'replay' | 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      entries: fc.array(anyEntry, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), times: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), request: fc.nat({ max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('replay' as const, 'restart' as const) }) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 15, size: 'max' });
const fewSteps = fc.array(step, { minLength: 1, maxLength: 6, size: 'max' });
/** Which transactions fail at their end, as when the process dies, from the first on. */
const faults = fc.array(fc.boolean(), { maxLength: 60, size: 'max' });
const entriesAtOnce = fc.constantFrom(1, 3, 100);

interface Run {
  readonly all: readonly Step[];
  readonly entriesAtOnce: number;
  readonly faults: readonly boolean[];
  /** A fault that is planted, for the test of this test. */
  readonly planted?: (transaction: StoreTransaction) => Partial<StoreTransaction>;
}

class Trial {
  readonly #subject: StoreSubject;
  readonly #world: ApplierWorld;
  readonly #clock: TestClock;
  readonly #ids: RequestId[] = [];
  readonly #startedAt: number;

  constructor(subject: StoreSubject, world: ApplierWorld, clock: TestClock) {
    this.#subject = subject;
    this.#world = world;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'send':
        for (const sent of step.entries) this.#ids.push((await this.#world.append(sent)).requestId);
        break;
      case 'pass':
        for (let times = 0; times < step.times; times += 1) {
          this.#clock.advance(FIVE_MINUTES);
          this.#world.applier.wake(WORKSPACE);
          await this.#world.quiet();
        }
        break;
      case 'cancel': {
        const id = this.#ids[step.request % Math.max(1, this.#ids.length)];
        if (id !== undefined) await this.#world.append(cancelWaiting(id));
        break;
      }
      case 'replay':
        await this.#replay();
        break;
      case 'restart':
        await this.#world.applier[Symbol.asyncDispose]();
        this.#world.restarted();
    }
    this.#world.applier.wake(WORKSPACE);
    await this.#world.quiet();
  }

  async audit(): Promise<void> {
    const { reader } = this.#subject;
    const requests = await reader.requests(WORKSPACE, { limit: 1_000 });
    const failures = await reader.failures(WORKSPACE, { limit: 10_000 });
    const fates = await Promise.all(
      requests.map(async ({ requestId }) => {
        return [requestId, await reader.fates(WORKSPACE, { of: { requestId }, limit: 1_000 })] as const;
      }),
    );
    const journal = await this.#journal();
    const seen = { workspace: WORKSPACE, requests, failures, fates: new Map(fates), journal };
    assert.deepEqual(findJournalFaults(seen), []);
    assert.equal(this.#world.grown.at(-1)?.last ?? 0, journal.length, 'the applier says how far it has grown');
    await this.#auditMetrics(requests, failures, journal);
  }

  /** The sums of two parts of the time, noted one after the other, are the sums of everything. */
  async #auditMetrics(
    requests: readonly RequestRecord[],
    failures: readonly FailureRecord[],
    before: readonly JournalEvent[],
  ): Promise<void> {
    const end = this.#clock.now() + 1;
    const middle = Math.floor((this.#startedAt + end) / 2);
    const rejected = { '606': 3 };
    await this.#note({ type: 'metrics', from: this.#startedAt, to: middle, rejected: {} });
    await this.#note({ type: 'metrics', from: middle, to: end, rejected });
    const all = (await this.#journal()).slice(before.length).map(({ event }) => readMetrics(event));
    const wanted = expectedMetrics(requests, failures);
    wanted.received += 3;
    assert.deepEqual(
      all.reduce((sum, each) => addMetrics(sum, each)),
      wanted,
    );
  }

  /** Until a transaction takes it: what a fault has rolled back was not written. */
  async #note(note: JournalNote): Promise<void> {
    for (;;) {
      try {
        return await this.#world.applier.note(WORKSPACE, note);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
    }
  }

  async #replay(): Promise<void> {
    const failures = await this.#subject.reader.failures(WORKSPACE, { replayed: false, limit: 10 });
    const [first] = failures;
    if (first === undefined) return;
    const alike = failures.filter(({ kind, type }) => kind === first.kind && type === first.type);
    this.#ids.push((await this.#world.append(replay(alike, first.kind, first.type))).requestId);
  }

  async #journal(): Promise<readonly JournalEvent[]> {
    const page = { after: 0, limit: 10_000, maxBytes: Infinity };
    return (await this.#subject.reader.journal(WORKSPACE, page)).events;
  }
}

async function runTrial(subject: StoreSubject, { all, entriesAtOnce, faults, planted }: Run): Promise<void> {
  const clock = new TestClock();
  const most = { entries: entriesAtOnce * 4, objects: 1_000, bytes: 1_000_000 };
  await using world = await openApplierWorld({
    around: () => dying(tampered(picky(subject.store), planted ?? (() => ({}))), faults),
    clock: withoutPauses(clock),
    schedule: { waitsMs: [FIVE_MINUTES, 6 * FIVE_MINUTES], random: () => 0 },
    limits: { budget: { most, slowSeconds: 1 } },
  });
  const trial = new Trial(subject, world, clock);
  await trial.take({ do: 'send', entries: [persons([{ email: 'first@b.co' }])] });
  for (const step of all) await trial.take(step);
  await trial.audit();
}

function dying(store: Store, faults: readonly boolean[]): Store {
  let transactions = 0;
  return {
    ...tampered(store, () => ({})),
    transaction: async (workspace, work) => {
      const fails = faults[transactions] === true;
      transactions += 1;
      return await store.transaction(workspace, async (transaction) => {
        const result = await work(transaction);
        if (fails) throw new StoreError('unavailable', 'the process died');
        return result;
      });
    },
  };
}

test('laws 2, 3: over the memory store, the events of a request add up to its fates, and so do the metrics', async () => {
  await fc.assert(
    fc.asyncProperty(steps, entriesAtOnce, faults, async (all, entriesAtOnce, faults) => {
      await using subject = memorySubject();
      await runTrial(subject, { all, entriesAtOnce, faults });
    }),
    { numRuns: 60 },
  );
});

test('laws 2, 3: over DuckDB, the events of a request add up to its fates, and so do the metrics', async () => {
  await fc.assert(
    fc.asyncProperty(fewSteps, entriesAtOnce, faults, (all, entriesAtOnce, faults) =>
      withDirectory(async (directory) => {
        await using subject = duckDbSubject(directory);
        await runTrial(subject, { all, entriesAtOnce, faults });
      }),
    ),
    { numRuns: 4 },
  );
});

suite('the comparison catches', () => {
  const waits = purchases([{ vin: '1', owner: 'nobody@b.co' }, { vin: '2' }]);
  const both: Step[] = [
    { do: 'send', entries: [persons([{ email: 'a@b.co' }, { email: '' }]), waits, events([{ n: 1 }, { n: 2 }])] },
    { do: 'pass', times: 9 },
  ];
  const catches = async (planted: NonNullable<Run['planted']>): Promise<void> => {
    const run = { all: both, entriesAtOnce: 100, faults: [] };
    await using sound = memorySubject();
    await runTrial(sound, run);
    await using faulty = memorySubject();
    await assert.rejects(runTrial(faulty, { ...run, planted }), { name: 'AssertionError' });
  };

  test('an event that is written twice', async () => {
    await catches((transaction) => ({
      appendJournal: (all) => transaction.appendJournal([...all, ...all]),
    }));
  });

  test('an event that is lost', async () => {
    await catches((transaction) => ({
      appendJournal: async (all) =>
        all.some(({ event }) => event.includes('"1004"')) ? 1 : await transaction.appendJournal(all),
    }));
  });

  test('retries that the journal does not tell of', async () => {
    await catches(() => ({ requestsOf: async () => [] }));
  });

  test('a failure with another code', async () => {
    await catches((transaction) => ({
      appendJournal: (all) =>
        transaction.appendJournal(all.map((each) => ({ ...each, event: each.event.replaceAll('1004', '1003') }))),
    }));
  });

  test('sums that are not those of the event', async () => {
    await catches((transaction) => ({
      appendJournal: (all) =>
        transaction.appendJournal(
          all.map(({ tally, ...each }) => ({
            ...each,
            ...(tally !== undefined && { tally: tally.replace('"stored":2', '"stored":3') }),
          })),
        ),
    }));
  });

  test('an object that is told of under the index of another', async () => {
    await catches((transaction) => ({
      upsertPersons: (run) => {
        const { objects: own } = run;
        return transaction.upsertPersons({
          ...run,
          ...(own && { objects: { ...own, indexes: own.indexes.map(() => 7) } }),
        });
      },
    }));
  });

  test('a row without the fates of its objects', async () => {
    await catches((transaction) => ({
      upsertCustomObjects: (run) => {
        const { objects: _, ...rest } = run;
        return transaction.upsertCustomObjects(rest);
      },
    }));
  });
});
