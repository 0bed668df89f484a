/** Random objects with links, before and after their persons, through retries and restarts: against a naive model. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { duckDbSubject, withDirectory } from '../../src/engines/duckdb/store.fixture.ts';
import { memorySubject } from '../../src/engines/memory/store.fixture.ts';
import { addsUp } from '../../src/model/fates.ts';
import type { NewWaitingObject, WaitingKey } from '../../src/model/waiting.ts';
import type { RequestId } from '../../src/model/words.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { Store, StoreTransaction } from '../../src/ports/store.ts';
import { cancelWaiting, openApplierWorld, persons, purchases, replay, WORKSPACE } from '../support/applier-world.ts';
import type { ApplierWorld } from '../support/applier-world.ts';
import { NaiveWaits, WAITS } from '../support/naive-waits.ts';
import type { NaiveFate, Purchase } from '../support/naive-waits.ts';
import { tampered } from '../support/tampered-store.ts';
import { TestClock, withoutPauses } from '../support/test-clock.ts';
import type { StoreSubject } from './store-subject.ts';

const FIVE_MINUTES = 5 * 60_000;
/** In milliseconds since 1970: beyond any time that a trial comes to. */
const NEVER = 9e15;

type Step =
  | { readonly do: 'send'; readonly requests: readonly (readonly Purchase[])[] }
  | { readonly do: 'person'; readonly lastName: string; readonly email: string }
  | { readonly do: 'pass'; readonly times: number }
  | { readonly do: 'cancel'; readonly request: number }
  | { readonly do: 'replay' | 'restart' };

// Few values, so that objects meet.
const email = fc.constantFrom('a@b.co', 'b@b.co', 'c@b.co');
const purchase: fc.Arbitrary<Purchase> = fc.record(
  {
    vin: fc.oneof({ weight: 20, arbitrary: fc.constantFrom('1', '2', '3') }, fc.constantFrom('', null)),
    owner: fc.oneof({ weight: 4, arbitrary: email }, fc.constantFrom('', null)),
    note: fc.constantFrom('x', 'y', 'z', null),
  },
  { requiredKeys: ['vin'] },
);
const request = fc.array(purchase, { minLength: 1, maxLength: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      requests: fc.array(request, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('person' as const), lastName: fc.constantFrom('Lee', 'Kim'), email }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), times: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), request: fc.nat({ max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('replay' as const, 'restart' as const) }) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 25, size: 'max' });
const fewSteps = fc.array(step, { minLength: 1, maxLength: 12, size: 'max' });
/** How much is taken at once: entries of the log, and versions behind one that is due. */
const atOnce = fc.record({ entries: fc.constantFrom(1, 3, 100), behind: fc.constantFrom(1, 2, 5_000) });
/** Which transactions fail at their end, as when the process dies; taken in turn. */
const faults = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });

interface Run {
  readonly all: readonly Step[];
  readonly atOnce: { readonly entries: number; readonly behind: number };
  readonly faults: readonly boolean[];
  /** A fault that is planted, for the test of this test. */
  readonly planted?: (transaction: StoreTransaction) => Partial<StoreTransaction>;
}

/** What can be seen, of the system and of the model alike. */
interface Picture {
  readonly purchases: Readonly<Record<string, unknown>>;
  readonly fates: readonly (readonly string[])[];
}

class Trial {
  readonly #subject: StoreSubject;
  readonly #world: ApplierWorld;
  readonly #clock: TestClock;
  readonly #model = new NaiveWaits();
  readonly #ids: RequestId[] = [];

  constructor(subject: StoreSubject, world: ApplierWorld, clock: TestClock) {
    this.#subject = subject;
    this.#world = world;
    this.#clock = clock;
  }

