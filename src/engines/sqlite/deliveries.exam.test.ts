import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DELIVERIES_EXAM } from '../../../tests/exams/deliveries.exam.ts';
import { openSqliteDeliveries } from './deliveries.ts';

for (const { name, check } of DELIVERIES_EXAM) {
  test(`SQLite deliveries: ${name}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'inlet-deliveries-'));
    const path = join(directory, 'webhooks.db');
    await using opened = new AsyncDisposableStack();
    opened.defer(() => rmSync(directory, { recursive: true }));
    const deliveries = openSqliteDeliveries({ path });
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (isOpen) await deliveries[Symbol.asyncDispose]();
      isOpen = false;
    };
    opened.defer(close);
    const reopen = async (): Promise<typeof deliveries> => {
      await close();
      return opened.use(openSqliteDeliveries({ path }));
    };
    await check({ deliveries, reopen, [Symbol.asyncDispose]: close });
  });
}
