/** Links: custom objects that name a person, and wait for one that does not exist. */
import assert from 'node:assert/strict';
import { customObjects, eventually, persons, reads, remember } from './world.ts';
import type { Decision, World } from './world.ts';

interface Waiting {
  readonly state: string;
  readonly acceptedAt: string;
  readonly retries: readonly {
    readonly index: number;
    readonly reason: string;
    readonly code: string;
    readonly message: string;
    readonly attempts: number;
    readonly nextAttemptAt?: string;
  }[];
}

/** What the request that was sent last says of its objects that wait. */
async function waitingOf({ workspace, notes }: World): Promise<Waiting> {
  return (await workspace.decided(String(notes.get('request')))) as unknown as Waiting;
}

const FIRST_WAIT_MS = 300_000;

/** With the usual schedule, whose first retry no test lives to see. */
export const LINKS: readonly Decision[] = [
  {
    says: 'A link field that names a person: the object is applied; email is compared without regard to case',
    shows: [
      persons([{ email: 'Ada@row' }], { created: 1 }),
      customObjects(
        'purchases',
        [
          { vin: 'row-1', email: 'ada@row' },
          { vin: 'row-2', email: 'ADA@row' },
        ],
        { created: 2 },
      ),
    ],
  },
  {
    says: 'When the object names a person that does not exist, it is retried on the schedule (5, 30, 30 minutes)',
    shows: [
      customObjects('purchases', [{ vin: 'row-1', email: 'nobody@row' }], { pending: 1 }),
      async (world) => {
        const { state, retries, acceptedAt } = await waitingOf(world);
        const [{ nextAttemptAt = '', ...first } = { nextAttemptAt: '' }] = retries;
        assert.equal(state, 'retrying');
        const { index, reason, code, message, attempts } = first as Waiting['retries'][number];
        assert.deepEqual([index, reason, code, message, attempts], [0, 'no-person', '1004', 'Lead not found', 1]);
        assert.ok(Date.parse(nextAttemptAt) - Date.parse(acceptedAt) >= FIRST_WAIT_MS, nextAttemptAt);
      },
      reads("select count(*) from purchases where vin = 'row-1'", [[0]]),
    ],
  },
  {
    says: 'If the person appears in time the object is applied, at once when the person is created',
    shows: [
      customObjects('purchases', [{ vin: 'row-1', email: 'late@row', make: 'BMW' }], { pending: 1 }),
      remember('purchase'),
      persons([{ email: 'Late@row' }], { created: 1 }),
      eventually({ created: 1 }, 'purchase'),
      reads("select make from purchases where vin = 'row-1'", [['BMW']]),
    ],
  },
  {
    says: 'An object waiting for its person does not hold up others',
    shows: [
      customObjects('purchases', [{ vin: 'row-1', email: 'nobody@row' }, { vin: 'row-2' }], { created: 1, pending: 1 }),
      customObjects('purchases', [{ vin: 'row-2', make: 'Opel' }, { vin: 'row-3' }], { created: 1, updated: 1 }),
      reads("select vin, make from purchases where vin like 'row-%' order by vin", [
        ['row-2', 'Opel'],
        ['row-3', null],
      ]),
    ],
  },
  {
    says: 'A later version of the same object does not overtake it',
    shows: [
      customObjects('purchases', [{ vin: 'row-1', email: 'late@row', make: 'first', model: 'kept' }], { pending: 1 }),
      remember('first'),
      customObjects('purchases', [{ vin: 'row-1', make: 'second' }], { pending: 1 }),
      remember('second'),
      async (world) => {
        const [second] = (await waitingOf(world)).retries;
        assert.deepEqual([second?.reason, second?.nextAttemptAt], ['behind', undefined]);
      },
      persons([{ email: 'late@row' }], { created: 1 }),
      eventually({ created: 1 }, 'first'),
      eventually({ updated: 1 }, 'second'),
      reads("select make, model from purchases where vin = 'row-1'", [['second', 'kept']]),
    ],
  },
  {
    says: 'A caller can end a wait (POST W/requests/{id}/cancel-waiting)',
    shows: [
      customObjects('purchases', [{ vin: 'row-1', email: 'nobody@row' }, { vin: 'row-2' }], { created: 1, pending: 1 }),
      async ({ workspace, notes }) => {
        const path = `/requests/${notes.get('request')}/cancel-waiting`;
        assert.equal((await workspace.administer<{ ended: number }>('POST', path)).ended, 1);
      },
      eventually({ created: 1, failed: [[0, '1004', 'Lead not found; the wait was ended by an operator']] }),
    ],
  },
  {
    says: 'A person in any partition satisfies a link',
    shows: [
      persons([{ email: 'there@row' }], { created: 1 }, { partitionName: 'row-p' }),
      customObjects('purchases', [{ vin: 'row-1', email: 'there@row' }], { created: 1 }),
    ],
  },
  {
    says: 'A link that is null or absent is no link',
    shows: [
      customObjects('purchases', [{ vin: 'row-1', email: null }, { vin: 'row-2', email: '' }, { vin: 'row-3' }], {
        created: 3,
      }),
    ],
  },
];

async function readsAttempts({ workspace, notes }: World): Promise<void> {
  const path = `/quarantine?requestId=${notes.get('request')}`;
  const { items } = await workspace.administer<{ items: { attempts: number; code: string }[] }>('GET', path);
  assert.deepEqual(
    items.map(({ code, attempts }) => [code, attempts]),
    [['1004', 4]],
  );
}

/** With waits of a second. */
export const RETRIES: readonly Decision[] = [
  {
    says: 'It is retried three times, else it fails with 1004',
    shows: [
      customObjects('purchases', [{ vin: 'row-2' }], { created: 1 }),
      async (world) => {
        const body = {
          customObjects: [
            { vin: 'row-1', email: 'nobody@row' },
            { vin: 'row-2', make: 'Opel' },
          ],
        };
        world.notes.set('request', await world.accept('customobjects/purchases', body));
      },
      eventually({ updated: 1, failed: [[0, '1004', 'Lead not found']] }),
      readsAttempts,
      reads("select vin from purchases where vin like 'row-%'", [['row-2']]),
    ],
  },
  {
    says: 'What failed can be replayed after the cause is mended',
    shows: [
      async (world) => {
        const body = { customObjects: [{ vin: 'row-1', email: 'late@row' }] };
        world.notes.set('request', await world.accept('customobjects/purchases', body));
      },
      eventually({ failed: [[0, '1004']] }),
      persons([{ email: 'late@row' }], { created: 1 }),
      async ({ workspace }) => {
        const call = { filter: { kind: 'customObject', code: '1004', type: 'purchases' } };
        const path = '/quarantine/replay';
        const { requests } = await workspace.administer<{ requests: { requestId: string }[] }>('POST', path, call);
        for (const { requestId } of requests) await workspace.decided(requestId);
      },
      reads("select count(*) from purchases where vin = 'row-1'", [[1]]),
    ],
  },
];
