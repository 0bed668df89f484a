/** Clauses of the store's exam: upserts of persons. */
import assert from 'node:assert/strict';
import { DATA_TYPES } from '#model/field.ts';
import type { DataType, FieldDefinition, FieldValue } from '#model/field.ts';
import {
  ALPHA,
  BETA,
  EMAIL,
  field,
  FIRST_NAME,
  NOON,
  type ObjectRow,
  personRun,
  SCORE,
  type StoreClause,
  type StoreSubject,
  upsertPersons,
  valuesOf,
} from './store-subject.ts';

const EXTREMES: Readonly<Record<DataType, readonly FieldValue[]>> = {
  string: ['', ' ', `it's "quoted"`, 'a\nb\r\n\tc', '\u{1F600}\u{FFFD}日本', '\u0001', '\u0001\u0001', '\\N', 'null'],
  text: ['x'.repeat(100_000), '\u0001\u0001\u0001'],
  email: ['a+b@example.com'],
  phone: ['+1 (555) 0100'],
  url: ['https://example.com/?a=b&c=%00'],
  reference: ['1'],
  integer: [0, -1, 2 ** 53 - 1, 9223372036854775807n, -9223372036854775808n],
  score: [-5],
  percent: [100],
  float: [0, 0.1, 5e-324, 1.7976931348623157e308, -1.5, 1e21, 123456789012345680],
  currency: [19.99],
  boolean: [true, false],
  date: ['0001-01-01', '1969-12-31', '2024-02-29', '9999-12-31'],
  datetime: ['1969-12-31T23:59:59Z', '2026-11-23T01:02:03Z', '9999-12-31T23:59:59Z'],
};

async function persons(subject: StoreSubject): Promise<readonly ObjectRow[]> {
  return await subject.objects(ALPHA, 'persons');
}

