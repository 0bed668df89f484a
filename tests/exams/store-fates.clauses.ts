/** Clauses of the store's exam: the fate of each object, and records that are found by the object's name. */
import assert from 'node:assert/strict';
import { must } from '#kit/assert.ts';
import type { FieldValue } from '#model/field.ts';
import type { FailureFilter } from '#ports/store-reader.ts';
import { DECIDED, fates, fatesOf, onePerRow, record, withObjects } from './store-history-subject.ts';
import {
  ALPHA,
  answerPersons,
  BETA,
  failureRecord,
  objectRun,
  personRun,
  requestId,
  requestRecord,
  type StoreClause,
  type StoreSubject,
  upsertPersons,
} from './store-subject.ts';
import { addWaiting, batch, CARS, reopened, waitingCar, waitingPerson } from './store-waiting-subject.ts';

async function indexesNamed(
  subject: StoreSubject,
  key: Readonly<Record<string, FieldValue>>,
  filter: Partial<FailureFilter> = {},
): Promise<number[]> {
  const named = Object.entries(key).map(([field, value]) => ({ field, value }));
  const found = await subject.reader.failures(ALPHA, { key: named, limit: 1_000, ...filter });
  return found.map(({ index }) => index);
}

export const FATE_CLAUSES: readonly StoreClause[] = [
  {
    name: 'each object that has a row has a fate, by request and index (law 2)',
    check: async (subject) => {
      await record(subject, 1, 2);
      await upsertPersons(subject, onePerRow(personRun([{ email: 'a@b.c' }, { email: 'b@b.c' }]), 1));
      const again = personRun([{ email: 'new@b.c' }, { email: 'B@b.c' }, { email: 'last@b.c' }]);
      const { identities } = await answerPersons(subject, {
        ...withObjects(again, [0, 2, 7], [1, 2, 3], [2, 2, 4]),
        wantsIdentities: true,
      });
      const [a, b] = (await subject.objects(ALPHA, 'persons')).map(({ identity }) => Number(identity));
      assert.deepEqual(await fatesOf(subject, 1), [`0 created ${a}`, `1 created ${b}`]);
      const [made, , last] = identities;
      assert.deepEqual(await fatesOf(subject, 2), [`3 updated ${b}`, `4 created ${last}`, `7 created ${made}`]);
      const [first] = await fates(subject, { requestId: requestId(1) });
      const whole = { requestId: requestId(1), index: 0, type: 'persons', outcome: 'created', identity: a };
      assert.deepEqual(first, { ...whole, decidedAt: DECIDED });
      assert.deepEqual(await fatesOf(subject, 3), []);
      assert.deepEqual(await subject.reader.fates(BETA, { of: { requestId: requestId(1) }, limit: 9 }), []);
    },
  },
  {
    name: 'of the objects of a created row the first has created it, and the others have updated it',
    check: async (subject) => {
      await record(subject, 1, 2);
      await upsertPersons(subject, withObjects(personRun([{ email: 'old@b.c' }]), [0, 1, 0], [0, 1, 1]));
      const run = personRun([{ email: 'x@b.c' }, { email: 'old@b.c' }, { email: 'y@b.c' }]);
      await upsertPersons(
        subject,
        withObjects(run, [0, 2, 0], [1, 2, 1], [0, 2, 2], [2, 2, 3], [1, 2, 4], [2, 2, 5], [0, 2, 6]),
      );
      assert.deepEqual(await fatesOf(subject, 1), ['0 created 1', '1 updated 1']);
      assert.deepEqual(await fatesOf(subject, 2), [
        '0 created 2',
        '1 updated 1',
        '2 updated 2',
        '3 created 3',
        '4 updated 1',
        '5 updated 3',
        '6 updated 2',
      ]);
    },
  },
  {
    name: 'what was not written has no fate here: it fails or waits',
    check: async (subject) => {
      await record(subject, 1, 2, 3, 4);
      await upsertPersons(subject, onePerRow(personRun([{ email: 'a@b.c' }]), 1));
      const both = [{ email: 'A@b.c' }, { email: 'b@b.c' }];
      await upsertPersons(subject, onePerRow(personRun(both, { action: 'createOnly' }), 2));
      assert.deepEqual(await fatesOf(subject, 2), ['1 created 2']);
      const three = [...both, { email: 'c@b.c' }];
      await upsertPersons(subject, onePerRow(personRun(three, { action: 'updateOnly' }), 3));
      assert.deepEqual(await fatesOf(subject, 3), ['0 updated 1', '1 updated 2']);
      await addWaiting(subject, waitingPerson('a@b.c'));
      await upsertPersons(subject, onePerRow(personRun(three), 4));
      assert.deepEqual(await fatesOf(subject, 4), ['1 updated 2', '2 created 3']);
      await upsertPersons(subject, onePerRow(personRun([{ email: 'd@b.c' }], { action: 'updateOnly' }), 4));
      assert.equal((await fatesOf(subject, 4)).length, 2);
    },
  },
  {
    name: 'what was deleted has the fate deleted, and a duplicate is created',
    check: async (subject) => {
      await record(subject, 1, 2, 3);
      const twice = [{ email: 'a@b.c' }, { email: 'a@b.c' }];
      await upsertPersons(subject, onePerRow(personRun(twice, { action: 'createDuplicate' }), 1));
      assert.deepEqual(await fatesOf(subject, 1), ['0 created 1', '1 created 2']);
      const recent = { multipleMatches: 'update-most-recent' } as const;
      await upsertPersons(subject, onePerRow(personRun(twice.slice(1), recent), 2));
      assert.deepEqual(await fatesOf(subject, 2), ['0 updated 2']);
      const gone = personRun([{ email: 'A@b.c' }, { email: 'none@b.c' }], { action: 'delete', ...recent });
      await upsertPersons(subject, onePerRow(gone, 3));
      assert.deepEqual(await fatesOf(subject, 3), ['0 deleted 2']);
    },
  },
  {
    name: 'objects of a run that names none have no fates',
    check: async (subject) => {
      await record(subject, 1, 2);
      await upsertPersons(subject, personRun([{ email: 'a@b.c' }]));
      await upsertPersons(subject, withObjects(personRun([{ email: 'a@b.c' }]), [0, 1, 5]));
      assert.deepEqual(await fatesOf(subject, 1), ['5 updated 1']);
    },
  },
  {
    name: 'custom objects have fates under their marketoGUID, whatever they match by',
    check: async (subject) => {
      const requests = [1, 2, 3].map((n) => requestRecord(n, { kind: 'customObject', type: 'cars' }));
      const upsert = async (...runs: Parameters<typeof objectRun>[]): Promise<void> => {
        for (const [at, run] of runs.entries()) {
          const made = onePerRow(objectRun(...run), requests.length === 3 ? at + 1 : 9);
          await batch(subject, (transaction) => transaction.upsertCustomObjects(made));
        }
      };
      await batch(subject, (transaction) => transaction.recordRequests(requests));
      await upsert([CARS, [{ vin: 'A' }, { vin: 'B', owner: 'nobody@b.c' }, { vin: 'C' }]], [CARS, [{ vin: 'A' }]]);
      const cars = await subject.objects(ALPHA, 'cars');
      const [a, c] = ['A', 'C'].map((vin) => cars.find(({ values }) => values.get('vin') === vin)?.identity);
      assert.deepEqual(await fatesOf(subject, 1), [`0 created ${a}`, `2 created ${c}`]);
      assert.deepEqual(await fatesOf(subject, 2), [`0 updated ${a}`]);
      const byGuid = objectRun(CARS, [{ marketoGUID: String(c), note: 'x' }], { dedupeBy: 'marketoGUID' });
      await batch(subject, (transaction) => transaction.upsertCustomObjects(onePerRow(byGuid, 3)));
      const history = await fates(subject, { type: 'CARS', identity: String(c) });
      assert.deepEqual(
        history.map(({ requestId: id, index, type, outcome }) => [id, index, type, outcome]),
        [
          [requestId(1), 2, 'cars', 'created'],
          [requestId(3), 0, 'cars', 'updated'],
        ],
      );
      assert.deepEqual(await fates(subject, { type: 'persons', identity: String(c) }), []);
      assert.deepEqual(await fates(subject, { type: 'trucks', identity: String(c) }), []);
    },
  },
  {
    name: 'the history of an object is read page by page, by request and index',
    check: async (subject) => {
      await record(subject, 1, 2, 3);
      const run = personRun([{ email: 'a@b.c' }, { email: 'b@b.c' }]);
      await upsertPersons(subject, withObjects(run, [0, 2, 4], [1, 2, 5], [0, 2, 6]));
      await upsertPersons(subject, withObjects(run, [0, 3, 0], [1, 3, 1]));
      await upsertPersons(subject, withObjects(personRun([{ email: 'a@b.c' }]), [0, 1, 9]));
      const all = await fates(subject, { type: 'persons', identity: 1 });
      const places = all.map(({ requestId: id, index }) => ({ requestId: id, index }));
      assert.deepEqual(places, [
        { requestId: requestId(1), index: 9 },
        { requestId: requestId(2), index: 4 },
        { requestId: requestId(2), index: 6 },
        { requestId: requestId(3), index: 0 },
      ]);
      assert.deepEqual(await fates(subject, { type: 'Persons', identity: 1 }, { limit: 2 }), all.slice(0, 2));
      for (const [at, after] of places.entries()) {
        assert.deepEqual(await fates(subject, { type: 'persons', identity: 1 }, { after }), all.slice(at + 1));
      }
      const two = await fates(subject, { requestId: requestId(2) });
      const after = { requestId: requestId(2), index: 4 };
      assert.deepEqual(await fates(subject, { requestId: requestId(2) }, { after, limit: 1 }), two.slice(1, 2));
      assert.deepEqual(await fates(subject, { type: 'persons', identity: 3 }), []);
      assert.deepEqual(await fates(subject, { type: 'persons', identity: 0.5 }), []);
    },
  },
  {
    name: 'fates of many objects, in requests and folded in any way, are those of their rows',
    check: async (subject) => {
      const count = 5_000;
      await record(subject, 1, 2, 3);
      const objects = Array.from({ length: count }, (_, n) => ({ email: `p${n}@b.c` }));
      await upsertPersons(subject, onePerRow(personRun(objects), 1));
      const shuffled = objects.map((_, n) => objects[(n * 7) % count] ?? {});
      await upsertPersons(subject, onePerRow(personRun(shuffled.slice(0, 2_500)), 2));
      const mixed = [...objects.slice(0, 100), ...objects.slice(0, 100).map(({ email }) => ({ email: `new${email}` }))];
      await upsertPersons(subject, onePerRow(personRun(mixed), 3));
      const again = await reopened(subject);
      assert.deepEqual(
        await fatesOf(again, 1),
        objects.map((_, n) => `${n} created ${n + 1}`),
      );
      assert.deepEqual(
        await fatesOf(again, 2),
        objects.slice(0, 2_500).map((_, n) => `${n} updated ${((n * 7) % count) + 1}`),
      );
      assert.deepEqual(
        await fatesOf(again, 3),
        mixed.map((_, n) => (n < 100 ? `${n} updated ${n + 1}` : `${n} created ${count + n - 99}`)),
      );
    },
  },
  {
    name: 'failures are found by the name of their object: text in any case, numbers by value, each field',
    check: async (subject) => {
      const keys = [
        '{"email":"Ann@x.org"}',
        '{"EMAIL":"ann@x.org","plant":7}',
        '{"email":"annn@x.org","note":"ann@x.org"}',
        '{"n":10}',
        '{"n":1e1}',
        '{"n":"10"}',
        '{"n":12345678901234567891}',
        '{"n":12345678901234567890}',
        '{"name":"STRASSE $1 \\"ß\\"\\n"}',
        '{"ok":true,"gone":null}',
        '{}',
      ];
      const records = keys.map((key, index) => failureRecord(1, index, { key }));
      await batch(subject, (transaction) => transaction.recordFailures(records));
      const named: readonly (readonly [Readonly<Record<string, FieldValue>>, number[]])[] = [
        [{ email: 'ANN@X.org' }, [0, 1]],
        [{ Email: 'ann@x.org', plant: 7 }, [1]],
        [{ n: 10 }, [3, 4, 5]],
        [{ n: '10' }, [3, 4, 5]],
        [{ n: 12345678901234567890n }, [7]],
        [{ name: 'strasse $1 "ß"\n' }, [8]],
        [{ OK: true, gone: null }, [9]],
        [{ email: null }, []],
        [{}, keys.map((_, at) => at)],
      ];
      for (const [key, expected] of named) assert.deepEqual(await indexesNamed(subject, key), expected);
      assert.deepEqual(await indexesNamed(subject, { email: 'ann@x.org' }, { type: 'cars' }), []);
      const after = { requestId: requestId(1), index: 3 };
      assert.deepEqual(await indexesNamed(subject, { n: 10 }, { after, limit: 1 }), [4]);
    },
  },
  {
    name: 'waiting objects are found by type, and by the name of their object',
    check: async (subject) => {
      const [, second] = await addWaiting(
        subject,
        waitingPerson('V1', { keyText: '{"vin":"v1"}' }),
        waitingCar('V1', 'a@b.c'),
        waitingCar('V2', 'a@b.c'),
        waitingCar('v1', 'a@b.c'),
      );
      const key = [{ field: 'VIN', value: 'v1' }];
      const cars = await subject.reader.waiting(ALPHA, { type: 'cars', limit: 9 });
      assert.deepEqual(
        cars.map(({ keyText }) => keyText),
        ['{"vin":"V1"}', '{"vin":"V2"}', '{"vin":"v1"}'],
      );
      const named = await subject.reader.waiting(ALPHA, { type: 'cars', key, limit: 9 });
      assert.deepEqual(named, [cars[0], cars[2]]);
      assert.equal(named[0]?.order, second);
      assert.equal((await subject.reader.waiting(ALPHA, { key, limit: 9 })).length, 3);
      const after = must(named[0], 'two are named');
      assert.deepEqual(await subject.reader.waiting(ALPHA, { type: 'cars', key, limit: 9, after }), [cars[2]]);
    },
  },
];
