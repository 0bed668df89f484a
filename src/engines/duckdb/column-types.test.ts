import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { eventColumnExpression } from './column-types.ts';
import { stage } from './staging.ts';

test('a double that became text reads as ECMAScript writes it', async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const column = { key: 'v', column: 'v', type: 'text', history: [{ type: 'decimal', until: 1e9 }] } as const;
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.tuple(fc.integer(), fc.integer({ min: -30, max: 30 })).map(([digits, exponent]) => digits * 10 ** exponent),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 500 }), async (numbers) => {
      const staged = stage([{ name: 'v', sqlType: 'DOUBLE', values: numbers }], numbers.length);
      const result = await connection.run(
        `select ${eventColumnExpression(column)} from (
           select "#place" as "#ordinal", cast(v as varchar) as v from (${staged.sql})) order by "#ordinal"`,
        staged.parameters,
      );
      assert.deepEqual((await result.getRows()).flat(), numbers.map(String));
    }),
    { numRuns: 60 },
  );
  connection.closeSync();
});
