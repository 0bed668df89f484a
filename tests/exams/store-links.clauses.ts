/** Clauses of the store's exam: links of custom objects to persons. */
import assert from 'node:assert/strict';
import type { CustomObjectType, FieldDefinition, FieldValue } from '#model/field.ts';
import {
  ALPHA,
  answerObjects,
  EMAIL,
  field,
  FIRST_NAME,
  objectRun,
  personRun,
  SCORE,
  type StoreClause,
  type StoreSubject,
  upsertPersons,
  valuesOf,
} from './store-subject.ts';
import { batch, CARS, upsertCars } from './store-waiting-subject.ts';

/** What becomes of an object for each of these values of its link. */
async function linked(
  subject: StoreSubject,
  personField: FieldDefinition,
  owners: readonly FieldValue[],
): Promise<readonly string[]> {
  const owner = field('owner', personField.dataType);
  const type: CustomObjectType = { ...CARS, apiName: `of${personField.name}`, fields: [field('vin'), owner] };
  const rows = owners.map((value, at) => ({ vin: `${at}`, owner: value }));
  return (await answerObjects(subject, type, objectRun(type, rows, { personField }))).outcomes;
}

export const LINK_CLAUSES: readonly StoreClause[] = [
  {
    name: 'an object whose person exists in no partition is not written, and its neighbours are',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      await upsertPersons(subject, personRun([{ email: 'b@b.c' }], { partition: 'EMEA' }));
      const cars = ['a@b.c', 'none@b.c', 'b@b.c'].map((owner) => ({ vin: `of ${owner}`, owner }));
      assert.deepEqual(await upsertCars(subject, cars), ['created', 'no-person', 'created']);
      const moved = [
        { vin: 'of a@b.c', owner: 'none@b.c', note: 'n' },
        { vin: 'of b@b.c', owner: 'a@b.c', note: 'n' },
      ];
      assert.deepEqual(await upsertCars(subject, moved), ['no-person', 'updated']);
      const stored = valuesOf(await subject.objects(ALPHA, CARS.apiName));
      const byVin = stored.toSorted((one, other) => (String(one['vin']) < String(other['vin']) ? -1 : 1));
      assert.deepEqual(byVin, [
        { vin: 'of a@b.c', owner: 'a@b.c' },
        { vin: 'of b@b.c', owner: 'a@b.c', note: 'n' },
      ]);
    },
  },
  {
    name: 'a link that is null or absent names nobody',
    check: async (subject) => {
      const cars = [{ vin: 'A', owner: null }, { vin: 'B' }, { vin: 'C', owner: 'none@b.c' }];
      assert.deepEqual(await upsertCars(subject, cars), ['created', 'created', 'no-person']);
    },
  },
  {
    name: 'persons are named by email without regard to case, by other fields exactly, by id as a number',
    check: async (subject) => {
      const code = field('customerCode', 'integer');
      const fields = [EMAIL, FIRST_NAME, SCORE, code];
      const named = { email: 'Ann@B.c', firstName: 'Ann', customerCode: 9007199254740993n };
      const cleared = { email: 'b@b.c', firstName: null };
      await upsertPersons(subject, personRun([named, cleared, { email: 'c@b.c', customerCode: 7 }], { fields }));
      const [first = 0, , third = 0] = (await subject.objects(ALPHA, 'persons')).map(({ identity }) => identity);
      const found = ['created', 'no-person', 'created'];
      assert.deepEqual(await linked(subject, EMAIL, ['aNN@b.C', 'an@b.c', 'B@B.C']), found);
      assert.deepEqual(await linked(subject, FIRST_NAME, ['Ann', 'ann', null]), found);
      assert.deepEqual(await linked(subject, code, [9007199254740993n, 9007199254740992n, 7]), found);
      assert.deepEqual(await linked(subject, field('id', 'integer'), [first, 404, third]), found);
    },
  },
  {
    name: 'a field that no person has a value in yet names nobody',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }], { fields: [EMAIL] }));
      assert.deepEqual(await linked(subject, FIRST_NAME, ['Ann', null]), ['no-person', 'created']);
    },
  },
  {
    name: 'a link is looked at after the match, and not at all for a deletion',
    check: async (subject) => {
      assert.deepEqual(await upsertCars(subject, [{ vin: 'A' }, { vin: 'B' }]), ['created', 'created']);
      const owned = ['A', 'X'].map((vin) => ({ vin, owner: 'none@b.c' }));
      assert.deepEqual(await upsertCars(subject, owned, { action: 'createOnly' }), ['exists', 'no-person']);
      assert.deepEqual(await upsertCars(subject, owned, { action: 'updateOnly' }), ['no-person', 'not-found']);
      assert.deepEqual(await upsertCars(subject, owned, { action: 'delete' }), ['deleted', 'not-found']);
      const guid = (await subject.objects(ALPHA, CARS.apiName))[0]?.identity ?? '';
      const byGuid = [guid, 'none'].map((marketoGUID) => ({ marketoGUID, owner: 'none@b.c' }));
      assert.deepEqual(await upsertCars(subject, byGuid, { dedupeBy: 'marketoGUID' }), ['no-person', 'not-found']);
      assert.deepEqual(valuesOf(await subject.objects(ALPHA, CARS.apiName)), [{ vin: 'B' }]);
    },
  },
  {
    name: 'a link sees the persons of its own batch, those that it creates, changes and deletes',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'gone@b.c' }, { email: 'old@b.c', firstName: 'Ann' }]));
      const outcomes = await batch(subject, async (transaction) => {
        await transaction.upsertPersons(personRun([{ email: 'new@b.c' }]));
        await transaction.upsertPersons(personRun([{ email: 'gone@b.c' }], { action: 'delete' }));
        const byName = [{ field: FIRST_NAME, ignoreCase: false }];
        await transaction.upsertPersons(personRun([{ firstName: 'Ann', email: 'changed@b.c' }], { matchBy: byName }));
        const owners = ['new@b.c', 'gone@b.c', 'old@b.c', 'changed@b.c'];
        const cars = owners.map((owner) => ({ vin: owner, owner }));
        return (await transaction.upsertCustomObjects(objectRun(CARS, cars))).outcomes;
      });
      assert.deepEqual(outcomes, ['created', 'no-person', 'no-person', 'created']);
    },
  },
  {
    name: 'answers of a run with links name the objects that were written alone',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      const cars = ['none@b.c', 'a@b.c'].map((owner) => ({ vin: owner, owner }));
      const answer = await answerObjects(subject, CARS, objectRun(CARS, cars, { wantsIdentities: true }));
      assert.deepEqual(answer.outcomes, ['no-person', 'created']);
      const [stored] = await subject.objects(ALPHA, CARS.apiName);
      assert.deepEqual(answer.identities, [undefined, stored?.identity]);
    },
  },
];