export const UPSERT_CLAUSES: readonly StoreClause[] = [
  {
    name: 'a new person is created, the same email in another case updates it',
    check: async (subject) => {
      const created = await upsertPersons(subject, personRun([{ email: 'Ann@Example.com', firstName: 'Ann' }]));
      const later = { at: NOON + 61_500 };
      const updated = await upsertPersons(subject, personRun([{ email: 'aNN@example.COM', leadScore: 3 }], later));
      assert.deepEqual([created, updated], [['created'], ['updated']]);
      const rows = await persons(subject);
      assert.deepEqual(valuesOf(rows), [{ email: 'aNN@example.COM', firstName: 'Ann', leadScore: 3 }]);
      assert.deepEqual([rows[0]?.createdAt, rows[0]?.updatedAt], [NOON, NOON + 61_000]);
    },
  },
  {
    name: 'a person of another partition is another person',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      const outcomes = await upsertPersons(subject, personRun([{ email: 'a@b.c' }], { partition: `EM'EA "1"` }));
      assert.deepEqual(outcomes, ['created']);
      assert.deepEqual(
        (await persons(subject)).map(({ partition }) => partition),
        ['Default', `EM'EA "1"`],
      );
    },
  },
  {
    name: 'two fields match together, and exactly but for email',
    check: async (subject) => {
      const matchBy = [
        { field: EMAIL, ignoreCase: true },
        { field: FIRST_NAME, ignoreCase: false },
      ];
      const first = personRun(
        [
          { email: 'a@b.c', firstName: 'Ann' },
          { email: 'a@b.c', firstName: 'ann' },
        ],
        { matchBy },
      );
      assert.deepEqual(await upsertPersons(subject, first), ['created', 'created']);
      const second = personRun([{ email: 'A@B.C', firstName: 'ann', leadScore: 7 }], { matchBy });
      assert.deepEqual(await upsertPersons(subject, second), ['updated']);
      const scores = valuesOf(await persons(subject)).map((values) => values['leadScore']);
      assert.deepEqual(scores, [undefined, 7]);
    },
  },
  {
    name: 'absent leaves a field as it is, null clears it, in one run',
    check: async (subject) => {
      const full = [1, 2, 3].map((n) => ({ email: `${n}@b.c`, firstName: 'Ann', leadScore: n }));
      await upsertPersons(subject, personRun(full));
      await upsertPersons(
        subject,
        personRun([{ email: '1@b.c', firstName: null }, { email: '2@b.c' }, { email: '3@b.c', leadScore: 9 }]),
      );
      assert.deepEqual(valuesOf(await persons(subject)), [
        { email: '1@b.c', leadScore: 1 },
        { email: '2@b.c', firstName: 'Ann', leadScore: 2 },
        { email: '3@b.c', firstName: 'Ann', leadScore: 9 },
      ]);
    },
  },
  {
    name: 'a field that a run does not touch survives an update',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c', firstName: 'Ann' }]));
      await upsertPersons(subject, personRun([{ email: 'a@b.c', leadScore: 1 }], { fields: [EMAIL, SCORE] }));
      assert.deepEqual(valuesOf(await persons(subject)), [{ email: 'a@b.c', firstName: 'Ann', leadScore: 1 }]);
    },
  },
  {
    name: 'several matches: fail changes nothing, update-most-recent takes the last updated, then the greatest id',
    check: async (subject) => {
      const byName = [{ field: FIRST_NAME, ignoreCase: false }];
      const twins = [1, 2, 3].map((n) => ({ email: `${n}@b.c`, firstName: 'Ann' }));
      await upsertPersons(subject, personRun(twins));
      await upsertPersons(subject, personRun([{ email: '2@b.c', leadScore: 0 }], { at: NOON + 5_000 }));
      const before = await persons(subject);
      const run = personRun([{ firstName: 'Bob' }, { firstName: 'Ann', leadScore: 5 }], { matchBy: byName });
      assert.deepEqual(await upsertPersons(subject, run), ['created', 'several-matches']);
      assert.deepEqual((await persons(subject)).slice(0, 3), before);
      const recent = { ...run, multipleMatches: 'update-most-recent' } as const;
      assert.deepEqual(await upsertPersons(subject, recent), ['updated', 'updated']);
      assert.deepEqual(
        valuesOf(await persons(subject)).map((values) => values['leadScore']),
        [undefined, 5, undefined, undefined],
      );
      await upsertPersons(
        subject,
        personRun(
          twins.map(({ email }) => ({ email })),
          { at: NOON + 9_000 },
        ),
      );
      assert.deepEqual(await upsertPersons(subject, { ...recent, rows: run.rows.slice(1) }), ['updated']);
      assert.deepEqual(
        valuesOf(await persons(subject)).map((values) => values['leadScore']),
        [undefined, 5, 5, undefined],
      );
    },
  },
  {
    name: 'a row that matches no id is not found, and its neighbours are applied',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      const id = (await persons(subject))[0]?.identity ?? 0;
      const run = personRun(
        [
          { id: 404, leadScore: 1 },
          { id, leadScore: 2 },
        ],
        {
          matchBy: [{ field: field('id', 'integer'), ignoreCase: false }],
          fields: [SCORE],
        },
      );
      assert.deepEqual(await upsertPersons(subject, run), ['not-found', 'updated']);
      assert.deepEqual(valuesOf(await persons(subject)), [{ email: 'a@b.c', leadScore: 2 }]);
    },
  },
  {
    name: 'ids rise in the order of creation and never change',
    check: async (subject) => {
      const emails = Array.from({ length: 3000 }, (_, n) => ({ email: `${(n * 7919) % 3000}@b.c` }));
      await upsertPersons(subject, personRun(emails));
      const before = await persons(subject);
      assert.deepEqual(valuesOf(before), emails);
      await upsertPersons(subject, personRun(emails.slice(100, 200).toReversed()));
      await upsertPersons(subject, personRun([{ email: 'new@b.c' }, emails[7] ?? {}]));
      const after = await persons(subject);
      assert.deepEqual(valuesOf(after), [...emails, { email: 'new@b.c' }]);
      const ids = after.map(({ identity }) => identity);
      assert.deepEqual(
        ids.slice(0, 3000),
        before.map(({ identity }) => identity),
      );
      assert.ok(
        ids.every((id, at) => at === 0 || id > (ids[at - 1] ?? 0)),
        'ids rise',
      );
    },
  },
  {
    name: 'runs of one batch see each other',
    check: async (subject) => {
      const outcomes = await subject.store.transaction(ALPHA, async (transaction) => {
        await transaction.definePersons([EMAIL, FIRST_NAME, SCORE]);
        const first = await transaction.upsertPersons(personRun([{ email: 'a@b.c', firstName: 'Ann' }]));
        const byName = { matchBy: [{ field: FIRST_NAME, ignoreCase: false }], fields: [FIRST_NAME, SCORE] };
        const second = await transaction.upsertPersons(personRun([{ firstName: 'Ann', leadScore: 1 }], byName));
        const third = await transaction.upsertPersons(personRun([{ email: 'A@b.c', leadScore: 2 }]));
        return [first, second, third].flatMap((answer) => answer.outcomes);
      });
      assert.deepEqual(outcomes, ['created', 'updated', 'updated']);
      assert.deepEqual(valuesOf(await persons(subject)), [{ email: 'A@b.c', firstName: 'Ann', leadScore: 2 }]);
    },
  },
  {
    name: 'a field may be used for the first time late in a batch, after rows were updated',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }, { email: 'b@b.c' }], { fields: [EMAIL] }));
      await subject.store.transaction(ALPHA, async (transaction) => {
        await transaction.definePersons([EMAIL, FIRST_NAME, SCORE]);
        await transaction.upsertPersons(personRun([{ email: 'A@b.c' }], { fields: [EMAIL] }));
        await transaction.upsertPersons(personRun([{ email: 'b@b.c', leadScore: 1 }], { fields: [EMAIL, SCORE] }));
        await transaction.upsertPersons(
          personRun([{ email: 'a@b.c', firstName: 'Ann' }], { fields: [EMAIL, FIRST_NAME] }),
        );
      });
      const rows = valuesOf(await persons(subject));
      assert.deepEqual(rows, [
        { email: 'a@b.c', firstName: 'Ann' },
        { email: 'b@b.c', leadScore: 1 },
      ]);
    },
  },
  {
    name: 'a value of every type comes back as it went in',
    check: async (subject) => {
      const fields = DATA_TYPES.map((type) => field(`a ${type}`, type));
      const key = field('n', 'integer');
      const rowCount = Math.max(...Object.values(EXTREMES).map(({ length }) => length));
      const objects = Array.from({ length: rowCount }, (_, n) => {
        const present = fields.flatMap(({ name, dataType }) => {
          const value = EXTREMES[dataType][n];
          return value === undefined ? [] : [[name, value] as const];
        });
        return { n, ...Object.fromEntries(present) };
      });
      const run = { fields: [key, ...fields], matchBy: [{ field: key, ignoreCase: false }] };
      await upsertPersons(subject, personRun(objects, run));
      assert.deepEqual(valuesOf(await persons(subject)), objects);
    },
  },
  {
    name: 'fields of odd names, and 512 of them',
    check: async (subject) => {
      const odd = [
        'a"b',
        `it's`,
        '日本語',
        'select',
        'constructor',
        'x y',
        'ñ',
        '--',
        'pos',
        'stage',
        'value0',
        'old_row',
        'key0',
      ];
      const many = Array.from({ length: 512 - odd.length }, (_, n) => `field${n}`);
      const fields: FieldDefinition[] = [...odd, ...many].map((name) => field(name));
      const object = Object.fromEntries([...odd, ...many].map((name) => [name, `value of ${name}`]));
      await upsertPersons(subject, personRun([{ ...object, email: 'a@b.c' }], { fields: [EMAIL, ...fields] }));
      await upsertPersons(subject, personRun([{ email: 'a@b.c', 'a"b': 'new' }], { fields: [EMAIL, field('a"b')] }));
      assert.deepEqual(valuesOf(await persons(subject)), [{ ...object, 'a"b': 'new', email: 'a@b.c' }]);
    },
  },
  {
    name: 'workspaces are walls',
    check: async (subject) => {
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      await subject.store.checkpoint(BETA);
      assert.deepEqual(await subject.objects(BETA, 'persons'), []);
      assert.equal((await subject.store.eventTables(BETA)).size, 0);
    },
  },
];
