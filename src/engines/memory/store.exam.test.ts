import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STORE_EXAM } from '../../../tests/exams/store.exam.ts';
import { ALPHA } from '../../../tests/exams/store-subject.ts';
import { memorySubject } from './store.fixture.ts';
import { createMemoryStore } from './store.ts';

for (const { name, check } of STORE_EXAM) {
  test(`memory store: ${name}`, async () => {
    await using subject = memorySubject();
    await check(subject);
  });
}

test('memory store: SQL is refused', async () => {
  await using store = createMemoryStore();
  const query = { query: 'select 1', timeoutMs: 1000 };
  await assert.rejects(store.reader().sql(ALPHA, query, AbortSignal.timeout(1000)), { reason: 'refused' });
});
