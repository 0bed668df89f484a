import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openSqlFixture } from './sql-runner.fixture.ts';
import type { SqlFixture } from './sql-runner.fixture.ts';

/** What people ask of their data: each must give this first row. */
const QUERIES: readonly (readonly [query: string, firstRow: readonly unknown[]])[] = [
  ['select 1', [1]],
  ['SELECT 1;', [1]],
  ['-- a comment\nselect /* another; */ 1', [1]],
  ['(select 1)', [1]],
  [`values (1, 'a'), (2, 'b')`, [1, 'a']],
  ['from persons select id order by id limit 1', [1]],
  ['table persons limit 0', []],
  ['select count(*) from persons', [1000]],
  ['select count(*) from main.persons', [1000]],
  ['select count(*) from "123-ABC-456".main.persons', [1000]],
  ['select count(*) from test_db.test_tbl', [2000]],
  ['select count(*) from TEST_DB."test_tbl"', [2000]],
  ['select count(*) from inlet.requests', [0]],
  ['select FIRSTNAME from PERSONS where ID = 3', ['Ann']],
  ['select "firstName" || \' \' || "lastName" from persons where id = 1', ['Ben Doe1']],
  ['select lastName, count(*) n from persons group by lastName order by n desc, 1 limit 3', ['Doe0', 100]],
  ['select lastName, count(*) from persons group by all having count(*) > 99 order by all', ['Doe0', 100]],
  [
    'select firstName, lastName, sum(leadScore) from persons group by rollup (1, 2) order by 3 desc limit 1',
    [null, null, 49500],
  ],
  [
    'select firstName, grouping(firstName), count(*) from persons group by cube (1) order by 3 desc limit 1',
    [null, 1, 1000],
  ],
  ['select count(*) from (select 1 from persons group by grouping sets ((firstName), (lastName), ()))', [14]],
  ['select sum(leadScore), avg(leadScore), min(id), max(id) from persons', [49500, 49.5, 1, 1000]],
  ['select count(distinct lastName) from persons', [10]],
  ['select approx_count_distinct(id) > 900 from persons', [true]],
  ['select median(id), quantile_cont(id, 0.25) from persons', [500.5, 250.75]],
  ['select percentile_cont(0.5) within group (order by id) from persons', [500.5]],
  [
    'select mode(lastName) is not null, stddev(id) > 1, corr(id, leadScore) is not null from persons',
    [true, true, true],
  ],
  ['select arg_max(email, id), first(id order by id desc) from persons', ['p1000@example.com', 1000]],
  [`select string_agg(lastName, ',' order by id) from persons where id < 4`, ['Doe1,Doe2,Doe3']],
  ['select list(id order by id) from persons where id < 4', [[1, 2, 3]]],
  ['select count(*) filter (where unsubscribed) from persons', [500]],
  [
    'select histogram(id % 2) from persons',
    [
      [
        { key: 0, value: 500 },
        { key: 1, value: 500 },
      ],
    ],
  ],
  ['select bool_and(id > 0), bool_or(id > 999), count_if(id > 10) from persons', [true, true, 990]],
  [
    'select id, row_number() over (partition by lastName order by id) r from persons qualify r = 2 order by id limit 1',
    [11, 2],
  ],
  [
    'select id, lag(id) over w, lead(id, 2, -1) over w from persons window w as (order by id) order by id limit 1',
    [1, null, 3],
  ],
  [
    'select id, sum(id) over (order by id rows between 1 preceding and 1 following) from persons order by id limit 1',
    [1, 3],
  ],
  [
    'select rank() over (order by leadScore desc), ntile(4) over (order by id) from persons order by id limit 1',
    [981, 1],
  ],
  [
    'select sum(ms) over (order by time range between 60 preceding and current row) from test_db.test_tbl order by time limit 1',
    [0],
  ],
  ['select p.id, q.id from persons p join persons q on q.id = p.id + 1 order by 1 limit 1', [1, 2]],
  ['select count(*) from persons p left join test_db.test_tbl t on t.ms = p.id where t.ms is null', [751]],
  ['select count(*) from persons semi join test_db.test_tbl t on t.ms = id', [249]],
  ['select count(*) from persons natural join (select 5 as id)', [1]],
  ['select count(*) from persons p full outer join (values (5), (5000)) v(id) using (id)', [1001]],
  ['select count(*) from persons, range(2)', [2000]],
  ['select t.x from persons p, lateral (select p.id * 2 as x) t order by 1 limit 1', [2]],
  ['select count(*) from (from persons asof join (select 10 as id) v using (id))', [991]],
  ['select a.id from persons a positional join persons b order by 1 limit 1', [1]],
  ['with a as (select 1 x), b as (select x + 1 y from a) select * from a, b', [1, 2]],
  ['with persons as (select 7 id) select id from persons', [7]],
  ['with recursive t(n) as (select 1 union all select n + 1 from t where n < 10) select sum(n) from t', [55]],
  ['with a as materialized (select 1 x) select (select x from a), exists (from a), 1 in (from a)', [1, true, true]],
  ['select id from persons where id = (select max(id) from persons)', [1000]],
  ['select id from persons p where exists (from persons q where q.id = p.id + 999) order by 1', [1]],
  ['select 1 > all (select 0), 1 = any ([1, 2])', [true, true]],
  ['select 1 union select 1 union all select 2 order by 1 desc', [2]],
  ['select 1 intersect select 1', [1]],
  ['select id from persons except select id from persons where id > 1', [1]],
  ['select 1 a, 2 b union all by name select 3 b, 4 a', [1, 2]],
  ['select distinct on (lastName) lastName, id from persons order by lastName, id', ['Doe0', 10]],
  ["select tags ->> 'a', tags -> 'deep' from test_db.test_tbl order by time limit 1", ['0', '{"x":"y0"}']],
  [
    `select json_extract_string(tags, '$.deep.x'), tags.deep.x from test_db.test_tbl order by time limit 1`,
    ['y0', '"y0"'],
  ],
  [
    `select json_array_length(tags, '$.list'), json_type(tags), json_keys(tags) from test_db.test_tbl limit 1`,
    [3, 'OBJECT', ['a', 'list', 'deep']],
  ],
  [`select (tags ->> '$.list[2]')::integer from test_db.test_tbl order by time limit 1`, [0]],
  [`select key, value from json_each('{"a": 1, "b": [2]}')`, ['a', '1']],
  [`select count(*) from json_tree('{"a": {"b": 1}}')`, [3]],
  [`select je.key from test_db.test_tbl t, json_each(t.tags) je order by 1 limit 1`, ['a']],
  [`select json_object('a', 1), to_json([1, 2]), json_valid('{')`, ['{"a":1}', '[1,2]', false]],
  [`select json_group_array(id) from (from persons where id < 3 order by id)`, ['[1,2]']],
  [`select from_json('{"a": 1}', '{"a": "INTEGER"}')`, [{ a: 1 }]],
  [`select '{"a": 1}'::json`, ['{"a": 1}']],
  [
    `select date_trunc('month', createdAt), count(*) from persons group by 1 order by 1 limit 1`,
    ['2026-01-01T00:00:00Z', 743],
  ],
  [`select extract(year from createdAt), date_part('dow', createdAt) from persons where id = 1`, [2026, 4]],
  [
    `select to_timestamp(time), epoch(to_timestamp(time)) from test_db.test_tbl order by 1 limit 1`,
    ['2026-01-01T00:00:00Z', 1767225600],
  ],
  [
    `select date '2026-01-31' + interval 1 month, date_diff('day', date '2026-01-01', date '2026-02-01')`,
    ['2026-02-28T00:00:00Z', 31],
  ],
  [
    `select strftime(timestamp '2026-01-02 03:04:05', '%Y/%m/%d'), strptime('02.01.2026', '%d.%m.%Y')`,
    ['2026/01/02', '2026-01-02T00:00:00Z'],
  ],
  [`select timestamp '2026-01-01 12:00' at time zone 'Asia/Tokyo'`, ['2026-01-01T03:00:00Z']],
  [
    `select now() > timestamp '2020-01-01', current_date > date '2020-01-01', age(date '2026-02-01', date '2026-01-01')`,
    [true, true, 'P1M'],
  ],
  [`select time_bucket(interval '15 minutes', timestamp '2026-01-01 00:20:00')`, ['2026-01-01T00:15:00Z']],
  [
    `select range from range(date '2026-01-01', date '2026-03-01', interval 1 month) order by 1`,
    ['2026-01-01T00:00:00Z'],
  ],
  [
    'select upper(lastName), length(email), substr(email, 1, 2), email[1:2] from persons where id = 1',
    ['DOE1', 14, 'p1', 'p1'],
  ],
  [
    `select replace('aXb', 'X', '-'), split_part('a,b', ',', 2), trim('  x '), lpad('7', 3, '0'), repeat('ab', 2)`,
    ['a-b', 'b', 'x', '007', 'abab'],
  ],
  [
    `select concat_ws('-', 'a', null, 'b'), 'abc' like 'a%', 'ABC' ilike 'a_c', 'abc' similar to 'a.c', 'abc' glob 'a*'`,
    ['a-b', true, true, true, true],
  ],
  [
    `select position('b' in 'abc'), substring('abc' from 2 for 1), starts_with('abc', 'a'), 'a' in ('a', 'b')`,
    [2, 'b', true, true],
  ],
  [
    `select regexp_extract(email, '@(.*)$', 1), regexp_matches(email, '^p'), regexp_replace(email, '[0-9]', '#', 'g') from persons where id = 10`,
    ['example.com', true, 'p##@example.com'],
  ],
  [
    `select levenshtein('abc', 'abd'), md5('a'), sha256('a') is not null, base64('a'::blob)`,
    [1, '0cc175b9c0f1b6a831c399e269772661', true, 'YQ=='],
  ],
  [`select printf('%05.1f', 3.14159), format('{:>4}', 'a')`, ['003.1', '   a']],
  [
    `select coalesce(null, 2), nullif(1, 1), ifnull(null, 3), case when 1 > 2 then 'a' else 'b' end, if(true, 1, 2)`,
    [2, null, 3, 'b', 1],
  ],
  [
    'select greatest(1, 3, 2), round(2.345, 2), floor(1.7), abs(-3), 7 // 2, 7 % 4, 2 ** 3, 1 / 2',
    [3, '2.35', '1', 3, 3, 3, 8, 0.5],
  ],
  [
    `select try_cast('x' as integer), '12'::bigint, 1::varchar, cast(1.5 as decimal(10, 2)), try(1::utinyint)`,
    [null, 12, '1', '1.50', 1],
  ],
  [`select 1 between 0 and 2, null is null, 1 is distinct from null, not true`, [true, true, true, false]],
  [
    'select list_transform([1, 2, 3], x -> x + 1), list_filter([1, 2, 3], lambda x: x > 1), list_reduce([1, 2, 3], (a, b) -> a + b)',
    [[2, 3, 4], [2, 3], 6],
  ],
  [
    'select [x * 2 for x in [1, 2, 3] if x > 1], list_sort([3, 1]), list_distinct([1, 1]), len([1, 2])',
    [[4, 6], [1, 3], [1], 2],
  ],
  [
    "select list_sum([1, 2]), list_contains([1], 1), list_aggregate([1, 2], 'max'), flatten([[1], [2]]), [1, 2, 3][2:]",
    [3, true, 2, [1, 2], [2, 3]],
  ],
  ['select unnest([1, 2])', [1]],
  ['select u from (select [3, 4] l), unnest(l) t(u) order by 1', [3]],
  [`select {'a': 1, 'b': 'x'}, struct_pack(c := 2), row(1, 2)[1], {'a': 1}.a`, [{ a: 1, b: 'x' }, { c: 2 }, 1, 1]],
  [`select map {'a': 1}, map {'a': 1}['a'], map_keys(map {'a': 1})`, [[{ key: 'a', value: 1 }], 1, ['a']]],
  [
    `from (pivot persons on firstName in ('Ann', 'Ben') using count(*) group by lastName) order by lastName`,
    ['Doe0', 33, 34],
  ],
  [`from persons pivot (count(*) for firstName in ('Ann') group by lastName) order by 1`, ['Doe0', 33]],
  [`select k, v from (unpivot (select 1 as a, 2 as b) on a, b into name k value v) order by 1`, ['a', 1]],
  ['select count(*) <= 1000 from persons using sample 10%', [true]],
  ['select count(*) from persons tablesample reservoir(50)', [50]],
  ['select * exclude (email, dateOfBirth) from (select id, email, dateOfBirth from persons) order by 1 limit 1', [1]],
  [`select * replace (id * 10 as id) from (select id from persons) order by 1 limit 1`, [10]],
  [`select columns('^(id|lead)') from persons order by id limit 1`, [1, 1]],
  ["select max(columns(c -> c like '%Score')) from persons", [99]],
  ['select id, #1 + 1 from persons order by #1 limit 1', [1, 2]],
  ['select unnest(generate_series(1, 3)), generate_series(1, 2)', [1, [1, 2]]],
  ['select * from generate_series(1, 100000) order by 1 desc limit 1', [100000]],
  ['select email.upper() from persons where id = 1', ['P1@EXAMPLE.COM']],
  ['select id from persons order by lastName collate nocase desc nulls last, id limit 1 offset 1', [19]],
  ['select typeof(id), typeof([1.5]) from persons limit 1', ['BIGINT', 'DECIMAL(2,1)[]']],
  [`select e'a\\nb', 'it''s', $$dollar$$, x'ab'::blob is not null`, ['a\nb', `it's`, 'dollar', true]],
  ['select count(*) from (select uuid(), random(), gen_random_uuid()), range(3)', [3]],
  ['explain select 1', ['physical_plan']],
  ['explain select 1;', ['physical_plan']],
  ['/* a */ explain /* b */ -- c\n analyze values (1)', ['analyzed_plan']],
  ['explain analyze select count(*) from persons', ['analyzed_plan']],
  ['show tables', ['persons']],
  ['describe persons', ['id', 'bigint']],
  ['show test_db.test_tbl', ['time', 'bigint']],
  ['describe select 1.5 as a', ['a', 'decimal']],
];

