/** Random entries in batches of random size: what they mean to each store, and to a model that knows no batches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { duckDbSubject, withDirectory } from '../../src/engines/duckdb/store.fixture.ts';
import { memorySubject } from '../../src/engines/memory/store.fixture.ts';
import type { RequestId } from '../../src/model/words.ts';
import type { StoreSubject } from './store-subject.ts';
import { events, openApplierWorld, persons, purchases, WORKSPACE } from '../support/applier-world.ts';
import type { SentEntry } from '../support/applier-world.ts';
import { NaiveModel } from '../support/naive-model.ts';
import type { PlainFate, PlainObject } from '../support/naive-model.ts';

type Sent = { readonly kind: 'persons' | 'purchases' | 'events' } & {
  readonly objects: readonly Record<string, unknown>[];
  readonly dedupeFields: readonly string[];
  readonly partition: string;
};

/** What can be seen of a store, and of the model. */
interface Picture {
  readonly persons: readonly PlainObject[];
  /** By `vin`: their identities are random. */
  readonly purchases: readonly PlainObject['values'][];
  readonly events: readonly unknown[];
  /** Of each request: how many were created, updated, stored; and the codes of those that failed, by index. */
  readonly fates: readonly { created: number; updated: number; stored: number; failed: readonly string[] }[];
}

// Few values, so that objects meet; most of them sound, or hardly any would be compared.
const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'A') },
  fc.constantFrom('', null, 'é', '\u0001'),
);
const email = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('a@b.co', 'A@b.co', 'b@b.co') },
  fc.constantFrom(null, '', 'c@b.co'),
);
const wholeNumber = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -3, max: 3 }) },
  fc.constantFrom(null, '', 'no number'),
);

const person = fc.record(
  { email, firstName: text, lastName: text, leadScore: wholeNumber, id: fc.integer({ min: 1, max: 6 }), nope: text },
  { requiredKeys: [] },
);
const purchase = fc.record({ vin: text, year: wholeNumber, note: text }, { requiredKeys: ['vin'] });
const anyValue = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 2 }),
  fc.record({ deep: fc.string() }),
);
const event = fc.dictionary(fc.constantFrom('a', 'b', 'A', 'time', 'rowid', '__proto__', 'ü', 'x y', ''), anyValue);

const soundPerson = fc.record(
  { email, firstName: text, lastName: text, leadScore: wholeNumber },
  { requiredKeys: ['email', 'firstName'] },
);
const numberedPerson = fc.record({ id: fc.integer({ min: 1, max: 6 }), lastName: text, email });
const partition = fc.constantFrom('Default', 'EMEA');
const sentPersons: fc.Arbitrary<Sent> = fc.oneof(
  fc.record({
    kind: fc.constant('persons' as const),
    objects: fc.array(fc.oneof({ weight: 8, arbitrary: soundPerson }, person), { minLength: 1, maxLength: 6 }),
    dedupeFields: fc.constantFrom(['email'], ['firstName'], ['email', 'firstName'], ['email', 'lastName']),
    partition,
  }),
  fc.record({
    kind: fc.constant('persons' as const),
    objects: fc.array(numberedPerson, { minLength: 1, maxLength: 3 }),
    dedupeFields: fc.constant(['id']),
    partition,
  }),
);
const sent: fc.Arbitrary<Sent> = fc.oneof(
  { weight: 3, arbitrary: sentPersons },
  fc.record({
    kind: fc.constant('purchases' as const),
    objects: fc.array(purchase, { minLength: 1, maxLength: 4 }),
    dedupeFields: fc.constant(['vin']),
    partition: fc.constant(''),
  }),
  fc.record({
    kind: fc.constant('events' as const),
    objects: fc.array(event, { minLength: 1, maxLength: 4 }),
    dedupeFields: fc.constant([]),
    partition: fc.constant(''),
  }),
);

function entryOf({ kind, objects, dedupeFields, partition }: Sent): SentEntry {
  if (kind === 'events') return events(objects);
  // In a lane of their own: the order between lanes is nobody's promise.
  if (kind === 'purchases') return purchases(objects, 'high');
  const [field1 = '', field2] = dedupeFields;
  const options = { partitionName: partition, dedupeFields: field2 === undefined ? { field1 } : { field1, field2 } };
  return persons(objects, 'normal', options);
}

