import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { DATA_TYPES } from '#model/field.ts';
import type { DataType, FieldValue } from '#model/field.ts';
import { fieldSqlType, textHash, valueOfText, valueText } from './column-types.ts';
import { identifier, PLACE } from './identifiers.ts';
import { stage } from './staging.ts';
import { versionExpression, versionTexts } from './versions.ts';

const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
const day = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());

function valueOf(type: DataType): fc.Arbitrary<Exclude<FieldValue, null>> {
  switch (fieldSqlType(type)) {
    case 'BIGINT':
      return fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    case 'DOUBLE':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
    case 'BOOLEAN':
      return fc.boolean();
    case 'DATE':
      return day.map((iso) => iso.slice(0, 10));
    case 'TIMESTAMP':
      return day.map((iso) => `${iso.slice(0, 19)}Z`);
    default:
      return text;
  }
}

async function column(connection: DuckDBConnection, sql: string, parameters: string[]): Promise<unknown[]> {
  const result = await connection.run(`${sql} order by ${identifier(PLACE)}`, parameters);
  return (await result.getRows()).map(([value]) => value);
}

test('a value of every type has the same text in SQL, and is found by it', async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  for (const type of DATA_TYPES) {
    const sqlType = fieldSqlType(type);
    await fc.assert(
      fc.asyncProperty(fc.array(valueOf(type), { minLength: 1, maxLength: 40 }), async (values) => {
        const typed = stage([{ name: 'v', sqlType, values }], values.length);
        const texts = await column(
          connection,
          `select ${valueText(sqlType, 'v')} from (${typed.sql})`,
          typed.parameters,
        );
        assert.deepEqual(texts, values.map(String));
        const sent = stage([{ name: 'v', sqlType: 'VARCHAR', values: values.map(String) }], values.length);
        const found = await column(
          connection,
          `select ${valueText(sqlType, valueOfText(sqlType, 'v'))} from (${sent.sql})`,
          sent.parameters,
        );
        assert.deepEqual(found, values.map(String));
      }),
      { numRuns: 15 },
    );
  }
  connection.closeSync();
});

test('a text that is not quite that of a value stands for none', async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const texts = { BIGINT: ['007', '+7', '7.0', ' 7', 'seven'], DOUBLE: ['1.0', '.5', '1e0'], BOOLEAN: ['TRUE', '1'] };
  for (const [sqlType, values] of Object.entries(texts)) {
    const staged = stage([{ name: 'v', sqlType: 'VARCHAR', values }], values.length);
    const found = await column(
      connection,
      `select ${valueOfText(sqlType, 'v')} from (${staged.sql})`,
      staged.parameters,
    );
    assert.deepEqual(
      found,
      values.map(() => null),
    );
  }
  connection.closeSync();
});

test('a key has the same text in SQL, whatever the order of its fields, and different keys have different ones', async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const key = fc.record({ partition: text, a: text, b: text });
  await fc.assert(
    fc.asyncProperty(fc.array(key, { minLength: 1, maxLength: 20 }), async (keys) => {
      const names = ['partition', 'a', 'b'] as const;
      const staged = stage(
        names.map((name) => ({ name, sqlType: 'VARCHAR', values: keys.map((each) => each[name]) })),
        keys.length,
      );
      const values = { partition: '"partition"', values: ['b', 'a'] };
      const expression = versionExpression('object:cars', ['VIN', 'plate'], values);
      const found = await column(connection, `select ${expression} from (${staged.sql})`, staged.parameters);
      const textOf = versionTexts('object:cars', ['Plate', 'vin']);
      const expected = keys.map(({ partition, a, b }) => textOf({ matchBy: [], partition, values: [a, b] }));
      assert.deepEqual(found, expected);
      assert.equal(new Set(expected).size, new Set(keys.map((each) => JSON.stringify(each))).size);
    }),
    { numRuns: 40 },
  );
  connection.closeSync();
});

test('the hash is the one that files hold', async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const result = await connection.run(
    `select count(*) from range(1000) r(n)
     where ${textHash(`'person' || n`)} is distinct from md5_number_lower('person' || n)`,
  );
  assert.deepEqual(await result.getRows(), [[0n]]);
  connection.closeSync();
});