suite('SQL', () => {
  let fixture: SqlFixture;
  before(async () => {
    fixture = await openSqlFixture();
  });
  after(() => fixture[Symbol.asyncDispose]());

  for (const [query, expected] of QUERIES) {
    test(query, async () => {
      const { rows } = await fixture.query(query);
      assert.deepEqual(rows[0]?.slice(0, expected.length) ?? [], expected);
    });
  }

  test('columns have their declared spelling and portable types', async () => {
    const { columns } = await fixture.query(
      'select ID, FIRSTNAME, annualrevenue, dateofbirth, CREATEDAT from PERSONS limit 1',
    );
    assert.deepEqual(columns, [
      { name: 'id', type: 'bigint' },
      { name: 'firstName', type: 'text' },
      { name: 'annualRevenue', type: 'double' },
      { name: 'dateOfBirth', type: 'date' },
      { name: 'createdAt', type: 'timestamp' },
    ]);
  });

  test('params take the place of placeholders, as values and never as SQL', async () => {
    const one = async (sql: string, params: readonly unknown[]): Promise<unknown> =>
      (await fixture.query(sql, params)).rows[0];
    assert.deepEqual(await one('select id from persons where email = $1', ['p5@example.com']), [5]);
    assert.deepEqual(await one('select count(*) from persons where id > ? and lastName = ?', [990, 'Doe1']), [1]);
    assert.deepEqual(await one('select count(*) from persons where createdAt >= $1', ['2026-01-02']), [977]);
    assert.deepEqual(await one('select $1, $2, $3, $4', [null, true, 1.5, `x'; drop view persons; --`]), [
      null,
      true,
      1.5,
      `x'; drop view persons; --`,
    ]);
    assert.deepEqual(await one(`select $1::json ->> 'a'`, [{ a: 'b' }]), ['b']);
    assert.deepEqual(await one('select $1 || $1', ['a']), ['aa']);
    assert.deepEqual(await one('select count(*) from (from persons limit $1)', [3]), [3]);
  });

  test('a wrong number of params, and a named placeholder, are said to be so', async () => {
    await assert.rejects(fixture.query('select $1, $2', [1]), {
      reason: 'failed',
      message: /2 placeholders.*1 values/,
    });
    await assert.rejects(fixture.query('select 1', [1]), { reason: 'failed', message: /0 placeholders/ });
    await assert.rejects(fixture.query('select $name', [1]), { reason: 'failed', message: /\$name has a name/ });
  });

  test('mistakes are named', async () => {
    await assert.rejects(fixture.query('selec 1'), { reason: 'failed', message: /syntax error/ });
    await assert.rejects(fixture.query(''), { reason: 'failed', message: /empty/ });
    await assert.rejects(fixture.query('-- nothing'), { reason: 'failed', message: /empty/ });
    await assert.rejects(fixture.query('select nope from persons'), { reason: 'failed', message: /"nope"/ });
    await assert.rejects(fixture.query('from nope'), { reason: 'refused', message: /no table "nope".*SHOW TABLES/ });
    await assert.rejects(fixture.query('select 1e999'), { reason: 'refused', message: /range of a double/ });
    await assert.rejects(fixture.query(`select '${'x'.repeat(200_001)}'`), {
      reason: 'refused',
      message: /at most 200000/,
    });
  });
});
