/** Clauses of the store's exam: the actions of upserts, and the identities in their answers. */
import assert from 'node:assert/strict';
import type { FieldValue } from '#model/field.ts';
import type { UpsertAction, UpsertAnswer } from '#model/upsert.ts';
import {
  ALPHA,
  answerObjects,
  answerPersons,
  EMAIL,
  field,
  FIRST_NAME,
  NOON,
  objectRun,
  personRun,
  SCORE,
  type StoreClause,
  type StoreSubject,
  upsertPersons,
  valuesOf,
} from './store-subject.ts';
import { batch, CARS, reopened, upsertCars } from './store-waiting-subject.ts';

const BY_NAME = [{ field: FIRST_NAME, ignoreCase: false }];
const BY_ID = [{ field: field('id', 'integer'), ignoreCase: false }];

/** Two of three are called Ann; the second was updated last. */
async function threePersons(subject: StoreSubject): Promise<void> {
  await upsertPersons(
    subject,
    personRun([
      { email: 'a@b.c', firstName: 'Ann' },
      { email: 'b@b.c', firstName: 'Bob' },
      { email: 'c@b.c', firstName: 'Ann' },
    ]),
  );
  await upsertPersons(subject, personRun([{ email: 'a@b.c', leadScore: 1 }], { at: NOON + 5_000 }));
}

async function persons(subject: StoreSubject): Promise<Record<string, FieldValue>[]> {
  return valuesOf(await subject.objects(ALPHA, 'persons'));
}

