/** Clauses of the store's exam: upserts of custom objects. */
import assert from 'node:assert/strict';
import type { CustomObjectType, FieldValue } from '#model/field.ts';
import { ALPHA, answerObjects, field, objectRun, type ObjectRunOptions, type StoreClause } from './store-subject.ts';

const CAR: CustomObjectType = {
  apiName: 'ownedCars',
  displayName: 'Cars',
  fields: [field('vin'), field('plate'), field('id', 'integer'), field('colour')],
  dedupeFields: ['vin', 'plate'],
};

export const CUSTOM_OBJECT_CLAUSES: readonly StoreClause[] = [
  {
    name: 'custom objects match by all their dedupe fields, or by marketoGUID, which never changes',
    check: async (subject) => {
      const upsert = async (objects: readonly Record<string, FieldValue>[], by?: ObjectRunOptions): Promise<unknown> =>
        (await answerObjects(subject, CAR, objectRun(CAR, objects, by))).outcomes;
      const cars = [
        { vin: 'V', plate: 'A', id: 1 },
        { vin: 'V', plate: 'B', id: 2 },
      ];
      assert.deepEqual(await upsert(cars), ['created', 'created']);
      assert.deepEqual(await upsert([{ vin: 'V', plate: 'B', colour: 'red' }]), ['updated']);
      const rows = await subject.objects(ALPHA, 'OWNEDCARS');
      const red = rows.find(({ values }) => values.get('colour') === 'red');
      assert.match(String(red?.identity), /^[0-9a-f-]{36}$/);
      const byGuid = [
        { marketoGUID: 'no such', colour: 'x' },
        { marketoGUID: red?.identity ?? '', colour: 'blue' },
      ];
      assert.deepEqual(await upsert(byGuid, { dedupeBy: 'marketoGUID' }), ['not-found', 'updated']);
      const after = await subject.objects(ALPHA, 'ownedCars');
      assert.deepEqual(
        after.find(({ identity }) => identity === red?.identity)?.values,
        new Map(Object.entries({ vin: 'V', plate: 'B', id: 2, colour: 'blue' })),
      );
      assert.equal(after.length, 2);
    },
  },
];