  async take(step: Step): Promise<void> {
    const model = this.#model;
    switch (step.do) {
      case 'send':
        for (const objects of step.requests) {
          model.send(objects);
          this.#ids.push((await this.#world.append(purchases(objects))).requestId);
        }
        break;
      case 'person': {
        const { lastName, email } = step;
        model.person(lastName, email);
        const options = { dedupeFields: { field1: 'lastName' } };
        await this.#world.append(persons([{ lastName, email }], 'normal', options));
        break;
      }
      case 'pass':
        for (let times = 0; times < step.times; times += 1) await this.#pass();
        break;
      case 'cancel': {
        const id = this.#ids[step.request];
        if (id === undefined) return;
        model.cancel(step.request);
        await this.#world.append(cancelWaiting(id));
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
    assert.deepEqual(await this.#seen(), this.#expected(), JSON.stringify(step));
  }

  // In steps as long as the shortest wait, as time passes while a server runs.
  async #pass(): Promise<void> {
    this.#model.pass(FIVE_MINUTES);
    this.#clock.advance(FIVE_MINUTES);
    this.#world.applier.wake(WORKSPACE);
    await this.#world.quiet();
  }

  async #replay(): Promise<void> {
    const refs = this.#model.replayable().map(({ request, index }) => {
      return { requestId: this.#ids[request] as RequestId, index };
    });
    if (refs.length === 0) return;
    this.#model.replay();
    this.#ids.push((await this.#world.append(replay(refs, 'customObject', 'purchases'))).requestId);
  }

  async #seen(): Promise<Picture> {
    const { reader } = this.#subject;
    const stored = await this.#subject.objects(WORKSPACE, 'purchases');
    const values = stored.map((object) => Object.fromEntries(object.values));
    const byVin = values.map((each): [string, unknown] => [String(each['vin']), each]);
    const fates = await Promise.all(
      this.#ids.map(async (requestId) => {
        const filter = { requestId, limit: 100 };
        const record = await reader.request(WORKSPACE, requestId);
        assert.ok(record && addsUp(record.counts), 'law 2');
        const { received, created, updated } = record.counts;
        const known = new Map<number, string>();
        for (const { index, code } of await reader.failures(WORKSPACE, filter)) known.set(index, `failed ${code}`);
        for (const { index } of await reader.waiting(WORKSPACE, filter)) known.set(index, 'waiting');
        assert.equal(record.counts.failed + record.counts.pending, known.size, 'law 2');
        const rest = Array.from({ length: received }, (_, index) => known.get(index) ?? 'applied');
        return [...rest, `created ${created}`, `updated ${updated}`];
      }),
    );
    return { purchases: Object.fromEntries(byVin), fates };
  }

  #expected(): Picture {
    const count = (fates: readonly NaiveFate[], fate: NaiveFate): number =>
      fates.filter((each) => each === fate).length;
    const fates = this.#model.fates.map((each) => {
      const shown = each.map((fate) => (fate === 'created' || fate === 'updated' ? 'applied' : fate));
      return [...shown, `created ${count(each, 'created')}`, `updated ${count(each, 'updated')}`];
    });
    return { purchases: Object.fromEntries(this.#model.purchases), fates };
  }
}

async function runTrial(subject: StoreSubject, { all, atOnce, faults, planted }: Run): Promise<void> {
  const clock = new TestClock();
  const most = { entries: atOnce.entries * 4, objects: 1_000, bytes: 1_000_000 };
  let transactions = 0;
  const failing = (store: Store): Store => ({
    ...tampered(store, () => ({})),
    transaction: async (workspace, work) => {
      const fails = faults[transactions % faults.length] === true && !faults.every(Boolean);
      transactions += 1;
      return await store.transaction(workspace, async (transaction) => {
        const result = await work(transaction);
        if (fails) throw new StoreError('unavailable', 'the process died');
        return result;
      });
    },
  });
  await using world = await openApplierWorld({
    around: () => failing(tampered(limited(subject.store, atOnce.behind), planted ?? (() => ({})))),
    clock: withoutPauses(clock),
    schedule: { waitsMs: WAITS, random: () => 0 },
    limits: { budget: { most, slowSeconds: 1 } },
  });
  const trial = new Trial(subject, world, clock);
  await trial.take({ do: 'send', requests: [[{ vin: '0' }]] });
  for (const step of all) await trial.take(step);
}

