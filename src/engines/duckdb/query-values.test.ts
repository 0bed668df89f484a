import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { isoDate, isoInterval, isoOffset, isoTime, isoTimestamp } from './query-times.ts';
import { readRows } from './query-rows.ts';
import type { Rows } from './query-rows.ts';

/** SQL expression, portable type, JSON value. */
const VALUES: readonly (readonly [expression: string, type: string, value: unknown])[] = [
  ['null', 'integer', null],
  ['true', 'boolean', true],
  ['(-128)::tinyint', 'integer', -128],
  ['255::utinyint', 'integer', 255],
  ['32767::smallint', 'integer', 32767],
  ['65535::usmallint', 'integer', 65535],
  ['(-2147483648)::integer', 'integer', -2147483648],
  ['4294967295::uinteger', 'bigint', 4294967295],
  ['9007199254740991::bigint', 'bigint', 9007199254740991],
  ['9007199254740992::bigint', 'bigint', '9007199254740992'],
  ['(-9007199254740991)::bigint', 'bigint', -9007199254740991],
  ['(-9223372036854775808)::bigint', 'bigint', '-9223372036854775808'],
  ['18446744073709551615::ubigint', 'hugeint', '18446744073709551615'],
  ['12::hugeint', 'hugeint', 12],
  ['170141183460469231731687303715884105727::hugeint', 'hugeint', '170141183460469231731687303715884105727'],
  ['340282366920938463463374607431768211455::uhugeint', 'hugeint', '340282366920938463463374607431768211455'],
  [`'${'9'.repeat(60)}'::bignum`, 'hugeint', '9'.repeat(60)],
  ['1.50::decimal(10, 2)', 'decimal', '1.50'],
  ['(-0.05)::decimal(4, 2)', 'decimal', '-0.05'],
  ['12345678901234567890123456789012345678::decimal(38, 0)', 'decimal', '12345678901234567890123456789012345678'],
  ['1.5::float', 'real', 1.5],
  ['0.1::double', 'double', 0.1],
  [`'nan'::double`, 'double', 'NaN'],
  [`'-inf'::double`, 'double', '-Infinity'],
  [`'inf'::float`, 'real', 'Infinity'],
  [`'héllo 😀'`, 'text', 'héllo 😀'],
  [`'a'::enum('a', 'b')`, 'text', 'a'],
  [`'{"a":  1}'::json`, 'json', '{"a":  1}'],
  [`'eeccb8c5-9943-b2bb-bb5e-222f4e14b687'::uuid`, 'uuid', 'eeccb8c5-9943-b2bb-bb5e-222f4e14b687'],
  [`'\\x00\\xFF'::blob`, 'bytes', 'AP8='],
  [`'01011'::bit`, 'bit', '01011'],
  [`date '2026-02-03'`, 'date', '2026-02-03'],
  [`date '0044-03-15 (BC)'`, 'date', '-000043-03-15'],
  [`date '12026-02-03'`, 'date', '+012026-02-03'],
  [`'infinity'::date`, 'date', 'infinity'],
  [`time '03:04:05.678'`, 'time', '03:04:05.678'],
  [`'03:04:05+05:30'::timetz`, 'timetz', '03:04:05+05:30'],
  [`'03:04:05.123456789'::time_ns`, 'time', '03:04:05.123456789'],
  [`timestamp '2026-01-02 03:04:05'`, 'timestamp', '2026-01-02T03:04:05Z'],
  [`timestamp '2026-01-02 03:04:05.000001'`, 'timestamp', '2026-01-02T03:04:05.000001Z'],
  [`timestamp '1969-12-31 23:59:59.5'`, 'timestamp', '1969-12-31T23:59:59.5Z'],
  [`'2026-01-02 03:04:05'::timestamp_s`, 'timestamp', '2026-01-02T03:04:05Z'],
  [`'2026-01-02 03:04:05.25'::timestamp_ms`, 'timestamp', '2026-01-02T03:04:05.25Z'],
  [`'2026-01-02 03:04:05.123456789'::timestamp_ns`, 'timestamp', '2026-01-02T03:04:05.123456789Z'],
  [`timestamptz '2026-01-02 03:04:05+09'`, 'timestamp', '2026-01-01T18:04:05Z'],
  [`'infinity'::timestamp`, 'timestamp', 'infinity'],
  [`'-infinity'::timestamp`, 'timestamp', '-infinity'],
  [`interval '14 months 3 days 04:05:06.5'`, 'interval', 'P1Y2M3DT4H5M6.5S'],
  [`interval '-90 seconds'`, 'interval', 'PT-1M-30S'],
  [`interval 0 day`, 'interval', 'PT0S'],
  ['[1, null, 3]', 'integer[]', [1, null, 3]],
  ['[[9007199254740993], []]', 'bigint[][]', [['9007199254740993'], []]],
  ['array_value(1.5, 2)', 'decimal[]', ['1.5', '2.0']],
  [`{'a': 1, 'b': {'c': date '2026-01-01'}}`, 'struct(a integer, b struct(c date))', { a: 1, b: { c: '2026-01-01' } }],
  [`map {'k': [1]}`, 'map(text, integer[])', [{ key: 'k', value: [1] }]],
  [`union_value(n := 9007199254740993)`, 'union', '9007199254740993'],
];

