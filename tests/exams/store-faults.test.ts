import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DROP_FAULTS } from './store-drop-faults.ts';
import { faultySubject, type Fault } from './store-faults.ts';
import { HISTORY_FAULTS } from './store-history-faults.ts';
import { KEY_FAULTS } from './store-key-faults.ts';
import { QUARANTINE_FAULTS } from './store-quarantine-faults.ts';
import { READING_FAULTS } from './store-reading-faults.ts';
import { STORE_EXAM } from './store.exam.ts';
import type { StoreClause } from './store-subject.ts';
import { RETENTION_FAULTS } from './store-retention-faults.ts';
import { UPSERT_FAULTS } from './store-upsert-faults.ts';
import { VERSION_FAULTS } from './store-version-faults.ts';
import { WAITING_FAULTS } from './store-waiting-faults.ts';

async function fails(fault: Fault, { check }: StoreClause): Promise<boolean> {
  await using subject = faultySubject(fault);
  return await check(subject).then(
    () => false,
    () => true,
  );
}

for (const fault of [
  ...UPSERT_FAULTS,
  ...WAITING_FAULTS,
  ...VERSION_FAULTS,
  ...READING_FAULTS,
  ...KEY_FAULTS,
  ...DROP_FAULTS,
  ...HISTORY_FAULTS,
  ...RETENTION_FAULTS,
  ...QUARANTINE_FAULTS,
]) {
  test(`the store's exam catches a store that ${fault.name}`, async () => {
    const clauses = STORE_EXAM.filter(({ name }) => name.startsWith(fault.caughtBy));
    assert.equal(clauses.length, 1, `one clause begins with '${fault.caughtBy}'`);
    for (const clause of clauses) assert.ok(await fails(fault, clause), clause.name);
  });
}

test(`the store's exam passes a store without a fault`, async () => {
  for (const clause of STORE_EXAM) assert.ok(!(await fails({ name: 'is sound', caughtBy: '' }, clause)), clause.name);
});