/** Gives at most so many versions behind those that are due, and says so. */
function limited(store: Store, objects: number): Store {
  return tampered(store, (transaction) => ({
    waitingBehind: (orders, limit) =>
      transaction.waitingBehind(orders, { ...limit, objects: Math.min(limit.objects, objects) }),
  }));
}

test('laws 2, 3, 4: over the memory store, links, retries and restarts mean what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(steps, atOnce, faults, async (all, atOnce, faults) => {
      await using subject = memorySubject();
      await runTrial(subject, { all, atOnce, faults });
    }),
    { numRuns: 100 },
  );
});

test('laws 2, 3, 4: over DuckDB, links, retries and restarts mean what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(fewSteps, atOnce, faults, (all, atOnce, faults) =>
      withDirectory(async (directory) => {
        await using subject = duckDbSubject(directory);
        await runTrial(subject, { all, atOnce, faults });
      }),
    ),
    { numRuns: 5 },
  );
});

suite('the comparison catches', () => {
  const bought = (...all: readonly Purchase[]): Step => ({ do: 'send', requests: [all] });
  const catches = async (all: readonly Step[], planted: NonNullable<Run['planted']>): Promise<void> => {
    const run = { all, atOnce: { entries: 100, behind: 5_000 }, faults: [false] };
    await using sound = memorySubject();
    await runTrial(sound, run);
    await using faulty = memorySubject();
    await assert.rejects(runTrial(faulty, { ...run, planted }), { name: 'AssertionError' });
  };

  // No two objects are versions of one.
  const keyOfItsOwn = ({ requestId, index }: NewWaitingObject): WaitingKey => {
    return { matchBy: ['vin'], partition: '', values: [`${requestId} ${index}`] };
  };

  test('a later version that overtakes', async () => {
    const all = [bought({ vin: '1', owner: 'a@b.co', note: 'x' }), bought({ vin: '1', note: 'y' })];
    await catches(all, (transaction) => ({
      addWaiting: (objects) =>
        transaction.addWaiting(objects.map((object) => ({ ...object, key: keyOfItsOwn(object) }))),
    }));
  });

  test('a waiting object that is lost', async () => {
    const all: Step[] = [
      bought({ vin: '1', owner: 'a@b.co' }, { vin: '2', owner: 'a@b.co' }),
      { do: 'pass', times: 1 },
    ];
    await catches(all, (transaction) => ({
      postponeWaiting: async (objects) => {
        await transaction.postponeWaiting(objects);
        await transaction.removeWaiting(objects.slice(0, 1).map(({ order }) => order));
      },
    }));
  });

  test('a retry that is counted twice', async () => {
    const all: Step[] = [bought({ vin: '1', owner: 'a@b.co' }), { do: 'pass', times: 9 }];
    await catches(all, (transaction) => ({
      postponeWaiting: (objects) =>
        transaction.postponeWaiting(objects.map((object) => ({ ...object, attempts: object.attempts + 1 }))),
    }));
  });

  test('a version that is never freed', async () => {
    const first = bought({ vin: '1', owner: 'a@b.co' });
    const all: Step[] = [first, bought({ vin: '1' }), { do: 'person', lastName: 'Lee', email: 'a@b.co' }];
    await catches(all, (transaction) => ({
      addWaiting: (objects) =>
        transaction.addWaiting(
          objects.map(({ key, ...object }) =>
            object.reason === 'behind' ? { ...object, nextAttemptAt: NEVER } : { ...object, ...(key && { key }) },
          ),
        ),
    }));
  });

  test('a fate that is counted twice', async () => {
    const all: Step[] = [bought({ vin: '1', owner: 'a@b.co' }), { do: 'person', lastName: 'Lee', email: 'a@b.co' }];
    await catches(all, (transaction) => ({
      settleRequests: (changes) => transaction.settleRequests([...changes, ...changes]),
    }));
  });
});
