import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memorySubject } from '#engines/memory/store.fixture.ts';
import { duckDbSubject, withDirectory } from '#engines/duckdb/store.fixture.ts';
import { faultySubject } from './store-faults.ts';
import { type Batch, batches } from './store-oracle.ts';
import { OracleWorld } from './store-oracle-world.ts';
import { HISTORY_FAULTS } from './store-history-faults.ts';
import type { StoreSubject } from './store-subject.ts';
import { RETENTION_FAULTS } from './store-retention-faults.ts';
import { VERSION_FAULTS } from './store-version-faults.ts';

/** Rejects where the store differs from the one in memory, in what it says or in what it holds. */
async function compare(subject: StoreSubject, all: readonly Batch[]): Promise<void> {
  await using judged = new OracleWorld(subject);
  await using oracle = new OracleWorld(memorySubject());
  for (const [n, batch] of all.entries()) {
    assert.deepEqual(await judged.apply(batch, n), await oracle.apply(batch, n));
    assert.deepEqual(await judged.contents(), await oracle.contents());
    assert.ok((await judged.nextDueAt()) <= (await oracle.nextDueAt()), 'what is due is not promised too late');
  }
}

test('random batches leave the same in DuckDB as in memory', async () => {
  const property = fc.asyncProperty(batches, (all) =>
    withDirectory((directory) => compare(duckDbSubject(directory, { threads: 1 }), all)),
  );
  await fc.assert(property, { numRuns: 25 });
});

for (const name of [
  'frees no follower',
  'wakes nobody',
  'lets a version overtake one that waits',
  'keeps one fate a row',
  'does not count bytes',
  'forgets each journal event by its own time',
  'takes the time of an event for its age, though it lies ahead',
]) {
  test(`random batches tell the memory from one that ${name}`, async () => {
    const fault = [...VERSION_FAULTS, ...HISTORY_FAULTS, ...RETENTION_FAULTS].find((each) => each.name === name);
    assert.ok(fault);
    const property = fc.asyncProperty(batches, (all) => compare(faultySubject(fault), all));
    const { failed } = await fc.check(property, { numRuns: 2_000, endOnFailure: true });
    assert.ok(failed);
  });
}

test('random batches leave the same in two stores in memory', async () => {
  await fc.assert(
    fc.asyncProperty(batches, (all) => compare(memorySubject(), all)),
    { numRuns: 100 },
  );
});
