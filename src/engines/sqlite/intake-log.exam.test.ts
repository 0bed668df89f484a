import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { INTAKE_LOG_EXAM } from '../../../tests/exams/intake-log.exam.ts';
import type { IntakeLogSubject } from '../../../tests/exams/intake-log/subject.ts';
import { openSqliteIntakeWriter } from './intake-log.ts';
import { openSqliteIntakeReader } from './intake-reader.ts';

async function openLog(directory: string): Promise<IntakeLogSubject> {
  const path = join(directory, 'intake.sqlite');
  const writer = await openSqliteIntakeWriter({ path });
  const reader = openSqliteIntakeReader({ path });
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await reader[Symbol.asyncDispose]();
    await writer[Symbol.asyncDispose]();
  };
  const reopen = async (): Promise<IntakeLogSubject> => {
    await close();
    return openLog(directory);
  };
  return { writer, reader, reopen, [Symbol.asyncDispose]: close };
}

for (const { name, check } of INTAKE_LOG_EXAM) {
  test(`SQLite intake log: ${name}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'inlet-intake-'));
    try {
      await using log = await openLog(directory);
      await check(log);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}
