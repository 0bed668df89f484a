/** Custom objects: how they are found, and what each must and must not carry. */
import assert from 'node:assert/strict';
import { refuses } from './refusals.ts';
import { customObjects, persons, reads, send } from './world.ts';
import type { Decision, World } from './world.ts';

const BY_GUID = { dedupeBy: 'marketoGUID' };

async function notesGuid(world: World): Promise<void> {
  const query = world.ownText("select marketoGUID from orders where shop = 'row-1'");
  const [[guid] = []] = await world.workspace.sql(query);
  assert.match(String(guid), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  world.notes.set('guid', String(guid));
}

const BODIES: readonly Decision[] = [
  {
    says: 'The documentation’s own example; types and fields match without regard to case, in the URL too',
    shows: [
      persons([{ email: 'brooklyn@row' }, { email: 'johnny@row' }], { created: 2 }),
      customObjects(
        'PURCHASES',
        [
          { email: 'brooklyn@row', vin: 'row-1', make: 'BMW', model: '3-Series 330i', year: 2003 },
          { EMAIL: 'johnny@row', Vin: 'row-2', MAKE: 'BMW', model: '3-Series 325i', year: 1989 },
        ],
        { created: 2, members: { dedupeBy: 'dedupeFields', priority: 'high' } },
      ),
      customObjects('purchases', [{ vin: 'row-2', year: 1990 }], { updated: 1 }),
      reads('select vin, make, model, "year" from purchases where vin like \'row-%\' order by vin', [
        ['row-1', 'BMW', '3-Series 330i', 2003],
        ['row-2', 'BMW', '3-Series 325i', 1990],
      ]),
      async ({ workspace, notes }) => {
        const { type, kind } = await workspace.decided(String(notes.get('request')));
        assert.deepEqual([type, kind], ['purchases', 'customObject']);
      },
    ],
  },
  {
    says: 'Defaults normal, dedupeFields; null for an optional member counts as absent',
    shows: [
      customObjects('orders', [{ shop: 'row-1', number: 1 }], {
        created: 1,
        members: { priority: null, dedupeBy: null },
      }),
      async ({ workspace, notes }) => {
        assert.equal((await workspace.decided(String(notes.get('request')))).priority, 'normal');
      },
    ],
  },
];

const FINDING: readonly Decision[] = [
  {
    says: 'The type’s dedupe fields (1 to 3) must be in each object (1002)',
    shows: [
      customObjects(
        'orders',
        [{ shop: 'row-1' }, { number: 1 }, { shop: '', number: 1 }, { shop: 'row-1', number: null }],
        {
          failed: [
            [0, '1002', "Missing value for the required parameter 'number'"],
            [1, '1002', "Missing value for the required parameter 'shop'"],
            [2, '1002', "Missing value for the required parameter 'shop'"],
            [3, '1002', "Missing value for the required parameter 'number'"],
          ],
        },
      ),
      customObjects(
        'visits',
        [
          { shop: 'row-1', day: '2026-11-23', till: 1 },
          { shop: 'row-1', day: '2026-11-23' },
        ],
        {
          created: 1,
          failed: [[1, '1002', "Missing value for the required parameter 'till'"]],
        },
      ),
    ],
  },
  {
    says: 'All of them find an object, exactly',
    shows: [
      customObjects(
        'orders',
        [
          { shop: 'row-a', number: 1 },
          { shop: 'row-a', number: 2 },
          { shop: 'row-A', number: 1 },
        ],
        { created: 3 },
      ),
      customObjects('orders', [{ shop: 'row-a', number: '1', total: 1.5 }], { updated: 1 }),
      reads("select count(*), count(total) from orders where lower(shop) = 'row-a'", [[3, 1]]),
    ],
  },
  {
    says: 'With marketoGUID the object must carry it and nothing is created (1013 when unknown)',
    shows: [
      customObjects('orders', [{ shop: 'row-1', number: 1 }], { created: 1 }),
      notesGuid,
      customObjects(
        'orders',
        [{ marketoGUID: '{guid}', total: 9 }, { marketoGUID: 'b2c1c1f6-0000-4000-8000-000000000000' }, { total: 1 }],
        {
          updated: 1,
          failed: [
            [1, '1013', 'Object not found'],
            [2, '1002', "Missing value for the required parameter 'marketoGUID'"],
          ],
          members: BY_GUID,
        },
      ),
      reads("select total from orders where shop = 'row-1'", [[9]]),
      reads("select count(*) from orders where total = 1 and shop like 'row-%'", [[0]]),
    ],
  },
  {
    says: 'With dedupeFields it must not (1011)',
    shows: [
      customObjects('orders', [{ marketoGUID: 'x', shop: 'row-1', number: 1 }], {
        failed: [[0, '1011', "Field 'marketoGUID' is not allowed when dedupeBy is 'dedupeFields'"]],
      }),
    ],
  },
  {
    says: 'Two objects in one request with the same key: applied in order',
    shows: [
      customObjects(
        'orders',
        [
          { shop: 'row-1', number: 1, total: 1, note: 'kept' },
          { shop: 'row-1', number: 1, total: 2 },
        ],
        { created: 1, updated: 1 },
      ),
      reads("select total, note from orders where shop = 'row-1'", [[2, 'kept']]),
    ],
  },
  {
    says: 'Unknown field 1006, invalid value 1003, read-only field 1011; null and "" clear; a neighbour is not harmed',
    shows: [
      customObjects(
        'orders',
        [
          { shop: 'row-1', number: 1, total: 1, note: 'n' },
          { shop: 'row-2', number: 1, colour: 'red' },
          { shop: 'row-3', number: 1.5 },
          { shop: 'row-4', number: 1, createdAt: '2020-01-01T00:00:00Z' },
        ],
        {
          created: 1,
          failed: [
            [1, '1006', "Field 'colour' not found"],
            [2, '1003', "Invalid value for field 'number' and value '1.5'"],
            [3, '1011', "Field 'createdAt' not supported"],
          ],
        },
      ),
      customObjects('orders', [{ shop: 'row-1', number: 1, total: null, note: '' }], { updated: 1 }),
      reads("select total, note from orders where shop like 'row-%'", [[null, null]]),
    ],
  },
  {
    says: 'Adding fields later is allowed, and they are there for later objects',
    shows: [
      async ({ workspace }) => {
        const type = await workspace.administer<{ fields: object[]; dedupeFields: string[] }>(
          'GET',
          '/custom-objects/visits',
        );
        const fields = [...type.fields, { name: 'purpose', dataType: 'string' }];
        await workspace.administer('PUT', '/custom-objects/visits', { fields, dedupeFields: type.dedupeFields });
      },
      customObjects('visits', [{ shop: 'row-1', day: '2026-11-23', till: 1, purpose: 'p' }], { created: 1 }),
      reads("select purpose from visits where shop = 'row-1'", [['p']]),
    ],
  },
  {
    says: '`persons` is refused as a custom object type; dedupeBy knows two words',
    shows: [
      refuses('4000802', { path: 'customobjects/orders', body: { dedupeBy: 'shop', customObjects: [{ shop: '1' }] } }),
      async ({ workspace }) => {
        const body = { fields: [{ name: 'a', dataType: 'string' }], dedupeFields: ['a'] };
        assert.equal((await workspace.admin('PUT', '/custom-objects/Persons', body)).status, 409);
      },
      send('customobjects/%6Frders', { customObjects: [{ shop: 'row-1', number: 1 }] }, { created: 1 }),
    ],
  },
];

export const CUSTOM_OBJECTS: readonly Decision[] = [...BODIES, ...FINDING];
