/** What options decide otherwise: partitions, several matches, unknown fields, the lifetime of tokens. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts, assertRefused, refuses, sendWrong } from './refusals.ts';
import { administers, customObjects, persons, reads } from './world.ts';
import type { Decision, World } from './world.ts';

async function fieldsOf(world: World, prefix: string): Promise<readonly string[]> {
  const path = '/person-fields?limit=1000';
  const { items } = await world.workspace.administer<{ items: { name: string; dataType: string; length?: number }[] }>(
    'GET',
    path,
  );
  const own = items.filter(({ name }) => name.startsWith(prefix));
  return own.map(({ name, dataType, length = '' }) => `${name} ${dataType} ${length}`.trim());
}

/** With `--create-partitions false`, `--multiple-matches update-most-recent` and `--unknown-fields add`. */
export const OPTIONS: readonly Decision[] = [
  {
    says: '9: a partition that is unknown while --create-partitions is off → 400 4000802; Default exists always',
    shows: [
      refuses('4000802', { body: { partitionName: 'row-p', persons: [{ email: 'a@row' }] } }),
      accepts({ body: { partitionName: 'Default', persons: [{ email: 'a@row' }] } }),
      administers('POST', '/partitions', { name: 'row-p' }),
      persons([{ email: 'a@row' }], { created: 1 }, { partitionName: 'row-p' }),
    ],
  },
  {
    says: 'Several matches: fails with 1007 unless --multiple-matches update-most-recent',
    shows: [
      persons(
        [
          { email: 'a@row', firstName: 'Ann' },
          { email: 'a@row', firstName: 'Bob' },
        ],
        { created: 2 },
        {
          dedupeFields: { field1: 'email', field2: 'firstName' },
        },
      ),
      // Moments are kept to the second, and Ann is to be the later one.
      () => sleep(1100),
      persons(
        [{ email: 'a@row', firstName: 'Ann', title: 'T' }],
        { updated: 1 },
        {
          dedupeFields: { field1: 'email', field2: 'firstName' },
        },
      ),
      persons([{ email: 'a@row', lastName: 'L' }], { updated: 1 }),
      reads("select firstName, lastName from persons where email = 'a@row' order by firstName", [
        ['Ann', 'L'],
        ['Bob', null],
      ]),
    ],
  },
  {
    says: 'Unknown field: created with an inferred type, by --unknown-fields',
    shows: [
      persons(
        `[{"email":"a@row","made_text":"x","made_long":"${'x'.repeat(256)}","made_integer":5,"made_float":5.5,"made_boolean":true,"made_date":"2020-08-30"}]`,
        { created: 1 },
      ),
      async (world) => {
        assert.deepEqual(await fieldsOf(world, 'made_'), [
          'made_boolean boolean',
          'made_date string 255',
          'made_float float',
          'made_integer integer',
          'made_long text 30000',
          'made_text string 255',
        ]);
      },
      reads(
        "select made_text, length(made_long), made_integer, made_float, made_boolean, made_date from persons where email = 'a@row'",
        [['x', 256, 5, 5.5, true, '2020-08-30']],
      ),
    ],
  },
  {
    says: 'The first value makes the field, and a later one is judged by it',
    shows: [
      persons(
        [
          { email: 'a@row', first_size: 43 },
          { email: 'b@row', first_size: 'large' },
        ],
        {
          created: 1,
          failed: [[1, '1003', "Invalid value for field 'first_size' and value 'large'"]],
        },
      ),
      persons([{ email: 'c@row', FIRST_SIZE: 43.5 }], {
        failed: [[0, '1003', "Invalid value for field 'first_size' and value '43.5'"]],
      }),
      persons(
        [
          { email: 'd@row', wide_size: 43 },
          { email: 'e@row', wide_size: 43.5 },
        ],
        { created: 2 },
      ),
    ],
  },
  {
    says: 'Of concurrent requests that bring one field with different types the first makes it; nothing is dropped',
    shows: [
      async (world) => {
        const values = [1, 'x', true, 2.5, 'y', 3, false, 'z'];
        const ids = await Promise.all(
          values.map((value, n) => world.accept('persons', { persons: [{ email: `c${n}@row`, raced: value }] })),
        );
        for (const [n, id] of ids.entries()) {
          const { objects, failures } = await world.workspace.decided(id);
          assert.equal(objects.created + objects.failed, 1);
          if (objects.failed === 1) assert.equal(failures[0]?.code, '1003', String(values[n]));
        }
        assert.equal((await fieldsOf(world, 'raced')).length, 1);
      },
      async (world) => {
        const query = world.ownText("select count(*) - count(raced) from persons where email like 'c%@row'");
        assert.deepEqual(await world.workspace.sql(query), [[0]], 'each that was created has its value');
      },
    ],
  },
  {
    says: 'Null, "", arrays and objects infer nothing, and no field has a bad name: the object fails with 1006',
    shows: [
      persons(
        [
          { email: 'a@row', never: null },
          { email: 'b@row', never: '' },
          { email: 'c@row', never: [1] },
          { email: 'd@row', never: { a: 1 } },
          { email: 'e@row', 'first name': 'x' },
          { email: 'f@row', rowid: 1 },
          { email: 'g@row' },
        ],
        {
          created: 1,
          failed: [
            ...[0, 1, 2, 3].map((index) => [index, '1006', "Field 'never' not found"] as const),
            [4, '1006', "Field 'first name' not found"],
            [5, '1006', "Field 'rowid' not found"],
          ],
        },
      ),
      async (world) => assert.deepEqual(await fieldsOf(world, 'never'), []),
    ],
  },
  {
    says: 'Custom objects: the same; a field that was made holds null and other values from then on',
    shows: [
      customObjects(
        'orders',
        [
          { shop: 'row-1', number: 1, made: 'x' },
          { shop: 'row-2', number: 1, made: null },
          { shop: 'row-3', number: 1, made: 5 },
        ],
        {
          created: 2,
          failed: [[2, '1003', "Invalid value for field 'made' and value '5'"]],
        },
      ),
      reads("select shop, made from orders where shop like 'row-%' order by shop", [
        ['row-1', 'x'],
        ['row-2', null],
      ]),
    ],
  },
];

/** With `--token-lifetime 1s`. */
export const SHORT_TOKENS: readonly Decision[] = [
  {
    says: '4: token expired → 401 401013; lives 3,600 s (an option, for tests)',
    shows: [
      async (world) => {
        const headers = { 'X-Mkto-User-Token': await world.workspace.tokenOf(world.workspace.credentials) };
        let answer = await sendWrong(world, { headers });
        for (const deadline = Date.now() + 60_000; answer.status === 202 && Date.now() < deadline;) {
          await sleep(100);
          answer = await sendWrong(world, { headers });
        }
        assertRefused(answer, '401013');
        const fresh = await world.workspace.tokenOf(world.workspace.credentials);
        assert.notEqual(fresh, headers['X-Mkto-User-Token']);
      },
    ],
  },
];
