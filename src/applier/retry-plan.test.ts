import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { personFieldsWith } from '#model/definition-changes.ts';
import type { Workspace } from '#model/definitions.ts';
import type { CustomObjectType } from '#model/field.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import { planRetries } from './retry-plan.ts';
import type { RetryPlan } from './retry-plan.ts';

const CARS: CustomObjectType = {
  apiName: 'cars',
  displayName: 'Cars',
  fields: [
    { name: 'vin', displayName: 'VIN', dataType: 'string' },
    { name: 'owner', displayName: 'Owner', dataType: 'string' },
  ],
  dedupeFields: ['vin'],
  link: { field: 'owner', personField: 'email' },
};

const WORKSPACE: Workspace = {
  munchkinId: '123-ABC-456' as MunchkinId,
  createdAt: 0,
  partitions: new Set(['Default']),
  personFields: personFieldsWith([]),
  customObjects: new Map([['cars', CARS]]),
  customObjectDrafts: new Map(),
};

function waitingCar(order: number, object: object, dedupeBy: 'dedupeFields' | 'marketoGUID' = 'dedupeFields') {
  return {
    order,
    requestId: '01900000-0000-7000-8000-000000000001' as RequestId,
    index: order,
    kind: 'customObject',
    type: 'cars',
    settings: { kind: 'customObject', apiName: 'cars', dedupeBy },
    object: JSON.stringify(object),
    keyText: '{}',
    acceptedAt: 0,
    reason: 'transient',
    code: '503',
    message: 'Service unavailable',
    attempts: 1,
    nextAttemptAt: 0,
  } as const satisfies WaitingObject;
}

function planned(objects: readonly WaitingObject[], wholeUpTo = Infinity): RetryPlan {
  const onFault = (error: unknown): never => assert.fail(String(error));
  return planRetries({ objects, wholeUpTo }, { workspace: WORKSPACE, now: 1_000, onFault });
}

/** The orders of the objects in each row, by run of the store. */
function ordersOf(plan: RetryPlan): number[][][] {
  return [...(plan.customObjectRuns.get('cars') ?? [])].flatMap(({ builder, slots, slotRows }) =>
    builder.finish().map(({ rows }, run) =>
      rows.map((_, place) =>
        slots
          .filter((_, slot) => {
            const row = slotRows[slot] as number;
            return builder.runOf(row) === run && builder.placeOf(row) === place;
          })
          .map(({ order }) => order),
      ),
    ),
  );
}

suite('the plan of a batch of retries (docs/specs/retries.md)', () => {
  test('R15: versions are one row when none between them can be missing', () => {
    const [first, second, other] = [
      waitingCar(1, { vin: 'A' }),
      waitingCar(9, { vin: 'A' }),
      waitingCar(4, { vin: 'B' }),
    ];
    assert.deepEqual(ordersOf(planned([first, other, second], 9)), [[[1, 9], [4]]]);
    assert.deepEqual(ordersOf(planned([first, other, second], 8)), [[[1], [4]], [[9]]]);
  });

  test('law 4: objects that match by other fields come in runs of their own, in the order in which they wait', () => {
    const guid = { marketoGUID: 'g', owner: 'a@b.co' };
    const objects = [waitingCar(1, { vin: 'A' }), waitingCar(2, guid, 'marketoGUID'), waitingCar(3, { vin: 'B' })];
    assert.deepEqual(ordersOf(planned(objects)), [[[1]], [[2]], [[3]]]);
  });

  test('law 6: it takes no more than so many runs, and leaves the rest for the next batch', () => {
    const objects = Array.from({ length: 200 }, (_, i) =>
      i % 2 ? waitingCar(i, { marketoGUID: 'g' }, 'marketoGUID') : waitingCar(i, { vin: 'A' }),
    );
    const orders = ordersOf(planned(objects)).flat(2);
    assert.ok(orders.length > 10 && orders.length < 200);
    assert.deepEqual(orders, [...orders.keys()]);
  });

  test('R16: what cannot be tried any more is named with its reason', () => {
    const { type: _, ...gone } = waitingCar(1, {});
    const objects = [
      { ...gone, type: 'boats', settings: { ...gone.settings, apiName: 'boats' } },
      waitingCar(2, { vin: 'A', colour: 'red' }),
      waitingCar(3, { vin: 'A' }),
    ];
    const { failures } = planned(objects);
    assert.deepEqual(
      failures.map(({ waiting, failure }) => [waiting.order, failure.code]),
      [
        [1, '1013'],
        [2, '1006'],
      ],
    );
  });
});