async function pictureOf(subject: StoreSubject, all: readonly Sent[], entriesAtOnce: number): Promise<Picture> {
  const most = { entries: entriesAtOnce * 4, objects: 1_000, bytes: 1_000_000 };
  await using world = await openApplierWorld({
    around: () => subject.store,
    limits: { maxColumns: 5, budget: { most, slowSeconds: 1 } },
  });
  const ids: RequestId[] = [];
  for (const entry of all.map(entryOf)) ids.push((await world.send(entry)).requestId);
  await world.settled();
  const table = { database: 'web', table: 'clicks', start: 0, limit: 1_000 };
  const page = await subject.reader.events(WORKSPACE, table);
  const purchased = all.some(({ kind }) => kind === 'purchases') ? await subject.objects(WORKSPACE, 'purchases') : [];
  return {
    persons: (await subject.objects(WORKSPACE, 'persons')).map(({ identity, partition, values }) => ({
      id: Number(identity),
      partition,
      values: shown(values),
    })),
    purchases: purchased.map(({ values }) => shown(values)).sort(byVin),
    events: (page?.events ?? []).map((each) => JSON.parse(each) as unknown),
    fates: await Promise.all(ids.map((id) => fatesOf(subject, id))),
  };
}

function shown(values: ReadonlyMap<string, unknown>): PlainObject['values'] {
  const plain = [...values].map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]);
  return Object.fromEntries(plain) as PlainObject['values'];
}

async function fatesOf({ reader }: StoreSubject, requestId: RequestId): Promise<Picture['fates'][number]> {
  const request = await reader.request(WORKSPACE, requestId);
  assert.ok(request);
  const failures = await reader.failures(WORKSPACE, { requestId, limit: 100 });
  const { created, updated, stored, failed } = request.counts;
  assert.equal(failed, failures.length);
  return { created, updated, stored, failed: failures.map(({ index, code }) => `${index} ${code}`) };
}

function modelled(all: readonly Sent[]): Picture {
  const people = new NaiveModel({ texts: ['email', 'firstName', 'lastName'], integers: ['leadScore'] });
  const bought = new NaiveModel({ texts: ['vin', 'note'], integers: ['year'] });
  const fates = all.map((each) => {
    if (each.kind === 'events') return { created: 0, updated: 0, stored: each.objects.length, failed: [] };
    return summed((each.kind === 'persons' ? people : bought).apply(each));
  });
  return {
    persons: people.objects,
    purchases: bought.objects.map(({ values }) => values).sort(byVin),
    events: all.flatMap(({ kind, objects }) => (kind === 'events' ? objects : [])),
    fates,
  };
}

function summed(fates: readonly PlainFate[]): Picture['fates'][number] {
  const count = (fate: PlainFate): number => fates.filter((each) => each === fate).length;
  const failed = fates.flatMap((fate, index) => (/^\d/.test(fate) ? [`${index} ${fate}`] : []));
  return { created: count('created'), updated: count('updated'), stored: 0, failed };
}

function byVin(a: PlainObject['values'], b: PlainObject['values']): number {
  return String(a['vin']) < String(b['vin']) ? -1 : 1;
}

/** As JSON tells them: -0 is 0 there, and objects have no prototype. */
function plain(picture: Picture): unknown {
  return JSON.parse(JSON.stringify(picture));
}

const entries = fc.array(sent, { minLength: 1, maxLength: 30, size: 'max' });
const batchSize = fc.constantFrom(1, 3, 100);

test('laws 2, 4, 10: over the memory store, batches of every size mean what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(entries, batchSize, async (all, size) => {
      await using subject = memorySubject();
      assert.deepEqual(plain(await pictureOf(subject, all, size)), plain(modelled(all)));
    }),
    { numRuns: 100 },
  );
});

test('laws 2, 4, 10: over DuckDB, batches of every size mean what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(entries, batchSize, (all, size) =>
      withDirectory(async (directory) => {
        await using subject = duckDbSubject(directory);
        assert.deepEqual(plain(await pictureOf(subject, all, size)), plain(modelled(all)));
      }),
    ),
    { numRuns: 12 },
  );
});

test('the comparison catches a store that loses one update', async () => {
  await using subject = memorySubject();
  const all: Sent[] = ['one', 'two'].map((firstName) => ({
    kind: 'persons',
    objects: [{ email: 'a@b.co', firstName }],
    dedupeFields: ['email'],
    partition: 'Default',
  }));
  const picture = plain(await pictureOf(subject, all, 100));
  assert.deepEqual(picture, plain(modelled(all)));
  assert.notDeepEqual(picture, plain(modelled(all.slice(0, 1))));
});
