/** Clauses of the store's exam: objects that wait for a person are due as soon as it comes. */
import assert from 'node:assert/strict';
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import type { NewWaitingObject } from '#model/waiting.ts';
import {
  ALPHA,
  EMAIL,
  field,
  FIRST_NAME,
  personRun,
  requestId,
  SCORE,
  type StoreClause,
  upsertPersons,
} from './store-subject.ts';
import {
  addWaiting,
  batch,
  carBehind,
  due,
  LATER,
  NO_LIMIT,
  reopened,
  waiting,
  waitingCar,
  waitingPerson,
} from './store-waiting-subject.ts';

function naming(personField: FieldDefinition, value: FieldValue): NewWaitingObject {
  return waitingCar(`of ${value}`, undefined, { link: { personField, ignoreCase: false, value } });
}

const BY_EMAIL = [{ field: EMAIL, ignoreCase: true }];

export const WAKING_CLAUSES: readonly StoreClause[] = [
  {
    name: 'a person that is created, in whatever partition, makes due at once all who wait for it, and nobody else',
    check: async (subject) => {
      const [a, b, c] = await addWaiting(
        subject,
        waitingCar('1', 'Ann@B.c'),
        waitingCar('2', 'bob@b.c'),
        waitingCar('3', 'ann@b.c'),
        waitingCar('4', 'ann@b.com'),
        waitingCar('5', undefined),
      );
      await upsertPersons(subject, personRun([{ email: 'aNN@b.C' }, { email: 'x@b.c' }], { partition: 'EMEA' }));
      assert.deepEqual(await due(subject), [a, c]);
      assert.equal((await subject.store.waiting(ALPHA)).nextDueAt, 0);
      await upsertPersons(subject, personRun([{ email: 'bob@b.c' }]));
      assert.deepEqual(await due(subject), [a, b, c]);
      const woken = (await waiting(subject)).filter(({ nextAttemptAt }) => nextAttemptAt === 0);
      assert.deepEqual(
        woken.map(({ reason, attempts }) => [reason, attempts]),
        Array(3).fill(['no-person', 1]),
      );
    },
  },
  {
    name: 'a person that is given the value wakes who names it, and a change of another field nobody',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'old@b.c', firstName: 'Ann' }]));
      const [a] = await addWaiting(subject, waitingCar('1', 'new@b.c'), waitingCar('2', 'none@b.c'));
      await upsertPersons(subject, personRun([{ email: 'old@b.c', leadScore: 1 }]));
      assert.deepEqual(await due(subject), []);
      const byName = [{ field: FIRST_NAME, ignoreCase: false }];
      await upsertPersons(subject, personRun([{ firstName: 'Ann', email: 'New@b.c' }], { matchBy: byName }));
      assert.deepEqual(await due(subject), [a]);
    },
  },
  {
    name: 'persons wake who names them by a text, by an integer and by their id',
    check: async (subject) => {
      const [, text, , score, , big] = await addWaiting(
        subject,
        naming(FIRST_NAME, 'ann'),
        naming(FIRST_NAME, 'Ann'),
        naming(SCORE, 8),
        naming(SCORE, 7),
        naming(field('wide', 'integer'), 9007199254740992n),
        naming(field('wide', 'integer'), 9007199254740993n),
      );
      const fields = [EMAIL, FIRST_NAME, SCORE, field('wide', 'integer')];
      await upsertPersons(subject, personRun([{ email: 'a@b.c', firstName: 'Ann' }], { fields }));
      assert.deepEqual(await due(subject), [text]);
      await upsertPersons(
        subject,
        personRun([{ email: 'a@b.c', leadScore: 7, wide: 9007199254740993n }], { fields, matchBy: BY_EMAIL }),
      );
      assert.deepEqual(await due(subject), [text, score, big]);
      const before = Number((await subject.objects(ALPHA, 'persons'))[0]?.identity);
      const nextIds = [1, 2, 3].map((step) => before + step);
      const orders = await addWaiting(subject, ...nextIds.map((id) => naming(field('id', 'integer'), id)));
      const create = personRun([{ email: 'b@b.c' }], { wantsIdentities: true });
      const { identities } = await batch(subject, (transaction) => transaction.upsertPersons(create));
      const named = orders.filter((_, at) => nextIds[at] === identities[0]);
      assert.deepEqual(await due(subject), [text, score, big, ...named]);
    },
  },
  {
    name: 'a person wakes who names it by that field, not who names another one by the same value',
    check: async (subject) => {
      const wide = field('wide', 'integer');
      const [, score] = await addWaiting(subject, naming(FIRST_NAME, '7'), naming(SCORE, 7), naming(wide, 7));
      const fields = [EMAIL, FIRST_NAME, SCORE, wide];
      await upsertPersons(subject, personRun([{ email: 'a@b.c', firstName: '8', leadScore: 7, wide: 9 }], { fields }));
      assert.deepEqual(await due(subject), [score]);
    },
  },
  {
    name: 'a person wakes only who waits for it: not who waits behind a version, nor for the store',
    check: async (subject) => {
      const { link } = waitingCar('', 'a@b.c');
      const [first] = await addWaiting(
        subject,
        waitingCar('1', 'a@b.c'),
        carBehind('1', 'a@b.c'),
        waitingPerson('x@b.c', { ...(link !== undefined && { link }) }),
      );
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      assert.deepEqual(await due(subject), [first]);
    },
  },
  {
    name: 'a row that is not written wakes nobody, nor does one that is deleted',
    check: async (subject) => {
      const twins = [1, 2].map((leadScore) => ({ email: `${leadScore}@b.c`, firstName: 'Ann' }));
      await upsertPersons(subject, personRun([...twins, { email: 'gone@b.c' }]));
      await addWaiting(subject, waitingCar('1', 'a@b.c'), waitingPerson('held@b.c'), waitingCar('2', 'held@b.c'));
      const byName = { matchBy: [{ field: FIRST_NAME, ignoreCase: false }] };
      const rows = [{ firstName: 'Ann', email: 'a@b.c' }];
      assert.deepEqual(await upsertPersons(subject, personRun(rows, byName)), ['several-matches']);
      assert.deepEqual(await upsertPersons(subject, personRun(rows, { ...byName, action: 'createOnly' })), ['exists']);
      const unknown = [{ firstName: 'Bob', email: 'a@b.c' }];
      const updated = personRun(unknown, { ...byName, action: 'updateOnly' });
      assert.deepEqual(await upsertPersons(subject, updated), ['not-found']);
      assert.deepEqual(await upsertPersons(subject, personRun([{ email: 'held@b.c' }])), ['behind']);
      const deletion = personRun([{ firstName: 'Ann', email: 'gone@b.c' }], { action: 'delete' });
      await addWaiting(subject, waitingCar('3', 'gone@b.c'));
      assert.deepEqual(await upsertPersons(subject, deletion), ['deleted']);
      assert.deepEqual(await due(subject), []);
    },
  },
  {
    name: 'who was woken and tried in vain waits for its next moment, and for its person again',
    check: async (subject) => {
      const [order = 0] = await addWaiting(subject, waitingCar('1', 'a@b.c'));
      const create = personRun([{ email: 'a@b.c' }]);
      await upsertPersons(subject, create);
      assert.deepEqual(await due(subject), [order]);
      await upsertPersons(subject, { ...create, action: 'delete' });
      const state = { reason: 'no-person', code: '1004', message: 'Lead not found', attempts: 2 } as const;
      await batch(subject, (transaction) =>
        transaction.postponeWaiting([{ order, ...state, nextAttemptAt: LATER + 1 }]),
      );
      assert.deepEqual(await due(subject, LATER), []);
      await upsertPersons(subject, create);
      assert.deepEqual(await due(subject), [order]);
    },
  },
  {
    name: 'what was woken, held and removed is so after the store was opened again, and still wakes and holds',
    check: async (subject) => {
      const [a = 0, b = 0, c = 0, d = 0] = await addWaiting(
        subject,
        waitingCar('1', 'a@b.c'),
        waitingCar('2', 'b@b.c'),
        carBehind('2'),
        waitingCar('3', 'c@b.c'),
      );
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      const before = await waiting(subject);
      await using again = await reopened(subject);
      assert.deepEqual(await waiting(again), before);
      assert.deepEqual(await again.store.waiting(ALPHA), { objects: 4, nextDueAt: 0 });
      assert.deepEqual(await due(again), [a]);
      await upsertPersons(again, personRun([{ email: 'B@b.c' }]));
      assert.deepEqual(await due(again), [a, b]);
      await batch(again, (transaction) => transaction.removeWaiting([a, b]));
      assert.deepEqual(await due(again), [c]);
      assert.deepEqual(await due(again, LATER), [c, d]);
    },
  },
  {
    name: 'a batch that is rolled back adds, wakes, frees, postpones and removes nothing (law 3)',
    check: async (subject) => {
      const [a = 0, , c = 0] = await addWaiting(
        subject,
        waitingCar('1', 'a@b.c'),
        carBehind('1'),
        waitingCar('2', 'b@b.c'),
        waitingCar('3', 'c@b.c'),
      );
      const summary = await subject.store.waiting(ALPHA);
      const before = await waiting(subject);
      const work = batch(subject, async (transaction) => {
        await transaction.upsertPersons(personRun([{ email: 'b@b.c' }]));
        await transaction.removeWaiting([a]);
        await transaction.addWaiting([waitingCar('4', 'd@b.c')]);
        const state = { reason: 'no-person', code: 'x', message: 'y', attempts: 9, nextAttemptAt: 1 } as const;
        await transaction.postponeWaiting([{ order: c, ...state }]);
        assert.equal((await transaction.waitingOf(requestId(1), NO_LIMIT)).length, 4);
        throw new RangeError('the caller gives up');
      });
      await assert.rejects(work, RangeError);
      assert.deepEqual(await waiting(subject), before);
      assert.deepEqual(await subject.store.waiting(ALPHA), summary);
      assert.deepEqual(await due(subject), []);
      const [fifth = 0] = await addWaiting(subject, waitingCar('5', 'e@b.c'));
      assert.ok(fifth > Math.max(...before.map(({ order }) => order)));
    },
  },
  {
    name: 'of thousands who wait those are woken whose persons come',
    check: async (subject) => {
      const cars = Array.from({ length: 2_500 }, (_, n) => waitingCar(`${n}`, `${n}@b.c`));
      await batch(subject, (transaction) => transaction.addWaiting(cars));
      const emails = Array.from({ length: 400 }, (_, n) => ({ email: `${n * 7}@b.c` }));
      await upsertPersons(subject, personRun(emails));
      const woken = (await waiting(subject)).filter(({ nextAttemptAt }) => nextAttemptAt === 0);
      const expected = cars.filter((_, n) => n % 7 === 0);
      assert.deepEqual(
        woken.map(({ keyText }) => keyText),
        expected.map(({ keyText }) => keyText),
      );
      assert.equal((await due(subject)).length, 358);
    },
  },
];
