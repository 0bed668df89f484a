import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openSqlFixture, WORKSPACE } from './sql-runner.fixture.ts';
import type { SqlFixture } from './sql-runner.fixture.ts';

const DAY = 86_400;
/** The first event of the fixture, and midnight of 2026-01-01 in UTC. */
const START = 1_767_225_600;

const VALUES: readonly (readonly [expression: string, value: unknown])[] = [
  [`td_time_parse('2026-01-01')`, START],
  [`TD_TIME_PARSE('2026-01-01 00:00:01')`, START + 1],
  [`td_time_parse('2026-01-01T00:00:00.9Z')`, START],
  [`td_time_parse('2026-01-01 09:00:00+09:00')`, START],
  [`td_time_parse('2026-01-01 09:00:00+0900')`, START],
  [`td_time_parse('2026-01-01', 'Asia/Tokyo')`, START - 9 * 3600],
  [`td_time_parse('2026-01-01', 'JST')`, START - 9 * 3600],
  [`td_time_parse('2026-01-01 00:00:00Z', 'JST')`, START],
  [`td_time_parse('1969-12-31 23:59:59')`, -1],
  [`td_time_parse('soon')`, null],
  [`td_time_parse(null)`, null],
  [`td_time_range(${START}, '2026-01-01', '2026-01-02')`, true],
  [`td_time_range(${START + DAY}, '2026-01-01', '2026-01-02')`, false],
  [`td_time_range(${START - 1}, '2026-01-01', '2026-01-02')`, false],
  [`td_time_range(${START}, null, '2026-01-02')`, true],
  [`td_time_range(${START}, '2026-01-01', null)`, true],
  [`td_time_range(${START}, null, null)`, true],
  [`td_time_range(null, null, null)`, false],
  [`td_time_range(${START}, ${START}, ${START + 1})`, true],
  [`td_time_range(${START}, ${START + 1}, null)`, false],
  [`td_time_range(${START - 9 * 3600}, '2026-01-01', '2026-01-02', 'JST')`, true],
  [`td_time_range(${START + 15 * 3600}, '2026-01-01', '2026-01-02', 'JST')`, false],
  [`td_time_format(${START}, 'yyyy-MM-dd HH:mm:ss')`, '2026-01-01 00:00:00'],
  [`td_time_format(${START}, 'yyyy-MM-dd HH:mm:ss', 'JST')`, '2026-01-01 09:00:00'],
  [`td_time_format(${START + 61}, 'mmMM/ss%dd')`, '0101/01%01'],
  [`td_time_format(${START}, 'yyyy-MM-dd''T''HH:mm:ss''Z''')`, '2026-01-01T00:00:00Z'],
  [`td_time_format(null, 'yyyy')`, null],
  [`td_scheduled_time() between epoch(now()) - 5 and epoch(now())`, true],
];

suite('functions of Treasure Data', () => {
  let fixture: SqlFixture;
  before(async () => (fixture = await openSqlFixture()));
  after(() => fixture[Symbol.asyncDispose]());

  for (const [expression, value] of VALUES) {
    test(expression, async () => {
      const { rows } = await fixture.query(`select ${expression}`);
      assert.deepEqual(rows, [[value]]);
    });
  }

  test('a range counts the rows of a table', async () => {
    const sql = `select count(*) from test_db.test_tbl where td_time_range(time, '2026-01-01 00:01:00', '2026-01-01 01:00')`;
    assert.deepEqual((await fixture.query(sql)).rows, [[59]]);
  });

  test('formats come from a column, too', async () => {
    const sql = `select td_time_format(time, 'yyyyMMdd'), count(*) from test_db.test_tbl group by 1 order by 1`;
    assert.deepEqual((await fixture.query(sql)).rows, [
      ['20260101', 1440],
      ['20260102', 560],
    ]);
  });

  test('what cannot be exact is an error that says so', async () => {
    const refused = [
      [`td_time_format(0, 'yyyy-MM-dd z')`, /knows yyyy MM dd/],
      [`td_time_format(0, 'E')`, /knows yyyy MM dd/],
      [`td_time_format(0, 'ddd')`, /knows yyyy MM dd/],
      [`td_time_range(0, 'soon', null)`, /cannot read the time soon/],
      [`td_time_parse('2026-01-01', 'Nowhere/Else')`, /Nowhere/],
    ] as const;
    for (const [expression, message] of refused) {
      await assert.rejects(fixture.query(`select ${expression}`), message, expression);
    }
  });
});

suite('a query within a database', () => {
  let fixture: SqlFixture;
  before(async () => (fixture = await openSqlFixture()));
  after(() => fixture[Symbol.asyncDispose]());

  const within = async (query: string, database = 'test_db'): Promise<readonly unknown[]> =>
    (await fixture.runner.run(WORKSPACE, { query, database, timeoutMs: 30_000 }, new AbortController().signal)).rows;

  test('names its tables alone, in any case, and others by their whole names', async () => {
    assert.deepEqual(await within('select count(*) from test_tbl'), [[2000]]);
    assert.deepEqual(await within('select count(*) from TEST_TBL t where t.ms >= 0', 'TEST_DB'), [[2000]]);
    assert.deepEqual(await within('select count(test_tbl.time) from test_tbl join persons on id = ms'), [[1992]]);
    assert.deepEqual(await within('select count(*) from test_db.test_tbl'), [[2000]]);
    assert.deepEqual(await within('with test_tbl as (select 1) select count(*) from test_tbl'), [[1]]);
    assert.deepEqual((await within('describe test_tbl'))[0], ['time', 'bigint']);
    await assert.rejects(within('select * from nowhere'), /no table "nowhere"/);
    await assert.rejects(within('select * from test_tbl', 'inlet'), /no table "test_tbl"/);
  });

  test('law 7: a database opens no hidden schema', async () => {
    await assert.rejects(within('select * from events', 'inlet-base'), /no table "events"/);
  });

  test('what one query is given, the next does not have', async () => {
    await within('select count(*) from test_tbl');
    await assert.rejects(fixture.query('select count(*) from test_tbl'), /no table "test_tbl"/);
  });
});
