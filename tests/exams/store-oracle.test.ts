import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memorySubject } from '#engines/memory/store.fixture.ts';
import { duckDbSubject, withDirectory } from '#engines/duckdb/store.fixture.ts';
import type { CellValue } from '#model/event-table.ts';
import type { FieldValue } from '#model/field.ts';
import type { MatchField } from '#model/upsert.ts';
import type { Position } from '#model/words.ts';
import {
  ALPHA,
  EMAIL,
  eventColumn,
  eventRows,
  eventTable,
  field,
  FIRST_NAME,
  NOON,
  personRun,
  readEvents,
  requestRecord,
  SCORE,
  type StoreSubject,
} from './store-subject.ts';

interface Batch {
  readonly objects: readonly Readonly<Record<string, FieldValue>>[];
  readonly matchBy: 'email' | 'firstName' | 'both' | 'id';
  readonly multipleMatches: 'fail' | 'update-most-recent';
  readonly partition: string;
  readonly seconds: number;
  readonly events: readonly CellValue[];
  readonly ends: 'commits' | 'rolls back';
  readonly reopens: boolean;
}

const MATCHES: Readonly<Record<Batch['matchBy'], readonly MatchField[]>> = {
  email: [{ field: EMAIL, ignoreCase: true }],
  firstName: [{ field: FIRST_NAME, ignoreCase: false }],
  both: [
    { field: FIRST_NAME, ignoreCase: false },
    { field: EMAIL, ignoreCase: true },
  ],
  id: [{ field: field('id', 'integer'), ignoreCase: false }],
};

const TABLE = eventTable([eventColumn('v', 'text')]);

const objects = fc.array(
  fc.record(
    {
      email: fc.constantFrom('a@b.c', 'A@b.c', 'b@b.c', 'c@b.c'),
      firstName: fc.oneof(fc.constantFrom('Ann', 'ann', 'Bob'), fc.string({ unit: 'grapheme', minLength: 1 })),
      id: fc.integer({ min: 1, max: 8 }),
      leadScore: fc.option(fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 60n) }))),
      note: fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\u0001', '\u0001\u0001'))),
    },
    { requiredKeys: ['email', 'firstName', 'id'] },
  ),
  { maxLength: 6 },
);

const batch: fc.Arbitrary<Batch> = fc.record({
  objects,
  matchBy: fc.constantFrom('email', 'email', 'firstName', 'both', 'id'),
  multipleMatches: fc.constantFrom('fail', 'update-most-recent'),
  partition: fc.constantFrom('Default', 'EMEA'),
  seconds: fc.nat(5),
  events: fc.array(fc.option(fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '\u{FFFD}'))), {
    maxLength: 4,
  }),
  ends: fc.constantFrom('commits', 'commits', 'commits', 'rolls back'),
  reopens: fc.boolean(),
});

/** Only the first object of each key, as folding leaves them; without NUL, which no stored text has. */
function folded({ objects: all, matchBy }: Batch): Record<string, FieldValue>[] {
  const seen = new Set<string>();
  const rows: Record<string, FieldValue>[] = [];
  for (const { id, ...object } of all) {
    const values = Object.entries({ ...object, ...(matchBy === 'id' && { id }) });
    const clean = values.map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replaceAll('\0', '\u{FFFD}') : value,
    ]);
    const row = Object.fromEntries(clean) as Record<string, FieldValue>;
    const key = MATCHES[matchBy].map(({ field: { name }, ignoreCase }) =>
      ignoreCase ? String(row[name]).toLowerCase() : row[name],
    );
    if (seen.has(JSON.stringify(key))) continue;
    seen.add(JSON.stringify(key));
    rows.push(row);
  }
  return rows;
}

async function apply(subject: StoreSubject, each: Batch, n: number): Promise<unknown> {
  const { matchBy, multipleMatches, partition, seconds, events, ends } = each;
  const fields = [EMAIL, FIRST_NAME, SCORE, field('note')];
  const run = personRun(folded(each), {
    fields,
    matchBy: MATCHES[matchBy],
    multipleMatches,
    createMissing: matchBy !== 'id',
    partition,
    at: NOON + seconds * 1000,
  });
  const work = subject.store.transaction(ALPHA, async (transaction) => {
    await transaction.definePersons(fields);
    await transaction.defineEventTable(TABLE);
    const outcomes = await transaction.upsertPersons(run);
    await transaction.appendEvents(eventRows(TABLE, 'v', events));
    await transaction.recordRequests([requestRecord(n)]);
    await transaction.advance('normal', n as Position);
    if (ends === 'rolls back') throw new RangeError('the caller gives up');
    return outcomes;
  });
  return await work.catch((error: unknown) => {
    if (error instanceof RangeError) return 'rolled back';
    throw error;
  });
}

async function contents(subject: StoreSubject): Promise<unknown> {
  return {
    persons: await subject.objects(ALPHA, 'persons'),
    events: await readEvents(subject),
    requests: await subject.reader.requests(ALPHA, { limit: 100 }),
    totals: await subject.reader.totals(ALPHA),
    checkpoint: await subject.store.checkpoint(ALPHA),
    tables: await subject.reader.eventTables(ALPHA),
  };
}

test('random batches leave the same in DuckDB as in memory', async () => {
  const property = fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (batches) => {
    await withDirectory(async (directory) => {
      await using oracle = memorySubject();
      let subject = duckDbSubject(directory, { threads: 1 });
      try {
        for (const [n, each] of batches.entries()) {
          assert.deepEqual(await apply(subject, each, n), await apply(oracle, each, n));
          if (each.reopens) subject = (await subject.reopen?.()) ?? subject;
          assert.deepEqual(await contents(subject), await contents(oracle));
        }
      } finally {
        await subject[Symbol.asyncDispose]();
      }
    });
  });
  await fc.assert(property, { numRuns: 25 });
});
