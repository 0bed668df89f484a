import { test } from 'node:test';
import { STORE_EXAM } from '../../../tests/exams/store.exam.ts';
import { duckDbSubject, withDirectory } from './store.fixture.ts';

for (const { name, check } of STORE_EXAM) {
  test(`DuckDB store: ${name}`, async () => {
    await withDirectory(async (directory) => {
      await using subject = duckDbSubject(directory);
      await check(subject);
    });
  });
}
