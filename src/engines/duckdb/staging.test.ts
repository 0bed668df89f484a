import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { assertStaged, stage } from './staging.ts';

const TYPES = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  digits: 'HUGEINT',
  decimal: 'DOUBLE',
  isSo: 'BOOLEAN',
  json: 'JSON',
} as const;

/** Values of every type; undefined and null are the same for some of them. */
const anyRow: fc.Arbitrary<Record<string, string | number | bigint | boolean | null>> = fc.record(
  {
    text: fc.option(
      fc.oneof(
        fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
        fc.constantFrom('', '\u0001', '\u0001\u0001', '"', '\\u0000', '\\', '{}', 'null'),
      ),
    ),
    integer: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    digits: fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map(String),
    decimal: fc.double({ noNaN: true, noDefaultInfinity: true }).map((double) => double + 0),
    isSo: fc.boolean(),
    json: fc.jsonValue().map((value) => JSON.stringify(value).toWellFormed()),
  },
  { requiredKeys: [] },
);

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

test('sparse columns give the same rows as others do, between them and of every type', async (t) => {
  const connection = await (await DuckDBInstance.create()).connect();
  const seed = randomInt(2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const check = fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 30 }), async (rows) => {
    const columns = Object.entries(TYPES).map(([name, sqlType]) => ({
      name,
      sqlType,
      values: rows.map((row) => row[name] ?? null),
    }));
    const sparse = columns.map(({ values, ...column }) => {
      // Nulls may be given or left out.
      const found = rows.flatMap((row, at) => (row[column.name] === undefined ? [] : [at]));
      return { ...column, name: `sparse ${column.name}`, rows: found, values: found.map((at) => values[at] ?? null) };
    });
    const staged = stage(columns, rows.length, sparse);
    const found = await (
      await connection.run(`${staged.sql} order by "#place"`, staged.parameters)
    ).getRowObjectsJson();
    assert.equal(found.length, rows.length);
    for (const row of found) {
      for (const name of Object.keys(TYPES)) assert.deepEqual(row[`sparse ${name}`], row[name], name);
    }
    assert.deepEqual(
      found.map(({ text }) => text),
      rows.map((row) => row['text'] ?? null),
    );
  });
  await fc.assert(check, { numRuns: 100, seed });
  connection.closeSync();
});

test('sparse columns alone, of many rows', async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const rows = Array.from({ length: 300 }, (_, n) => n * 17);
  const staged = stage([], 5_100, [
    { name: 'v', sqlType: 'BIGINT', rows, values: rows },
    { name: 'w', sqlType: 'VARCHAR', rows: [], values: [] },
  ]);
  const sql = `select count(*), count(v), count(w), count(*) filter (v = "#place"), sum(v) from (${staged.sql})`;
  const [found] = await (await connection.run(sql, staged.parameters)).getRowsJson();
  assert.deepEqual(found?.map(Number), [5_100, 300, 0, 300, 17 * (299 * 150)]);
  connection.closeSync();
});

test('a text with NUL in a sparse column is refused', () => {
  const sparse = [{ name: 'v', sqlType: 'VARCHAR', rows: [0], values: ['a\0b'] }];
  assert.throws(() => stage([], 20, sparse), { name: 'StoreError', reason: 'rejected' });
});
