/** Type torture: values of every JSON type in one column, in every order, through the applier and each store (law 10). */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { duckDbSubject, withDirectory } from '../../src/engines/duckdb/store.fixture.ts';
import { memorySubject } from '../../src/engines/memory/store.fixture.ts';
import { WORKSPACE } from '../support/applier-world.ts';
import { assertReadBack, decidedRequest, ONE_OF_EACH, SAMPLES, sequencesOf } from './type-torture.ts';
import type { Sample, TortureSubject } from './type-torture.ts';

interface Engine {
  readonly name: string;
  /** Of each random property. */
  readonly runs: number;
  readonly triples: readonly (readonly Sample[])[];
  /** How the events of the triples are cut into batches. */
  readonly cuts: readonly (readonly number[])[];
  readonly withSubject: (work: (subject: TortureSubject) => Promise<void>) => Promise<void>;
}

const ENGINES: readonly Engine[] = [
  {
    name: 'memory',
    runs: 100,
    triples: sequencesOf(SAMPLES, 3),
    cuts: [[3], [1, 1, 1], [2, 1], [1, 2]],
    withSubject: async (work) => {
      await using subject = memorySubject();
      await work(subject);
    },
  },
  {
    name: 'DuckDB',
    runs: 10,
    // Each change of a column costs DuckDB milliseconds.
    triples: sequencesOf(ONE_OF_EACH, 3),
    cuts: [[3], [1, 1, 1]],
    withSubject: (work) =>
      withDirectory(async (directory) => {
        await using subject = duckDbSubject(directory);
        await work(subject);
      }),
  },
];

const PAIRS = sequencesOf(SAMPLES, 2);

/** Each sample as the only value of a column, so that its column is a sparse one in a large batch. */
const SPREAD = [...SAMPLES, ...SAMPLES].map((sample, at, all) =>
  all.map((_, row) => (row === at ? sample : undefined)),
);

/** A sequence for each of some columns, all as long as `batches` need. */
const tortures = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }).chain((batches) => {
  const length = batches.reduce((sum, count) => sum + count, 0);
  const sequence = fc.array(anySample(), { minLength: length, maxLength: length });
  return fc.record({
    batches: fc.constant(batches),
    sequences: fc.array(sequence, { minLength: 1, maxLength: 20, size: 'max' }),
  });
});

function anySample(): fc.Arbitrary<Sample> {
  const digits = fc.bigInt({ min: -(10n ** 45n), max: 10n ** 45n }).map(String);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...SAMPLES) },
    digits,
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((double) => JSON.stringify(double)),
    fc.tuple(fc.integer(), fc.nat(), fc.integer({ min: -500, max: 500 })).map(([a, b, c]) => `${a}.${b}e${c}`),
    fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
    digits.map((integer) => JSON.stringify(integer)),
    fc.array(digits, { maxLength: 2 }).map((list) => `[{"n":[${list.join(',')}]}]`),
  );
}

const UNHOLDABLE = ['\0', '\uD800', '\uDFFF', '\uDC00\uD83D'];
/** Texts with and without what no text can hold. */
const roughText = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.constantFrom(...UNHOLDABLE)), { maxLength: 4 })
  .map((parts) => parts.join(''));
const roughEvent = fc.record({
  text: roughText,
  list: fc.array(roughText, { maxLength: 3 }),
  nested: fc.record({ within: roughText }),
});

function mended(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** The places in the request, of this event alone, of what cannot be held as it was sent; a warning names each. */
function roughPlaces({ text, list, nested }: { text: string; list: string[]; nested: { within: string } }): string[] {
  const isRough = (each: string): boolean => mended(each) !== each;
  return [
    ...(isRough(text) ? ['0.text'] : []),
    ...list.flatMap((each, at) => (isRough(each) ? [`0.list.${at}`] : [])),
    ...(isRough(nested.within) ? ['0.nested.within'] : []),
  ];
}

for (const { name, runs, triples, cuts, withSubject } of ENGINES) {
  suite(`law 10 over ${name}`, () => {
    for (const batches of [[2], [1, 1]]) {
      test(`all ${PAIRS.length} ordered pairs of types in one column, batches of ${batches.join(', ')}`, () =>
        withSubject((subject) => assertReadBack(subject, PAIRS, batches)));
    }

    for (const batches of cuts) {
      test(`all ${triples.length} ordered triples of types in one column, batches of ${batches.join(', ')}`, () =>
        withSubject((subject) => assertReadBack(subject, triples, batches)));
    }

    for (const batches of [[SPREAD.length], [1, SPREAD.length - 1]]) {
      test(`each value in one event of ${SPREAD.length} only, batches of ${batches.join(', ')}`, () =>
        withSubject((subject) => assertReadBack(subject, SPREAD, batches)));
    }

    test('long random sequences of types, in batches of random size', async (t) => {
      const seed = randomInt(2 ** 31);
      t.diagnostic(`seed ${seed}`);
      const check = fc.asyncProperty(tortures, ({ batches, sequences }) =>
        withSubject((subject) => assertReadBack(subject, sequences, batches)),
      );
      await fc.assert(check, { numRuns: runs, seed });
    });

    test('E13: lone surrogates and NUL become U+FFFD, and the request says which keys held them', async (t) => {
      const seed = randomInt(2 ** 31);
      t.diagnostic(`seed ${seed}`);
      const check = fc.asyncProperty(roughEvent, (event) =>
        withSubject(async (subject) => {
          const { warnings, counts } = await decidedRequest(subject, [JSON.stringify(event)]);
          assert.equal(counts.stored, 1);
          const page = await subject.reader.events(WORKSPACE, { database: 'web', table: 'clicks', start: 0, limit: 2 });
          const { text, list, nested } = event;
          const kept = { text: mended(text), list: list.map(mended), nested: { within: mended(nested.within) } };
          assert.deepEqual(
            page?.events.map((each) => JSON.parse(each) as unknown),
            [kept],
          );
          const named = warnings.map(({ message }) => /^'([^']*)'/.exec(message)?.[1] ?? message);
          assert.deepEqual(named.toSorted(), roughPlaces(event).toSorted());
        }),
      );
      await fc.assert(check, { numRuns: runs, seed });
    });
  });
}

test('the check catches a reader that takes numbers for doubles, and one that forgets what a column was', async () => {
  const subject = memorySubject();
  const rereading = (change: (text: string) => string): TortureSubject => ({
    store: subject.store,
    reader: {
      request: (workspace, requestId) => subject.reader.request(workspace, requestId),
      events: async (workspace, wanted) => {
        const page = await subject.reader.events(workspace, wanted);
        return page && { ...page, events: page.events.map(change) };
      },
    },
  });
  await assertReadBack(rereading(String), [['1', '"1"']], [1, 1]);
  const inDoubles = rereading((text) => JSON.stringify(JSON.parse(text)));
  for (const sample of ['12345678901234567890', '1e400', '0.12345678901234567890']) {
    await assert.rejects(assertReadBack(inDoubles, [[sample]], [1]), assert.AssertionError, sample);
  }
  const inTexts = rereading((text) => text.replace(':1}', ':"1"}'));
  await assert.rejects(assertReadBack(inTexts, [['1', '"1"']], [1, 1]), assert.AssertionError);
});
