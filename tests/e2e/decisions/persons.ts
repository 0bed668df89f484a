/** Persons: the body's members, and the fields of objects. */
import assert from 'node:assert/strict';
import { refuses } from './refusals.ts';
import { persons, reads } from './world.ts';
import type { Decision } from './world.ts';

const BY_NAME = { dedupeFields: { field1: 'email', field2: 'firstName' } };

function by(field1: string): { dedupeFields: { field1: string } } {
  return { dedupeFields: { field1 } };
}

const BODIES: readonly Decision[] = [
  {
    says: 'Defaults normal, Default (every workspace has that partition), email; null for an optional member counts as absent',
    shows: [
      persons([{ email: 'a@row' }], { created: 1 }),
      persons(
        [{ email: 'a@row', lastName: 'L' }],
        { updated: 1 },
        { priority: null, partitionName: null, dedupeFields: null },
      ),
      persons([{ email: 'a@row' }], { updated: 1 }, { priority: 'normal', partitionName: 'Default', ...by('email') }),
      persons([{ email: 'a@row' }], { updated: 1 }, { dedupeFields: { field1: null, field2: null } }),
      reads("select partitionName, lastName from persons where email = 'a@row'", [['Default', 'L']]),
      async ({ workspace, notes }) => {
        const { priority } = await workspace.decided(String(notes.get('request')));
        assert.equal(priority, 'normal');
      },
    ],
  },
  {
    says: 'Values are case-sensitive',
    shows: [
      refuses('4000802', { body: { priority: 'HIGH', persons: [{ email: 'a@row' }] } }),
      persons([{ email: 'a@row' }], { created: 1 }, { partitionName: 'row-P' }),
      persons([{ email: 'a@row' }], { created: 1 }, { partitionName: 'row-p' }),
    ],
  },
  {
    says: 'A partition that does not exist yet is created by its first request: the documentation’s own example works at once',
    shows: [
      persons(
        [
          { email: 'brooklyn@row', firstName: 'Brooklyn', lastName: 'Parker', company: 'Karnv' },
          { email: 'johnny@row', firstName: 'Johnny', lastName: 'Neal', company: 'Acme Inc' },
        ],
        { created: 2 },
        { priority: 'high', partitionName: 'row-EMEA', ...BY_NAME },
      ),
      reads("select firstName, company, partitionName from persons where email like '%@row' order by id", [
        ['Brooklyn', 'Karnv', 'row-EMEA'],
        ['Johnny', 'Acme Inc', 'row-EMEA'],
      ]),
    ],
  },
];

const FIELDS: readonly Decision[] = [
  {
    says: 'Fields: the 90 standard fields of section 4.2, the four sfdc ids, plus the workspace’s own',
    shows: [
      async ({ workspace }) => {
        const path = '/person-fields?limit=1000';
        const { items } = await workspace.administer<{ items: { name: string; custom: boolean }[] }>('GET', path);
        const standard = items.filter(({ custom }) => !custom).map(({ name }) => name);
        assert.equal(standard.length, 94);
        for (const id of ['Account', 'Contact', 'Lead', 'LeadOwner']) assert.ok(standard.includes(`sfdc${id}Id`));
      },
      persons([{ email: 'a@row', sfdcLeadId: 'L', unsubscribedReason: 'x'.repeat(2000), anInteger: 7 }], {
        created: 1,
      }),
      reads("select sfdcLeadId, length(unsubscribedReason), anInteger from persons where email = 'a@row'", [
        ['L', 2000, 7],
      ]),
    ],
  },
  {
    says: 'Field names match without regard to case; they are stored and shown in their declared spelling',
    shows: [
      persons([{ EMAIL: 'a@row', firstNAME: 'Ada', ANINTEGER: 3 }], { created: 1 }),
      persons([{ email: 'a@row', LASTNAME: 'L' }], { updated: 1 }, by('Email')),
      reads("select firstName, lastName, anInteger from persons where email = 'a@row'", [['Ada', 'L', 3]]),
      async (world) => {
        const query = world.ownText("select * from persons where email = 'a@row'");
        const { text } = await world.workspace.sqlAnswer(query);
        const { columns } = JSON.parse(text) as { columns: { name: string }[] };
        const names = columns.map(({ name }) => name);
        assert.ok(names.includes('firstName') && names.includes('anInteger') && !names.includes('ANINTEGER'));
      },
    ],
  },
  {
    says: 'Unknown field: 1006 Field x not found',
    shows: [
      persons([{ email: 'a@row', shoeSize: 43 }, { email: 'b@row' }], {
        created: 1,
        failed: [[0, '1006', "Field 'shoeSize' not found"]],
      }),
    ],
  },
  {
    says: 'id in an object without being a dedupe attribute, and every other read-only field: fails, 1011',
    shows: [
      persons(
        [
          { email: 'a@row', id: 1 },
          { email: 'b@row', createdAt: '2020-01-01T00:00:00Z' },
          { email: 'c@row', mktoName: 'N' },
        ],
        {
          failed: [
            [0, '1011', "Field 'id' not supported"],
            [1, '1011', "Field 'createdAt' not supported"],
            [2, '1011', "Field 'mktoName' not supported"],
          ],
        },
      ),
    ],
  },
  {
    says: 'Absent member: unchanged. null or "": cleared (a boolean reads back as false)',
    shows: [
      persons(
        [
          {
            email: 'a@row',
            firstName: 'F',
            lastName: 'L',
            title: 'T',
            anInteger: 5,
            aBoolean: true,
            unsubscribed: true,
          },
        ],
        { created: 1 },
      ),
      persons([{ email: 'a@row', lastName: null, title: '', anInteger: null, aBoolean: null, unsubscribed: '' }], {
        updated: 1,
      }),
      reads("select firstName, lastName, title, anInteger, aBoolean, unsubscribed from persons where email = 'a@row'", [
        ['F', null, null, null, false, false],
      ]),
    ],
  },
];

export const PERSONS: readonly Decision[] = [...BODIES, ...FIELDS];
