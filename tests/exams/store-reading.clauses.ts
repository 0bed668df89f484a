/** Clauses of the store's exam: pages of persons and custom objects. */
import assert from 'node:assert/strict';
import type { FieldValue } from '#model/field.ts';
import type { ObjectPage, ObjectPageRequest } from '#ports/store-reader.ts';
import {
  ALPHA,
  answerObjects,
  BETA,
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
} from './store-subject.ts';
import { CARS, upsertCars } from './store-waiting-subject.ts';

async function page(subject: StoreSubject, request: Partial<ObjectPageRequest>): Promise<ObjectPage> {
  const found = await subject.reader.objects(ALPHA, { type: 'persons', fields: ['email'], limit: 100, ...request });
  assert.ok(found, 'there is such a type');
  return found;
}

/** The first field of each row. */
async function firsts(subject: StoreSubject, request: Partial<ObjectPageRequest>): Promise<unknown> {
  return (await page(subject, request)).rows.map(({ values }) => values[0]);
}

const FOUR = ['Ann', 'Bob', 'ann', 'Ann'].map((firstName, n) => ({ email: `P${n}@b.c`, firstName, leadScore: n % 2 }));

export const READING_CLAUSES: readonly StoreClause[] = [
  {
    name: 'persons are read by their id, rising, page by page',
    check: async (subject) => {
      assert.deepEqual(await page(subject, {}), { rows: [], hasMore: false });
      await upsertPersons(subject, personRun(FOUR));
      await upsertPersons(subject, personRun(FOUR.slice(1, 2), { at: NOON + 9_000 }));
      const stored = await subject.objects(ALPHA, 'persons');
      const all = stored.map(({ identity, values }) => ({ identity, values: [values.get('email')] }));
      assert.deepEqual(await page(subject, {}), { rows: all, hasMore: false });
      assert.deepEqual(await page(subject, { limit: 4 }), { rows: all, hasMore: false });
      assert.deepEqual(await page(subject, { limit: 3 }), { rows: all.slice(0, 3), hasMore: true });
      const rest = { after: all[1]?.identity ?? 0 };
      assert.deepEqual(await page(subject, rest), { rows: all.slice(2), hasMore: false });
      assert.deepEqual(await page(subject, { ...rest, limit: 1 }), { rows: all.slice(2, 3), hasMore: true });
    },
  },
  {
    name: 'fields are given in the order asked, in any case, and null where nothing was written',
    check: async (subject) => {
      const fields = [EMAIL, FIRST_NAME, SCORE, field('customerCode')];
      await upsertPersons(subject, personRun([{ email: 'a@b.c', firstName: null, leadScore: 0 }], { fields }));
      const asked = { fields: ['LEADSCORE', 'email', 'firstname', 'customerCODE', 'LeadScore'] };
      assert.deepEqual((await page(subject, asked)).rows[0]?.values, [0, 'a@b.c', null, null, 0]);
      assert.deepEqual((await page(subject, { fields: [] })).rows[0]?.values, []);
    },
  },
  {
    name: 'the fields that the store sets are read as the others are',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }], { partition: 'EMEA', at: 1_795_000_000_500 }));
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }], { partition: 'EMEA', at: 1_795_000_061_000 }));
      const asked = { fields: ['id', 'partitionName', 'createdAt', 'updatedat', 'ID'] };
      const [row] = (await page(subject, asked)).rows;
      const moments = ['2026-11-18T11:06:40Z', '2026-11-18T11:07:41Z'];
      assert.deepEqual(row?.values, [row?.identity, 'EMEA', ...moments, row?.identity]);
      assert.equal(typeof row?.identity, 'number');
      await upsertCars(subject, [{ vin: 'A' }]);
      const [car] = (await page(subject, { type: 'cars', fields: ['marketoguid', 'createdAt'] })).rows;
      assert.deepEqual(car?.values, [car?.identity, '2026-11-18T11:06:40Z']);
    },
  },
  {
    name: 'values of every type are read as they were written (law 10)',
    check: async (subject) => {
      const written: readonly (readonly [Parameters<typeof field>[1], FieldValue])[] = [
        ['string', `it's "日本"\n`],
        ['integer', 9223372036854775807n],
        ['integer', -3],
        ['float', 1e21],
        ['currency', 0.1],
        ['boolean', false],
        ['date', '0001-01-01'],
        ['datetime', '1969-12-31T23:59:59Z'],
      ];
      const fields = written.map(([type], at) => field(`field${at}`, type));
      const object = Object.fromEntries(written.map(([, value], at) => [`field${at}`, value]));
      await upsertPersons(subject, personRun([{ email: 'a@b.c', ...object }], { fields: [EMAIL, ...fields] }));
      const read = await page(subject, { fields: fields.map(({ name }) => name) });
      assert.deepEqual(
        read.rows[0]?.values,
        written.map(([, value]) => value),
      );
    },
  },
  {
    name: 'persons are found by values: email without regard to case, others exactly, several by all of them',
    check: async (subject) => {
      await upsertPersons(subject, personRun(FOUR));
      const by = (fields: readonly string[], ...keys: FieldValue[][]): Promise<unknown> =>
        firsts(subject, { match: { fields, keys } });
      assert.deepEqual(await by(['EMAIL'], ['p2@B.C'], ['none@b.c'], ['P0@b.c'], ['p0@b.c']), ['P0@b.c', 'P2@b.c']);
      assert.deepEqual(await by(['firstName'], ['Ann']), ['P0@b.c', 'P3@b.c']);
      assert.deepEqual(await by(['firstname', 'leadScore'], ['Ann', 1], ['Bob', 0]), ['P3@b.c']);
      assert.deepEqual(await by(['email'], []), []);
      assert.deepEqual(await by(['email']), []);
      const ids = (await subject.objects(ALPHA, 'persons')).map(({ identity }) => [identity]);
      assert.deepEqual(await by(['id'], ids[2] ?? [], [404]), ['P2@b.c']);
    },
  },
  {
    name: 'a number is not equal to its text, and every field of type email is found without regard to case',
    check: async (subject) => {
      const type = { ...CARS, apiName: 'odd', fields: [field('vin'), field('mail', 'email'), field('n', 'integer')] };
      const rows = [
        { vin: '7', mail: 'Ann@b.c', n: 7 },
        { vin: '8', mail: 'bob@b.c', n: 8 },
      ];
      await answerObjects(subject, type, objectRun(type, rows));
      const by = (fields: readonly string[], ...keys: FieldValue[][]): Promise<unknown> =>
        firsts(subject, { type: 'odd', fields: ['vin'], match: { fields, keys } });
      assert.deepEqual(await by(['mail'], ['aNN@B.C'], ['none@b.c']), ['7']);
      assert.deepEqual(await by(['mail', 'n'], ['ann@b.c', 7], ['BOB@b.c', 7]), ['7']);
      assert.deepEqual(await by(['n'], ['7'], [8]), ['8']);
      assert.deepEqual(await by(['vin'], [7], ['8']), ['8']);
    },
  },
  {
    name: 'what is found is paged as well',
    check: async (subject) => {
      await upsertPersons(subject, personRun(FOUR));
      const match = { fields: ['firstName'], keys: [['Ann'], ['Bob']] };
      const first = await page(subject, { match, limit: 2 });
      assert.deepEqual([first.rows.map(({ values }) => values[0]), first.hasMore], [['P0@b.c', 'P1@b.c'], true]);
      const rest = await page(subject, { match, limit: 2, after: first.rows[1]?.identity ?? 0 });
      assert.deepEqual([rest.rows.map(({ values }) => values[0]), rest.hasMore], [['P3@b.c'], false]);
    },
  },
  {
    name: 'null equals nothing, and a field that nothing was written to has no value to be found by',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c', firstName: null }], { fields: [EMAIL, FIRST_NAME] }));
      await upsertPersons(subject, personRun([{ email: 'b@b.c' }], { fields: [EMAIL, SCORE] }));
      assert.deepEqual(await firsts(subject, { match: { fields: ['firstName'], keys: [[null]] } }), []);
      assert.deepEqual(await firsts(subject, { match: { fields: ['leadScore'], keys: [[0], [null]] } }), []);
    },
  },
  {
    name: 'custom objects are read by their marketoGUID, rising, and found by their fields; the type in any case',
    check: async (subject) => {
      await upsertCars(
        subject,
        ['A', 'B', 'C'].map((vin) => ({ vin, note: `of ${vin}` })),
      );
      const stored = await subject.objects(ALPHA, CARS.apiName);
      const all = stored.map(({ identity, values }) => ({ identity, values: [values.get('vin'), null] }));
      const asked = { type: 'CARS', fields: ['vin', 'owner'] };
      assert.deepEqual(await page(subject, asked), { rows: all, hasMore: false });
      const [first, second, third] = all;
      const after = { ...asked, after: first?.identity ?? '', limit: 1 };
      assert.deepEqual(await page(subject, after), { rows: [second], hasMore: true });
      const match = { fields: ['marketoGUID'], keys: [[third?.identity ?? null], ['none']] };
      assert.deepEqual(await page(subject, { ...asked, match }), { rows: [third], hasMore: false });
      const byVin = {
        fields: ['VIN', 'note'],
        keys: [
          ['B', 'of B'],
          ['C', 'of B'],
        ],
      };
      assert.deepEqual(await firsts(subject, { ...asked, match: byVin }), ['B']);
    },
  },
  {
    name: 'a custom object may have fields that are named as those of persons are',
    check: async (subject) => {
      const type = { ...CARS, apiName: 'odd', fields: [field('vin'), field('id', 'integer'), field('partitionName')] };
      const rows = [{ vin: 'A', id: 3, partitionName: 'p' }, { vin: 'B' }];
      await answerObjects(subject, type, objectRun(type, rows));
      const match = { fields: ['id'], keys: [[3]] };
      const found = await page(subject, { type: 'odd', fields: ['vin', 'id', 'partitionName'], match });
      assert.deepEqual(
        found.rows.map(({ values }) => values),
        [['A', 3, 'p']],
      );
    },
  },
  {
    name: 'a type that is not in the store has no objects, nor has another workspace (law 7)',
    check: async (subject) => {
      const request = { type: 'cars', fields: ['vin'], limit: 9 };
      assert.equal(await subject.reader.objects(ALPHA, request), undefined);
      await upsertCars(subject, [{ vin: 'A' }]);
      assert.equal((await subject.reader.objects(ALPHA, request))?.rows.length, 1);
      assert.equal(await subject.reader.objects(BETA, request), undefined);
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      const persons = { ...request, type: 'persons', fields: ['email'] };
      assert.deepEqual(await subject.reader.objects(BETA, persons), { rows: [], hasMore: false });
    },
  },
];