suite('values of an answer', () => {
  let connection: DuckDBConnection;
  before(async () => {
    const instance = await DuckDBInstance.create(':memory:');
    connection = await instance.connect();
    await connection.run(`set TimeZone = 'UTC'`);
  });
  after(() => connection.closeSync());

  const answer = async (sql: string, limits = { rows: 100, bytes: 1_000_000 }): Promise<Rows> =>
    readRows(await connection.stream(sql), limits, () => undefined);

  for (const [expression, type, value] of VALUES) {
    test(`${expression} is ${type}`, async () => {
      const { columns, rows } = await answer(`select ${expression} as v`);
      assert.deepEqual({ columns, rows }, { columns: [{ name: 'v', type }], rows: [[value]] });
      assert.deepEqual(JSON.parse(JSON.stringify(rows)), rows);
    });
  }

  test('integers of any size come back exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: -(2n ** 127n) + 1n, max: 2n ** 127n - 1n }), async (integer) => {
        const { rows } = await answer(`select ${integer}::hugeint`);
        assert.equal(BigInt(rows[0]?.[0] as string | number), integer);
      }),
      { numRuns: 50 },
    );
  });

  test('rows beyond either limit are cut, and said to be', async () => {
    const many = await answer('from range(1000000000000)', { rows: 3000, bytes: 1e9 });
    assert.deepEqual([many.rows.length, many.truncated, many.rows.at(-1)], [3000, true, [2999]]);
    const large = await answer(`select repeat('x', 100) from range(100)`, { rows: 1000, bytes: 1050 });
    assert.deepEqual([large.rows.length, large.truncated], [10, true]);
    const exact = await answer('from range(3000)', { rows: 3000, bytes: 1e9 });
    assert.deepEqual([exact.rows.length, exact.truncated], [3000, undefined]);
  });

  test('what an answer cannot hold is said, not dropped', async () => {
    await assert.rejects(answer(`select struct_pack("__proto__" := 1)`), {
      reason: 'failed',
      message: /__proto__.*cast/,
    });
  });
});

suite('ISO 8601', () => {
  test('dates and timestamps agree with Date where it reaches', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const millis = date.getTime();
          assert.equal(isoDate(Math.floor(millis / 86_400_000)), date.toISOString().slice(0, 10));
          assert.equal(Date.parse(isoTimestamp(BigInt(millis), 1000n)), millis);
        },
      ),
    );
  });

  test('a time has only the digits that it needs', () => {
    assert.equal(isoTime(0n, 1n), '00:00:00');
    assert.equal(isoTime(86_399_999_999n, 1_000_000n), '23:59:59.999999');
    assert.equal(isoTime(100n, 1_000_000_000n), '00:00:00.0000001');
  });

  test('offsets and intervals', () => {
    assert.equal(isoOffset(0), '+00:00');
    assert.equal(isoOffset(-19_830), '-05:30:30');
    assert.equal(isoInterval(-13, 0, 0n), 'P-1Y-1M');
    assert.equal(isoInterval(0, 1, -1n), 'P1DT-0.000001S');
  });
});
