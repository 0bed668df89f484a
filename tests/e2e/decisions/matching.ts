/** Persons: which attributes find them, and in which partition. */
import assert from 'node:assert/strict';
import { persons, reads } from './world.ts';
import type { Decision } from './world.ts';

const BY_NAME = { dedupeFields: { field1: 'email', field2: 'firstName' } };

function by(field1: string): { dedupeFields: { field1: string } } {
  return { dedupeFields: { field1 } };
}

export const MATCHING: readonly Decision[] = [
  {
    says: 'Dedupe attributes: id; id that does not exist: fails, 1004',
    shows: [
      persons([{ email: 'a@row' }], { created: 1 }),
      async (world) => {
        const [[id] = []] = await world.workspace.sql(world.ownText("select id from persons where email = 'a@row'"));
        world.notes.set('id', String(id));
      },
      persons(
        '[{"id":{id},"firstName":"by id"},{"id":"{id}","lastName":"by text"},{"id":987654321,"firstName":"nobody"}]',
        {
          updated: 2,
          failed: [[2, '1004', 'Lead not found']],
        },
        by('id'),
      ),
      reads("select firstName, lastName from persons where email = 'a@row'", [['by id', 'by text']]),
    ],
  },
  {
    says: 'Dedupe attributes: sfdcAccountId, sfdcContactId, sfdcLeadId, sfdcLeadOwnerId',
    shows: ['sfdcAccountId', 'sfdcContactId', 'sfdcLeadId', 'sfdcLeadOwnerId'].flatMap((name) => [
      persons([{ [name]: `row-${name}`, firstName: 'one' }], { created: 1 }, by(name)),
      persons([{ [name]: `row-${name}`, firstName: 'two' }], { updated: 1 }, by(name)),
      reads(`select firstName from persons where ${name} = 'row-${name}'`, [['two']]),
    ]),
  },
  {
    says: 'Dedupe attributes: custom attributes of type string or integer, any standard string or email field',
    shows: [
      persons([{ aString: 'row-k' }, { aString: 'row-k' }], { created: 1, updated: 1 }, by('aString')),
      persons([{ anInteger: 770_001 }, { anInteger: '770001' }], { created: 1, updated: 1 }, by('anInteger')),
      persons([{ company: 'row-c' }, { company: 'row-c' }], { created: 1, updated: 1 }, by('company')),
    ],
  },
  {
    says: 'Two combine with AND',
    shows: [
      persons(
        [
          { email: 'a@row', firstName: 'Ann' },
          { email: 'a@row', firstName: 'Bob' },
        ],
        { created: 2 },
        BY_NAME,
      ),
      persons([{ email: 'a@row', firstName: 'Bob', lastName: 'B' }], { updated: 1 }, BY_NAME),
      reads("select firstName, lastName from persons where email = 'a@row' order by id", [
        ['Ann', null],
        ['Bob', 'B'],
      ]),
    ],
  },
  {
    says: 'A person matches within its partition; a person that exists only in another partition is another person',
    shows: [
      persons([{ email: 'a@row', firstName: 'here' }], { created: 1 }),
      persons([{ email: 'a@row', firstName: 'there' }], { created: 1 }, { partitionName: 'row-p' }),
      persons([{ email: 'a@row', firstName: 'changed' }], { updated: 1 }, { partitionName: 'row-p' }),
      reads("select partitionName, firstName from persons where email = 'a@row' order by id", [
        ['Default', 'here'],
        ['row-p', 'changed'],
      ]),
    ],
  },
  {
    says: 'Matching of email ignores case; of everything else it is exact',
    shows: [
      persons([{ email: 'Ada@row' }], { created: 1 }),
      persons([{ email: 'ADA@row', firstName: 'f' }], { updated: 1 }),
      persons([{ aString: 'row-Key' }, { aString: 'row-key' }, { aString: 'row-key ' }], { created: 3 }, by('aString')),
      reads("select count(*) from persons where lower(email) = 'ada@row'", [[1]]),
    ],
  },
  {
    says: 'Several matches: fails with 1007',
    shows: [
      persons(
        [
          { email: 'a@row', firstName: 'Ann' },
          { email: 'a@row', firstName: 'Bob' },
        ],
        { created: 2 },
        BY_NAME,
      ),
      persons([{ email: 'a@row', lastName: 'X' }, { email: 'b@row' }], {
        created: 1,
        failed: [[0, '1007', 'Multiple lead match lookup criteria']],
      }),
      reads("select count(lastName) from persons where email = 'a@row'", [[0]]),
    ],
  },
  {
    says: 'A dedupe value that is missing, null or empty: the object fails, 1002',
    shows: [
      persons([{ firstName: 'x' }, { email: null }, { email: '' }], {
        failed: [0, 1, 2].map((index) => [index, '1002', "Missing value for the required parameter 'email'"] as const),
      }),
      persons(
        [{ email: 'a@row' }],
        { failed: [[0, '1002', "Missing value for the required parameter 'firstName'"]] },
        BY_NAME,
      ),
    ],
  },
  {
    says: 'The same person several times in one request: applied in order',
    shows: [
      persons(
        [
          { email: 'a@row', firstName: '1', lastName: 'kept' },
          { email: 'b@row' },
          { email: 'A@row', firstName: '2' },
          { email: 'a@row', aFloat: 1 },
        ],
        { created: 2, updated: 2 },
      ),
      reads("select firstName, lastName, aFloat from persons where lower(email) = 'a@row'", [['2', 'kept', 1]]),
    ],
  },
  {
    says: 'Concurrent requests never create a duplicate',
    shows: [
      async (world) => {
        const requests = Array.from({ length: 40 }, (_, n) => ({
          priority: n % 2 === 0 ? 'high' : 'normal',
          persons: [{ email: 'race@row', leadScore: n }, { email: `race${n % 4}@row` }],
        }));
        const ids = await Promise.all(requests.map((request) => world.accept('persons', request)));
        const sums = { created: 0, updated: 0 };
        for (const id of ids) {
          const { objects } = await world.workspace.decided(id);
          sums.created += objects.created;
          sums.updated += objects.updated;
        }
        assert.deepEqual(sums, { created: 5, updated: 75 });
      },
      reads("select count(*) from persons where email like 'race%@row'", [[5]]),
    ],
  },
];