export const ACTION_CLAUSES: readonly StoreClause[] = [
  {
    name: 'createOnly creates what is not there, and leaves a match as it is, and several',
    check: async (subject) => {
      await threePersons(subject);
      const before = await subject.objects(ALPHA, 'persons');
      const run = personRun([{ email: 'A@b.c', leadScore: 9 }, { email: 'd@b.c' }], { action: 'createOnly' });
      assert.deepEqual(await upsertPersons(subject, run), ['exists', 'created']);
      const byName = personRun([{ firstName: 'Ann', leadScore: 9 }], { action: 'createOnly', matchBy: BY_NAME });
      assert.deepEqual(await upsertPersons(subject, byName), ['exists']);
      assert.deepEqual(await upsertPersons(subject, { ...byName, multipleMatches: 'update-most-recent' }), ['exists']);
      const after = await subject.objects(ALPHA, 'persons');
      assert.deepEqual(after.slice(0, 3), before);
      assert.deepEqual(valuesOf(after.slice(3)), [{ email: 'd@b.c' }]);
    },
  },
  {
    name: 'updateOnly updates a match, and creates nothing',
    check: async (subject) => {
      await threePersons(subject);
      const rows = [
        { email: 'x@b.c', leadScore: 9 },
        { email: 'B@b.c', leadScore: 9 },
      ];
      assert.deepEqual(await upsertPersons(subject, personRun(rows, { action: 'updateOnly' })), [
        'not-found',
        'updated',
      ]);
      assert.deepEqual(await persons(subject), [
        { email: 'a@b.c', firstName: 'Ann', leadScore: 1 },
        { email: 'B@b.c', firstName: 'Bob', leadScore: 9 },
        { email: 'c@b.c', firstName: 'Ann' },
      ]);
      const several = personRun([{ firstName: 'Ann', leadScore: 9 }], { action: 'updateOnly', matchBy: BY_NAME });
      assert.deepEqual(await upsertPersons(subject, several), ['several-matches']);
    },
  },
  {
    name: 'createDuplicate creates every row, whatever is there, and rows of equal keys each',
    check: async (subject) => {
      await threePersons(subject);
      const before = await subject.objects(ALPHA, 'persons');
      const rows = [1, 2, 3].map((leadScore) => ({ email: leadScore === 2 ? 'b@b.c' : 'a@b.c', leadScore }));
      const run = personRun(rows, { action: 'createDuplicate' });
      assert.deepEqual(await upsertPersons(subject, run), ['created', 'created', 'created']);
      const after = await subject.objects(ALPHA, 'persons');
      assert.deepEqual(after.slice(0, 3), before);
      assert.deepEqual(valuesOf(after.slice(3)), rows);
      assert.deepEqual(await upsertPersons(subject, personRun([{ email: 'a@b.c' }])), ['several-matches']);
    },
  },
  {
    name: 'delete deletes the match of its partition and nothing else, and its values say nothing',
    check: async (subject) => {
      await threePersons(subject);
      await upsertPersons(subject, personRun([{ email: 'b@b.c' }], { partition: 'EMEA' }));
      const before = await subject.objects(ALPHA, 'persons');
      const rows = [
        { email: 'x@b.c', firstName: 'Xi' },
        { email: 'B@b.c', firstName: 'Xi', leadScore: 9 },
      ];
      assert.deepEqual(await upsertPersons(subject, personRun(rows, { action: 'delete' })), ['not-found', 'deleted']);
      const kept = before.filter(({ partition, values }) => partition === 'EMEA' || values.get('email') !== 'b@b.c');
      assert.equal(kept.length, 3);
      assert.deepEqual(await subject.objects(ALPHA, 'persons'), kept);
    },
  },
  {
    name: 'delete with several matches deletes none, or the one that was updated last',
    check: async (subject) => {
      await threePersons(subject);
      const before = await subject.objects(ALPHA, 'persons');
      const run = personRun([{ firstName: 'Ann' }, { firstName: 'Bob' }], { action: 'delete', matchBy: BY_NAME });
      assert.deepEqual(await upsertPersons(subject, run), ['several-matches', 'deleted']);
      assert.deepEqual(await subject.objects(ALPHA, 'persons'), [before[0], before[2]]);
      const recent = { ...run, multipleMatches: 'update-most-recent' } as const;
      assert.deepEqual(await upsertPersons(subject, recent), ['deleted', 'not-found']);
      assert.deepEqual(await subject.objects(ALPHA, 'persons'), [before[2]]);
    },
  },
  {
    name: 'by an id that nothing has a row is not found, whatever the action',
    check: async (subject) => {
      await threePersons(subject);
      const id = (await subject.objects(ALPHA, 'persons'))[0]?.identity ?? 0;
      const outcomes = async (action: UpsertAction): Promise<unknown> => {
        const rows = [
          { id: 404, leadScore: 9 },
          { id, leadScore: 2 },
        ];
        return await upsertPersons(subject, personRun(rows, { action, matchBy: BY_ID, fields: [SCORE] }));
      };
      assert.deepEqual(await outcomes('createOrUpdate'), ['not-found', 'updated']);
      assert.deepEqual(await outcomes('createOnly'), ['not-found', 'exists']);
      assert.deepEqual(await outcomes('updateOnly'), ['not-found', 'updated']);
      assert.deepEqual(await outcomes('delete'), ['not-found', 'deleted']);
      assert.deepEqual(
        (await persons(subject)).map(({ email }) => email),
        ['b@b.c', 'c@b.c'],
      );
    },
  },
  {
    name: 'an answer names the object of each row that was created, updated or deleted, when it is asked to',
    check: async (subject) => {
      await threePersons(subject);
      const answer = async (action: UpsertAction, emails: readonly string[]): Promise<UpsertAnswer> => {
        const rows = emails.map((email) => ({ email }));
        return await answerPersons(subject, personRun(rows, { action, wantsIdentities: true }));
      };
      const idOf = async (email: string): Promise<unknown> =>
        (await subject.objects(ALPHA, 'persons')).findLast(({ values }) => values.get('email') === email)?.identity;
      const [a, b, c] = [await idOf('a@b.c'), await idOf('b@b.c'), await idOf('c@b.c')];
      const mixed = await answer('createOrUpdate', ['c@b.c', 'd@b.c', 'a@b.c', 'e@b.c']);
      assert.deepEqual(mixed, {
        outcomes: ['updated', 'created', 'updated', 'created'],
        identities: [c, await idOf('d@b.c'), a, await idOf('e@b.c')],
      });
      assert.deepEqual((await answer('updateOnly', ['none@b.c', 'b@b.c'])).identities, [undefined, b]);
      const f = await answer('createOnly', ['f@b.c', 'b@b.c']);
      assert.deepEqual(f, { outcomes: ['created', 'exists'], identities: [await idOf('f@b.c'), undefined] });
      const [one, other] = (await answer('createDuplicate', ['z@b.c', 'z@b.c'])).identities;
      assert.ok(Number(other) > Number(one));
      assert.equal(other, await idOf('z@b.c'));
      const deleted = await answer('delete', ['z@b.c', 'none@b.c', 'f@b.c', 'a@b.c']);
      assert.deepEqual(deleted, {
        outcomes: ['several-matches', 'not-found', 'deleted', 'deleted'],
        identities: [undefined, undefined, f.identities[0], a],
      });
      const unasked = await answerPersons(subject, personRun([{ email: 'b@b.c' }]));
      assert.deepEqual(unasked, { outcomes: ['updated'], identities: [] });
    },
  },
  {
    name: 'an id is never given twice, though the greatest was deleted, in the same batch or before',
    check: async (subject) => {
      const create = personRun([{ email: 'a@b.c' }, { email: 'b@b.c' }], { wantsIdentities: true });
      const remove = personRun([{ email: 'a@b.c' }, { email: 'b@b.c' }], { wantsIdentities: true, action: 'delete' });
      const given: unknown[] = [];
      const note = ({ identities }: UpsertAnswer): void => void given.push(...identities);
      note(await answerPersons(subject, create));
      await batch(subject, async (transaction) => {
        await transaction.upsertPersons(remove);
        note(await transaction.upsertPersons(create));
        await transaction.upsertPersons(remove);
      });
      note(await answerPersons(subject, create));
      await answerPersons(subject, remove);
      await using again = await reopened(subject);
      note(await answerPersons(again, create));
      assert.equal(new Set(given).size, 8);
      assert.deepEqual(
        given.toSorted((one, other) => Number(one) - Number(other)),
        given,
      );
    },
  },
  {
    name: 'runs of one batch see what was deleted before them, and what was created for a deletion',
    check: async (subject) => {
      await threePersons(subject);
      const outcomes = await batch(subject, async (transaction) => {
        const run = (action: UpsertAction, score: number): ReturnType<typeof transaction.upsertPersons> =>
          transaction.upsertPersons(personRun([{ email: 'b@b.c', leadScore: score }], { action }));
        const answers = [await run('delete', 1), await run('updateOnly', 2), await run('createOnly', 3)];
        answers.push(await run('createOrUpdate', 4), await run('delete', 5), await run('createOrUpdate', 6));
        return answers.flatMap((answer) => answer.outcomes);
      });
      assert.deepEqual(outcomes, ['deleted', 'not-found', 'created', 'updated', 'deleted', 'created']);
      assert.deepEqual((await persons(subject)).slice(2), [{ email: 'b@b.c', leadScore: 6 }]);
    },
  },
  {
    name: 'a person that was deleted and created again has nothing of what it was',
    check: async (subject) => {
      await threePersons(subject);
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }], { action: 'delete' }));
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }], { at: NOON + 60_000, fields: [EMAIL] }));
      const again = (await subject.objects(ALPHA, 'persons')).at(-1);
      assert.deepEqual(again?.values, new Map([['email', 'a@b.c']]));
      assert.equal(again?.createdAt, NOON + 60_000);
    },
  },
  {
    name: 'custom objects are created only, updated only and deleted, by their dedupe fields and by marketoGUID',
    check: async (subject) => {
      const cars = [{ vin: 'A' }, { vin: 'B' }];
      assert.deepEqual(await upsertCars(subject, cars, { action: 'updateOnly' }), ['not-found', 'not-found']);
      assert.deepEqual(await upsertCars(subject, cars.slice(0, 1), { action: 'createOnly' }), ['created']);
      assert.deepEqual(await upsertCars(subject, cars, { action: 'createOnly' }), ['exists', 'created']);
      const rows = await subject.objects(ALPHA, CARS.apiName);
      const guid = rows.find(({ values }) => values.get('vin') === 'A')?.identity ?? '';
      const byGuid = { dedupeBy: 'marketoGUID' } as const;
      const both = [{ marketoGUID: 'none' }, { marketoGUID: guid, note: 'n' }];
      assert.deepEqual(await upsertCars(subject, both, { ...byGuid, action: 'createOnly' }), ['not-found', 'exists']);
      assert.deepEqual(await upsertCars(subject, both, { ...byGuid, action: 'updateOnly' }), ['not-found', 'updated']);
      assert.deepEqual(await upsertCars(subject, both, { ...byGuid, action: 'delete' }), ['not-found', 'deleted']);
      assert.deepEqual(valuesOf(await subject.objects(ALPHA, CARS.apiName)), [{ vin: 'B' }]);
      assert.deepEqual(await upsertCars(subject, cars, { action: 'delete' }), ['not-found', 'deleted']);
      assert.deepEqual(await subject.objects(ALPHA, CARS.apiName), []);
    },
  },
  {
    name: 'the marketoGUID of an answer is that of the object, and a new one each time it is created',
    check: async (subject) => {
      const given = async (action: UpsertAction, vins: readonly string[]): Promise<UpsertAnswer['identities']> => {
        const rows = vins.map((vin) => ({ vin }));
        return (await answerObjects(subject, CARS, objectRun(CARS, rows, { action, wantsIdentities: true })))
          .identities;
      };
      const [a, b] = await given('createOrUpdate', ['A', 'B']);
      const stored = await subject.objects(ALPHA, CARS.apiName);
      const guidOf = (vin: string): unknown => stored.find(({ values }) => values.get('vin') === vin)?.identity;
      assert.deepEqual([guidOf('A'), guidOf('B')], [a, b]);
      assert.deepEqual(await given('delete', ['none', 'A']), [undefined, a]);
      const [c, d] = await given('createOrUpdate', ['A', 'B']);
      assert.equal(d, b);
      assert.notEqual(c, a);
    },
  },
];
