/** Clauses of the store's exam: objects that wait for a later try. */
import assert from 'node:assert/strict';
import { ALPHA, BETA, EMAIL, NOON, personRun, requestId, type StoreClause } from './store-subject.ts';
import {
  addWaiting,
  batch,
  carBehind,
  due,
  LATER,
  NO_LIMIT,
  removeWaiting,
  reopened,
  waiting,
  waitingCar,
  waitingPerson,
} from './store-waiting-subject.ts';

export const WAITING_CLAUSES: readonly StoreClause[] = [
  {
    name: 'what waits comes back whole, without the key and the link that it was given',
    check: async (subject) => {
      const { key: _, link: _link, ...car } = waitingCar('V', 'a@b.c', { object: `{"vin":"it's \\"V\\"","n":1e400}` });
      const { key: _key, ...person } = waitingPerson('日本@b.c', {
        settings: { kind: 'person', partitionName: `EM'EA`, dedupeFields: ['email', 'Name'], action: 'updateOnly' },
        attempts: 7,
      });
      const event = {
        ...person,
        index: car.index + 1_000,
        kind: 'event',
        type: 'db.tbl',
        settings: { kind: 'event', database: 'db', table: 'tbl', ip: '::1', userAgent: 'it"s' },
      } as const;
      const [first = 0] = await addWaiting(subject, { ...waitingCar('V', 'a@b.c'), ...car });
      const [second = 0] = await addWaiting(subject, { ...waitingPerson('日本@b.c'), ...person });
      const [third = 0] = await addWaiting(subject, event);
      const all = [
        { ...car, order: first },
        { ...person, order: second },
        { ...event, order: third },
      ];
      assert.ok(first < second && second < third, 'orders rise');
      assert.deepEqual(await waiting(subject), all);
      await batch(subject, async (transaction) => {
        assert.deepEqual(await transaction.dueWaiting(LATER, NO_LIMIT), all);
        assert.deepEqual(await transaction.waitingOf(requestId(1), NO_LIMIT), all);
      });
    },
  },
  {
    name: 'what waits is read by request and index, filtered and paged',
    check: async ({ reader, ...subject }) => {
      const cars = [
        waitingCar('A', 'a@b.c', { requestId: requestId(2), index: 10 }),
        waitingCar('B', 'a@b.c', { requestId: requestId(1), index: 30 }),
        waitingCar('C', 'a@b.c', { requestId: requestId(1), index: 4 }),
        waitingCar('D', 'a@b.c', { requestId: requestId(2), index: 9 }),
      ];
      await batch(subject, (transaction) => transaction.addWaiting(cars));
      const texts = async (filter: Omit<Parameters<typeof reader.waiting>[1], 'limit'>, limit = 9): Promise<unknown> =>
        (await reader.waiting(ALPHA, { ...filter, limit })).map(({ keyText }) => JSON.parse(keyText).vin);
      assert.deepEqual(await texts({}), ['C', 'B', 'D', 'A']);
      assert.deepEqual(await texts({ requestId: requestId(2) }), ['D', 'A']);
      assert.deepEqual(await texts({}, 3), ['C', 'B', 'D']);
      assert.deepEqual(await texts({ after: { requestId: requestId(1), index: 4 } }, 2), ['B', 'D']);
      assert.deepEqual(await texts({ requestId: requestId(2), after: { requestId: requestId(2), index: 9 } }), ['A']);
      assert.deepEqual(await texts({ requestId: requestId(3) }), []);
      assert.deepEqual(await reader.waiting(BETA, { limit: 9 }), []);
    },
  },
  {
    name: 'due is what has its moment now or before, by order',
    check: async (subject) => {
      const [a, b, c, d] = await addWaiting(
        subject,
        waitingCar('A', 'a@b.c', { nextAttemptAt: NOON + 30 }),
        waitingCar('B', 'a@b.c', { nextAttemptAt: NOON + 10 }),
        waitingCar('C', 'a@b.c', { nextAttemptAt: NOON + 20 }),
        waitingPerson('d@b.c', { nextAttemptAt: NOON + 10 }),
      );
      assert.deepEqual(await due(subject, NOON + 9), []);
      assert.deepEqual(await due(subject, NOON + 10), [b, d]);
      assert.deepEqual(await due(subject, NOON + 29), [b, c, d]);
      assert.deepEqual(await due(subject, NOON + 30), [a, b, c, d]);
    },
  },
  {
    name: 'due objects and those of a request are taken up to a limit of objects and of bytes, one at least (law 6)',
    check: async (subject) => {
      const big = waitingCar('A', 'a@b.c', { object: JSON.stringify({ vin: '日'.repeat(100) }) });
      const small = ['B', 'C'].map((vin) => waitingCar(vin, 'a@b.c', { object: JSON.stringify({ vin: 'ab' }) }));
      const [a = 0, b = 0, c = 0] = await addWaiting(subject, big, ...small);
      const bytesOf = ({ object }: { object: string }): number => new TextEncoder().encode(object).length;
      const taken = async (objects: number, bytes: number): Promise<unknown> =>
        await batch(subject, async (transaction) => {
          const limit = { objects, bytes };
          const found = await transaction.dueWaiting(LATER, limit);
          assert.deepEqual(await transaction.waitingOf(requestId(1), limit), found);
          return found.map(({ order }) => order);
        });
      const [first, second, third] = [big, ...small].map(bytesOf) as [number, number, number];
      assert.ok(first > 300);
      assert.deepEqual(await taken(2, 10_000), [a, b]);
      assert.deepEqual(await taken(9, first + second), [a, b]);
      assert.deepEqual(await taken(9, first + second - 1), [a]);
      assert.deepEqual(await taken(9, first + second + third), [a, b, c]);
      assert.deepEqual(await taken(9, 1), [a]);
      assert.deepEqual(await taken(1, 1), [a]);
    },
  },
  {
    name: 'the waiting objects of a request are its own, due or not',
    check: async (subject) => {
      const [a, , c] = await addWaiting(
        subject,
        waitingCar('A', 'a@b.c', { requestId: requestId(1), nextAttemptAt: LATER * 2 }),
        waitingCar('B', 'a@b.c', { requestId: requestId(2) }),
        carBehind('A', 'a@b.c', { requestId: requestId(1) }),
      );
      await batch(subject, async (transaction) => {
        const orders = (await transaction.waitingOf(requestId(1), NO_LIMIT)).map(({ order }) => order);
        assert.deepEqual(orders, [a, c]);
        assert.deepEqual(await transaction.waitingOf(requestId(9), NO_LIMIT), []);
      });
    },
  },
  {
    name: 'behind objects wait all later versions of them, due or not, up to a limit, one at least (law 6)',
    check: async (subject) => {
      const [a, other, b, c, d, person] = (await addWaiting(
        subject,
        waitingCar('A', 'a@b.c'),
        waitingCar('B', 'a@b.c'),
        carBehind('A', 'b@b.c'),
        waitingCar('A', 'a@b.c', { reason: 'transient' }),
        carBehind('A', 'a@b.c'),
        waitingPerson('a@b.c'),
      )) as [number, number, number, number, number, number];
      const behind = async (orders: readonly number[], objects = 9, bytes = 10_000): Promise<unknown> =>
        await batch(subject, async (transaction) => {
          const page = await transaction.waitingBehind(orders, { objects, bytes });
          return [page.objects.map(({ order }) => order), page.hasMore];
        });
      assert.deepEqual(await behind([a]), [[b, c, d], false]);
      assert.deepEqual(await behind([c, a]), [[b, d], false]);
      assert.deepEqual(await behind([b, other, person]), [[c, d], false]);
      assert.deepEqual(await behind([d]), [[], false]);
      assert.deepEqual(await behind([]), [[], false]);
      assert.deepEqual(await behind([a], 2), [[b, c], true]);
      assert.deepEqual(await behind([a], 3), [[b, c, d], false]);
      assert.deepEqual(await behind([a], 9, 1), [[b], true]);
    },
  },
  {
    name: 'the summary counts what waits and knows when the first is due, as of the last committed batch',
    check: async (subject) => {
      const { store } = subject;
      assert.deepEqual(await store.waiting(ALPHA), { objects: 0 });
      const [a = 0, b = 0, behind = 0] = await addWaiting(
        subject,
        waitingCar('A', 'a@b.c', { nextAttemptAt: NOON + 20 }),
        waitingCar('B', 'b@b.c', { nextAttemptAt: NOON + 10 }),
        carBehind('A'),
      );
      const atMost = async (objects: number, nextDueAt: number): Promise<void> => {
        const summary = await store.waiting(ALPHA);
        assert.equal(summary.objects, objects);
        assert.ok((summary.nextDueAt ?? Infinity) <= nextDueAt, `${summary.nextDueAt} is not later than ${nextDueAt}`);
      };
      await atMost(3, NOON + 10);
      await batch(subject, async (transaction) => {
        await transaction.removeWaiting([b]);
        await atMost(3, NOON + 10);
      });
      await atMost(2, NOON + 20);
      await removeWaiting(subject, a);
      await atMost(1, 0);
      await removeWaiting(subject, behind);
      assert.deepEqual(await store.waiting(ALPHA), { objects: 0 });
      assert.deepEqual(await store.waiting(BETA), { objects: 0 });
    },
  },
  {
    name: 'what was postponed waits on with its new state, and is due when that says',
    check: async (subject) => {
      const [a = 0, b = 0] = await addWaiting(subject, waitingCar('A', 'a@b.c'), waitingCar('B', 'a@b.c'));
      const before = await waiting(subject);
      const state = { reason: 'transient', code: '503', message: `it's "busy"`, attempts: 2 } as const;
      await batch(subject, async (transaction) => {
        await transaction.postponeWaiting([{ order: b, ...state, nextAttemptAt: LATER + 10 }]);
        assert.deepEqual(
          (await transaction.dueWaiting(LATER + 9, NO_LIMIT)).map(({ order }) => order),
          [a],
        );
      });
      assert.deepEqual(await waiting(subject), [before[0], { ...before[1], ...state, nextAttemptAt: LATER + 10 }]);
      assert.deepEqual(await due(subject, LATER + 9), [a]);
      assert.deepEqual(await due(subject, LATER + 10), [a, b]);
      assert.ok(((await subject.store.waiting(ALPHA)).nextDueAt ?? Infinity) <= LATER);
    },
  },
  {
    name: 'what was removed waits no longer, and all others do',
    check: async (subject) => {
      const cars = ['A', 'B', 'C', 'D', 'E'].map((vin) => waitingCar(vin, 'a@b.c'));
      const [a = 0, , c = 0, d = 0] = await addWaiting(subject, ...cars);
      const before = await waiting(subject);
      await removeWaiting(subject, d, a, c);
      const kept = [before[1], before[4]];
      assert.deepEqual(await waiting(subject), kept);
      assert.deepEqual(
        await due(subject, LATER),
        kept.map((each) => each?.order),
      );
      assert.equal((await subject.store.waiting(ALPHA)).objects, 2);
    },
  },
  {
    name: 'an order is never given twice, though all that waited was removed, in the same batch or before',
    check: async (subject) => {
      const add = async (vin: string): Promise<number> => (await addWaiting(subject, waitingCar(vin, 'a@b.c')))[0] ?? 0;
      const first = await add('A');
      await removeWaiting(subject, first);
      const second = await add('B');
      assert.ok(second > first);
      const given: number[] = [];
      await batch(subject, async (transaction) => {
        await transaction.addWaiting([waitingCar('C', 'a@b.c')]);
        const orders = (await transaction.waitingOf(requestId(1), NO_LIMIT)).map(({ order }) => order);
        await transaction.removeWaiting(orders);
        given.push(...orders);
      });
      await using again = await reopened(subject);
      const [third = 0] = await addWaiting(again, waitingCar('D', 'a@b.c'));
      assert.deepEqual(given.slice(0, 1), [second]);
      assert.ok(given.length === 2 && third > Math.max(...given), 'nor is that of one that came and went in a batch');
    },
  },
  {
    name: 'what is due may be asked before the schema of a batch, and again behind its rows',
    check: async (subject) => {
      const [a = 0] = await addWaiting(subject, waitingCar('A', 'a@b.c'));
      await subject.store.transaction(ALPHA, async (transaction) => {
        assert.equal((await transaction.dueWaiting(LATER, NO_LIMIT)).length, 1);
        assert.equal((await transaction.waitingOf(requestId(1), NO_LIMIT)).length, 1);
        assert.deepEqual(await transaction.failures([{ requestId: requestId(1), index: 0 }]), [undefined]);
        await transaction.definePersons([EMAIL]);
        await transaction.upsertPersons(personRun([{ email: 'a@b.c' }], { fields: [EMAIL] }));
        await transaction.addWaiting([waitingCar('B', 'b@b.c')]);
        assert.equal((await transaction.dueWaiting(LATER, NO_LIMIT)).length, 2);
        await transaction.removeWaiting([a]);
        assert.equal((await transaction.waitingOf(requestId(1), NO_LIMIT)).length, 1);
      });
    },
  },
];
