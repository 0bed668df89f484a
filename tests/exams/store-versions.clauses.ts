/** Clauses of the store's exam: a later version of an object does not overtake one that waits (law 4). */
import assert from 'node:assert/strict';
import type { CustomObjectType, FieldValue } from '#model/field.ts';
import {
  ALPHA,
  answerObjects,
  EMAIL,
  field,
  FIRST_NAME,
  objectRun,
  personRun,
  type StoreClause,
  upsertPersons,
  valuesOf,
} from './store-subject.ts';
import {
  addWaiting,
  batch,
  carBehind,
  CARS,
  due,
  LATER,
  removeWaiting,
  upsertCars,
  waiting,
  waitingCar,
  waitingPerson,
} from './store-waiting-subject.ts';

const BOTH = [
  { field: EMAIL, ignoreCase: true },
  { field: FIRST_NAME, ignoreCase: false },
];

export const VERSION_CLAUSES: readonly StoreClause[] = [
  {
    name: 'a person whose earlier version waits is behind it and not written, and its neighbours are (law 4)',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      await addWaiting(subject, waitingPerson('a@b.c'), waitingPerson('new@b.c'));
      const rows = ['A@b.c', 'NEW@b.c', 'b@b.c'].map((email) => ({ email, leadScore: 1 }));
      assert.deepEqual(await upsertPersons(subject, personRun(rows)), ['behind', 'behind', 'created']);
      const expected = [{ email: 'a@b.c' }, { email: 'b@b.c', leadScore: 1 }];
      assert.deepEqual(valuesOf(await subject.objects(ALPHA, 'persons')), expected);
      const removal = personRun([{ email: 'a@b.c' }], { action: 'delete', wantsIdentities: true });
      const answer = await batch(subject, (transaction) => transaction.upsertPersons(removal));
      assert.deepEqual(answer, { outcomes: ['behind'], identities: [undefined] });
    },
  },
  {
    name: 'versions have the same match fields, in any order, and the same partition',
    check: async (subject) => {
      const twoFields = { matchBy: ['firstName', 'email'], partition: 'Default', values: ['Ann', 'a@b.c'] };
      await addWaiting(
        subject,
        waitingPerson('a@b.c', { key: twoFields }),
        waitingPerson('e@b.c', { key: { matchBy: ['email'], partition: 'EMEA', values: ['e@b.c'] } }),
      );
      const pairs = [
        { email: 'a@b.c', firstName: 'Ann' },
        { email: 'a@b.c', firstName: 'ann' },
      ];
      assert.deepEqual(await upsertPersons(subject, personRun(pairs, { matchBy: BOTH })), ['behind', 'created']);
      const swapped = { matchBy: BOTH.toReversed(), partition: 'EMEA' };
      assert.deepEqual(await upsertPersons(subject, personRun(pairs.slice(0, 1), swapped)), ['created']);
      const byEmail = personRun([{ email: 'e@b.c' }]);
      assert.deepEqual(await upsertPersons(subject, byEmail), ['created']);
      assert.deepEqual(await upsertPersons(subject, personRun([{ email: 'e@b.c' }], { partition: 'EMEA' })), [
        'behind',
      ]);
    },
  },
  {
    name: 'a row that was waiting itself is behind what waits before it, and not behind itself or later ones',
    check: async (subject) => {
      const [first = 0, second = 0, third = 0] = await addWaiting(
        subject,
        waitingCar('A', 'a@b.c'),
        carBehind('A'),
        carBehind('A'),
      );
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      const tried = (order: number): Promise<unknown> =>
        upsertCars(subject, [{ vin: 'A', note: `${order}` }], { order });
      assert.deepEqual(await tried(third), ['behind']);
      assert.deepEqual(await tried(second), ['behind']);
      assert.deepEqual(await tried(first), ['created']);
      assert.deepEqual(await upsertCars(subject, [{ vin: 'A' }]), ['behind']);
    },
  },
  {
    name: 'rows of one run, some waiting and some new, are each held by what is before them',
    check: async (subject) => {
      const [first = 0] = await addWaiting(subject, waitingCar('A', 'a@b.c'), waitingCar('B', 'a@b.c'));
      const cars = ['A', 'B', 'C'].map((vin) => ({ vin }));
      const run = objectRun(CARS, cars);
      const rows = run.rows.map((row, at) => (at === 0 ? { ...row, order: first } : row));
      const answer = await batch(subject, (transaction) => transaction.upsertCustomObjects({ ...run, rows }));
      assert.deepEqual(answer.outcomes, ['created', 'behind', 'created']);
    },
  },
  {
    name: 'an object is checked for its match, then for versions before it, then for its person',
    check: async (subject) => {
      await upsertCars(subject, [{ vin: 'A' }]);
      await addWaiting(subject, waitingCar('A', 'a@b.c'), waitingCar('B', 'b@b.c'));
      const owned = ['A', 'B', 'C'].map((vin) => ({ vin, owner: 'none@b.c' }));
      assert.deepEqual(await upsertCars(subject, owned), ['behind', 'behind', 'no-person']);
      assert.deepEqual(await upsertCars(subject, owned, { action: 'createOnly' }), ['exists', 'behind', 'no-person']);
      const updated = ['behind', 'not-found', 'not-found'];
      assert.deepEqual(await upsertCars(subject, owned, { action: 'updateOnly' }), updated);
      assert.deepEqual(await upsertCars(subject, owned, { action: 'delete' }), updated);
      await addWaiting(subject, waitingPerson('p@b.c'));
      await upsertPersons(subject, personRun([{ email: 'p@b.c' }], { action: 'createDuplicate' }));
      const person = personRun([{ email: 'p@b.c' }, { email: 'q@b.c' }]);
      assert.deepEqual(await upsertPersons(subject, { ...person, action: 'createOnly' }), ['exists', 'created']);
    },
  },
  {
    name: 'what createDuplicate creates is a version of nothing',
    check: async (subject) => {
      await addWaiting(subject, waitingPerson('a@b.c'));
      const run = personRun([{ email: 'a@b.c' }], { action: 'createDuplicate' });
      assert.deepEqual(await upsertPersons(subject, run), ['created']);
    },
  },
  {
    name: 'an equal key of another type is no version',
    check: async (subject) => {
      const vans: CustomObjectType = { ...CARS, apiName: 'vans' };
      await addWaiting(subject, waitingCar('A', 'a@b.c'));
      const { outcomes } = await answerObjects(subject, vans, objectRun(vans, [{ vin: 'A' }]));
      assert.deepEqual(outcomes, ['created']);
    },
  },
  {
    name: 'a key of several fields is that of a version when each value is equal, emails without regard to case',
    check: async (subject) => {
      const fields = [field('plate'), field('mail', 'email'), field('n', 'integer'), field('note')];
      const type: CustomObjectType = { apiName: 'odd', displayName: '', fields, dedupeFields: ['plate', 'mail', 'n'] };
      const object = { plate: 'a:1', mail: 'Ann@b.c', n: 9007199254740993n };
      const { outcomes } = await answerObjects(subject, type, objectRun(type, [object]));
      assert.deepEqual(outcomes, ['created']);
      const key = { matchBy: ['plate', 'mail', 'n'], partition: '', values: ['a:1', 'ann@b.c', 9007199254740993n] };
      await addWaiting(subject, waitingCar('', undefined, { type: 'odd', key }));
      const others = [
        { ...object, plate: 'a' },
        { ...object, plate: 'a:1a', mail: 'nn@b.c' },
        { ...object, n: 9007199254740992n },
      ];
      const run = objectRun(type, [{ ...object, mail: 'aNN@b.c' }, ...others]);
      assert.deepEqual((await answerObjects(subject, type, run)).outcomes, ['behind', 'created', 'created', 'created']);
      const stored = await subject.objects(ALPHA, 'odd');
      const guidOf = (wanted: typeof object): FieldValue =>
        stored.find(({ values }) => Object.entries(wanted).every(([name, value]) => values.get(name) === value))
          ?.identity ?? '';
      const guids = [object, others[2] ?? object].map((each) => ({ marketoGUID: guidOf(each), note: 'n' }));
      const byGuid = objectRun(type, guids, { dedupeBy: 'marketoGUID' });
      assert.deepEqual((await answerObjects(subject, type, byGuid)).outcomes, ['behind', 'updated']);
    },
  },
  {
    name: 'an object matched by marketoGUID is a version of what waits under its dedupe fields, and they of it',
    check: async (subject) => {
      await upsertCars(subject, [{ vin: 'A' }, { vin: 'B' }]);
      const stored = await subject.objects(ALPHA, CARS.apiName);
      const guidOf = (vin: string): string =>
        String(stored.find(({ values }) => values.get('vin') === vin)?.identity ?? '');
      const [first = 0] = await addWaiting(subject, waitingCar('A', 'a@b.c'));
      const byGuid = (...vins: string[]): Parameters<typeof objectRun> => [
        CARS,
        vins.map((vin) => ({ marketoGUID: guidOf(vin), note: 'n' })),
        { dedupeBy: 'marketoGUID' },
      ];
      await batch(subject, async (transaction) => {
        const answer = await transaction.upsertCustomObjects(objectRun(...byGuid('A', 'B')));
        assert.deepEqual(answer.outcomes, ['behind', 'updated']);
        const key = { matchBy: ['marketoGUID'], partition: '', values: [guidOf('A')] };
        await transaction.addWaiting([carBehind('A', undefined, { key })]);
      });
      const second = (await waiting(subject))[1]?.order ?? 0;
      assert.deepEqual(await due(subject, LATER - 1), []);
      await removeWaiting(subject, first);
      assert.deepEqual(await due(subject), [second]);
      assert.deepEqual(await upsertCars(subject, [{ vin: 'A' }, { vin: 'B' }]), ['behind', 'updated']);
      const [cars, rows, options] = byGuid('A');
      assert.deepEqual(await upsertCars(subject, rows, options), ['behind']);
      assert.deepEqual(await upsertCars(subject, rows, { ...options, order: second }), ['updated']);
      assert.equal(cars, CARS);
    },
  },
  {
    name: 'when a version is removed the next one behind it is due at once, and no other (law 4)',
    check: async (subject) => {
      const [a1 = 0, b1 = 0, a2, b2, a3] = await addWaiting(
        subject,
        waitingCar('A', 'a@b.c'),
        waitingCar('B', 'a@b.c'),
        carBehind('A'),
        carBehind('B'),
        carBehind('A'),
      );
      assert.deepEqual(await due(subject, LATER), [a1, b1]);
      await removeWaiting(subject, a1);
      assert.deepEqual(await due(subject), [a2]);
      assert.deepEqual(await due(subject, LATER), [b1, a2]);
      await removeWaiting(subject, b1, a2 ?? 0);
      assert.deepEqual(await due(subject), [b2, a3]);
      assert.equal((await subject.store.waiting(ALPHA)).nextDueAt, 0);
    },
  },
  {
    name: 'a version is not due while an earlier one waits, though one between them is removed',
    check: async (subject) => {
      const [first, second = 0, third = 0] = await addWaiting(
        subject,
        waitingCar('A', 'a@b.c'),
        carBehind('A'),
        carBehind('A'),
      );
      await removeWaiting(subject, second);
      assert.deepEqual(await due(subject), []);
      assert.deepEqual(await due(subject, LATER), [first]);
      await removeWaiting(subject, first ?? 0, third);
      assert.deepEqual(await waiting(subject), []);
    },
  },
  {
    name: 'a next version that waits for a moment of its own is due at once as well',
    check: async (subject) => {
      const [first = 0, second] = await addWaiting(subject, waitingPerson('a@b.c'), waitingPerson('a@b.c'));
      await removeWaiting(subject, first);
      assert.deepEqual(await due(subject), [second]);
    },
  },
  {
    name: 'what waits behind nothing is due at once: added so, or postponed so',
    check: async (subject) => {
      const [first = 0, second = 0, other] = await addWaiting(
        subject,
        waitingCar('A', 'a@b.c'),
        carBehind('A'),
        carBehind('B'),
      );
      assert.deepEqual(await due(subject), [other]);
      const behind = { reason: 'behind', code: '1004', message: 'Lead not found', attempts: 2 } as const;
      await batch(subject, async (transaction) => {
        await transaction.removeWaiting([first]);
        await transaction.postponeWaiting([{ order: second, ...behind }]);
      });
      assert.deepEqual(await due(subject), [second, other]);
      const [, third = 0] = await addWaiting(subject, waitingCar('C', 'a@b.c'), waitingCar('C', 'a@b.c'));
      await batch(subject, (transaction) => transaction.postponeWaiting([{ order: third, ...behind }]));
      assert.deepEqual(await due(subject, LATER), [second, other, third - 1]);
    },
  },
];
