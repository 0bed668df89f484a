/** Random loads with failures, waits, retries, replays, cancels and restarts: the journal says what the store says. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { duckDbSubject, withDirectory } from '../../src/engines/duckdb/store.fixture.ts';
import { memorySubject } from '../../src/engines/memory/store.fixture.ts';
import type { FailureRecord, RequestRecord } from '../../src/model/fates.ts';
import { addFates, noFates } from '../../src/model/fates.ts';
import type { JournalEvent, JournalNote } from '../../src/model/journal.ts';
import type { FateCounts, ObjectKind, RequestId } from '../../src/model/words.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { Store, StoreTransaction } from '../../src/ports/store.ts';
import { cancelWaiting, events, openApplierWorld, persons, purchases, replay } from '../support/applier-world.ts';
import { WORKSPACE } from '../support/applier-world.ts';
import type { ApplierWorld, SentEntry } from '../support/applier-world.ts';
import { findJournalFaults } from '../support/journal-audit.ts';
import { tampered } from '../support/tampered-store.ts';
import { TestClock, withoutPauses } from '../support/test-clock.ts';
import type { StoreSubject } from './store-subject.ts';

const FIVE_MINUTES = 5 * 60_000;

/** The store refuses every object with this value, and those beside it only as long as it is among them. */
const POISON = 'poison@b.co';
/** The store has no memory for a batch with this value among its persons. */
const HEAVY = 'heavy@b.co';

type Step =
  | { readonly do: 'send'; readonly entries: readonly SentEntry[] }
  | { readonly do: 'pass'; readonly times: number }
  | { readonly do: 'cancel'; readonly request: number }
  | { readonly do: 'replay' | 'restart' };

// Few values, so that objects meet.
const email = fc.constantFrom('a@b.co', 'b@b.co', 'c@b.co');
const lane = fc.constantFrom('high' as const, 'normal' as const);
const person = fc.record({
  email: fc.oneof({ weight: 9, arbitrary: email }, fc.constantFrom('', 'no email', POISON, HEAVY)),
  firstName: fc.constantFrom('x', 'y'),
});
const purchase = fc.record({
  vin: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('1', '2', '3') }, fc.constant('')),
  owner: fc.oneof({ weight: 3, arbitrary: email }, fc.constantFrom('', 'nobody@b.co')),
});
const event = fc.record({ n: fc.nat({ max: 3 }), uuid: fc.constantFrom('u1', 'u2', 'u3', 'u4') });
const action = fc.constantFrom(undefined, undefined, 'createOnly' as const, 'delete' as const);
const objects = { minLength: 1, maxLength: 6 };

const entry: fc.Arbitrary<SentEntry> = fc.oneof(
  fc.tuple(fc.array(person, objects), lane, action).map(([all, to, asked]) => {
    return persons(all, to, asked === undefined ? {} : { action: asked });
  }),
  fc.tuple(fc.array(purchase, objects), lane, action).map(([all, to, asked]) => {
    return purchases(all, to, asked === undefined ? {} : { action: asked });
  }),
  fc.array(event, objects).map((all) => events(all)),
  // An event that another has brought counts as stored.
  fc.array(event, objects).map((all) => {
    const { envelope, ...rest } = events(all);
    return { ...rest, envelope: { ...envelope, keyedBy: 'uuid' } as SentEntry['envelope'] };
  }),
  // What cannot be read fails as a whole.
  fc.constant({ ...persons([{}]), body: 'not JSON', objects: 3 }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      entries: fc.array(entry, { minLength: 1, maxLength: 6 }),
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

/** By kind and priority. */
type Sums = Record<string, FateCounts>;

interface Metrics {
  received: number;
  processed: number;
  readonly records: Sums;
  readonly codes: Record<string, number>;
}

function readMetrics(event: string): Metrics {
  const { data: said } = JSON.parse(event) as {
    data: {
      requests: { received: number; processed: number };
      records: Record<string, Record<string, FateCounts & { failed: Record<string, number> }>>;
    };
  };
  const records: Sums = {};
  const codes: Record<string, number> = {};
  for (const [kind, lanes] of Object.entries(said.records)) {
    for (const [priority, { failed, ...counts }] of Object.entries(lanes)) {
      const sums = Object.values(failed).reduce((sum, each) => sum + each, 0);
      records[`${kind} ${priority}`] = { ...noFates(), ...counts, failed: sums };
      for (const [code, number] of Object.entries(failed)) codes[code] = (codes[code] ?? 0) + number;
    }
  }
  const { received, processed } = said.requests;
  return { received, processed, records, codes };
}

function addMetrics(a: Metrics, b: Metrics): Metrics {
  for (const [name, counts] of Object.entries(b.records)) addFates(a.records[name] ?? assert.fail(name), counts);
  for (const [code, number] of Object.entries(b.codes)) a.codes[code] = (a.codes[code] ?? 0) + number;
  return { ...a, received: a.received + b.received, processed: a.processed + b.processed };
}

function expectedMetrics(requests: readonly RequestRecord[], failures: readonly FailureRecord[]): Metrics {
  const records: Sums = {};
  for (const kind of ['person', 'customObject', 'event'] satisfies ObjectKind[]) {
    for (const priority of ['high', 'normal']) records[`${kind} ${priority}`] = noFates();
  }
  const codes: Record<string, number> = {};
  for (const { requestId, kind, lane, counts } of requests) {
    const { received, pending, ...decided } = counts;
    const sum = records[`${kind} ${lane === 'high' ? 'high' : 'normal'}`] ?? assert.fail(kind);
    addFates(sum, { ...decided, received: received - pending, pending: 0 });
    for (const { code, index } of failures.filter((failure) => failure.requestId === requestId)) {
      codes[code] = (codes[code] ?? 0) + (index === -1 ? counts.failed : 1);
    }
  }
  const begun = requests.filter(({ counts }) => counts.received > counts.pending);
  const ended = begun.filter(({ counts }) => counts.pending === 0);
  return { received: begun.length, processed: ended.length, records, codes };
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

/** A store that refuses one value, and has no memory for another. */
function picky(store: Store): Store {
  return tampered(store, (transaction) => ({
    upsertPersons: async (run) => {
      const keys = run.rows.map(({ key }) => key[0]);
      if (keys.includes(POISON)) throw new StoreError('rejected', 'poison');
      if (keys.includes(HEAVY)) throw new StoreError('memory', 'too heavy');
      return await transaction.upsertPersons(run);
    },
  }));
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
      upsertCustomObjects: ({ objects: _, ...run }) => transaction.upsertCustomObjects(run),
    }));
  });
});
