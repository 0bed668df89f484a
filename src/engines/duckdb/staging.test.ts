import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { assertStaged, stage } from './staging.ts';

test('texts, nulls and absences arrive as they were sent, markers look-alikes among them', async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '')),
    fc.nat(4).map((length) => '\u0001'.repeat(length)),
  );
  const cell = fc.oneof(text, fc.constant(null), fc.constant(undefined));
  await fc.assert(
    fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 20 }), async (values) => {
      const staged = stage([{ name: 'v', sqlType: 'VARCHAR', values }], values.length);
      const rows = await (await connection.run(`${staged.sql} order by "#place"`, staged.parameters)).getRowObjects();
      const found = rows.map((row) => (row['v_absent'] === true ? undefined : row['v']));
      assert.deepEqual(found, values);
      assert.equal(staged.absent.has('v'), values.includes(undefined));
    }),
    { numRuns: 60 },
  );
  connection.closeSync();
});

test('a text with NUL is noticed by the number of rows', async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const staged = stage([{ name: 'v', sqlType: 'VARCHAR', values: ['a\0b'] }], 1);
  const created = await connection.run(`create temp table t as ${staged.sql}`, staged.parameters);
  const count = Number((await created.getRows())[0]?.[0]);
  assert.throws(() => assertStaged(staged, count), { name: 'StoreError', reason: 'rejected' });
  connection.closeSync();
});
