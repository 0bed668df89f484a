import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openSqlFixture, WORKSPACE } from './sql-runner.fixture.ts';
import type { SqlFixture } from './sql-runner.fixture.ts';
import { QueryError } from '#ports/store-reader.ts';

/** Each would take all memory, or run for hours. */
const GREEDY: readonly (readonly [query: string, reasons: readonly QueryError['reason'][]])[] = [
  ['select * from range(1000000000) order by hash(range)', ['memory']],
  ['select count(distinct range) from range(10000000000)', ['memory']],
  ['select list(range) from range(10000000000)', ['memory']],
  [`select string_agg(range::varchar, ',') from range(10000000000)`, ['memory']],
  [`select max(length(repeat('a', 90000) || range)) from range(100000000)`, ['memory', 'timeout']],
  ['select row_number() over (order by hash(range)) from range(1000000000)', ['memory']],
  ['select range, array_agg(range) over () from range(100000000)', ['memory', 'timeout']],
  [
    'select a.range, count(*) from range(100000000) a join range(100000000) b on hash(a.range) = hash(b.range) group by 1',
    ['memory', 'timeout'],
  ],
  ['with recursive t(n) as (select 1 union all select n + 1 from t) select max(n) from t', ['timeout']],
  ['with recursive t(n) as (select 1 union select n + 1 from t) select max(n) from t', ['timeout', 'memory']],
  [
    'with recursive t(n) as (select 1 union all select n + 1 from t, range(10)) select count(*) from t',
    ['memory', 'timeout'],
  ],
  ['select count(*) from range(1000000000) a, range(1000000) b', ['timeout']],
  [
    'select count(*) from range(1000000000) a, range(1000000000) b where hash(a.range) = hash(b.range, a.range)',
    ['timeout', 'memory'],
  ],
  [
    `select count(*) from range(1000000000) where regexp_matches(repeat('a', 5000) || range, '(a*)*b(a|aa)+$')`,
    ['timeout'],
  ],
  ['explain analyze select count(*) from range(1000000000) a, range(1000000) b', ['timeout']],
];

suite('queries that take too much', { concurrency: false }, () => {
  let fixture: SqlFixture;
  let writer: DuckDBConnection;
  let writing = true;
  let written = 0;
  let writes: Promise<void>;
  before(async () => {
    fixture = await openSqlFixture({ memoryBytes: 200_000_000, memoryLimit: '1GB' });
    writer = await fixture.connect();
    writes = (async () => {
      while (writing) {
        await writer.run(`insert into "inlet-base".requests select 'r' || i, i from range(1000) t(i)`);
        written += 1000;
        await sleep(5);
      }
    })();
  });
  after(async () => {
    writing = false;
    await writes;
    writer.closeSync();
    await fixture[Symbol.asyncDispose]();
  });

  for (const [query, reasons] of GREEDY) {
    test(query, { timeout: 30_000 }, async () => {
      const writtenBefore = written;
      const residentBefore = process.memoryUsage.rss();
      await assert.rejects(fixture.query(query, [], reasons[0] === 'memory' ? 10_000 : 1_200), (error) => {
        assert.ok(error instanceof QueryError, String(error));
        assert.ok(reasons.includes(error.reason), `${error.reason}: ${error.message}`);
        if (error.reason === 'memory') assert.match(error.message, /200 MB/);
        return true;
      });
      assert.ok(
        process.memoryUsage.rss() - residentBefore < 1_200_000_000,
        'the query was ended before it took it all',
      );
      assert.ok(written > writtenBefore, 'inserts went on while the query ran');
      assert.deepEqual(fixture.stuck, []);
    });
  }

  test('afterwards everything that was inserted is there, and queries run', async () => {
    writing = false;
    await writes;
    assert.deepEqual((await fixture.query('select count(*) from inlet.requests')).rows, [[written]]);
  });

  test('results without end are cut without being made', { timeout: 20_000 }, async () => {
    const endless = await fixture.query('select * from range(1000000000000)');
    assert.deepEqual([endless.rows.length, endless.truncated], [10_000, true]);
    const wide = await fixture.query(`select repeat('x', 20000) from range(100000000)`);
    assert.equal(wide.truncated, true);
    assert.ok(JSON.stringify(wide.rows).length <= 16_100_000);
    const recursive = await fixture.query('with recursive t(n) as (select 1 union all select n + 1 from t) from t');
    assert.deepEqual([recursive.rows.length, recursive.truncated], [10_000, true]);
  });

  test('values as large as an argument says have a bound', async () => {
    const bombs = [
      `select repeat('x', 4000000000)`,
      `select lpad('x', 2000000000, 'y')`,
      `select rpad('x', 2000000000, 'y')`,
      'select range(1000000000)',
      'select generate_series(1, 1000000000)',
      'select list_resize([1], 1000000000)',
      `select generate_series(timestamp '2000-01-01', timestamp '2026-01-01', interval 1 second)`,
      'select array_resize([1], 1000000000, 2)',
      'select range(0, -1000000000, -1)',
    ];
    for (const bomb of bombs) await assert.rejects(fixture.query(bomb), { reason: 'failed', message: /at most/ });
  });
});

suite('the ends of a query', () => {
  const forever = 'select count(*) from range(1000000000) a, range(1000000) b';

  test('the caller can end it', async () => {
    await using fixture = await openSqlFixture();
    const caller = new AbortController();
    const running = fixture.runner.run(WORKSPACE, { query: forever, timeoutMs: 60_000 }, caller.signal);
    setTimeout(() => caller.abort(), 100);
    await assert.rejects(running, { name: 'QueryError', reason: 'unavailable' });
    assert.deepEqual((await fixture.query('select 1')).rows, [[1]]);
  });

  test('a caller who has gone already gets nothing started', async () => {
    await using fixture = await openSqlFixture({ connect: () => assert.fail('nothing may be opened') });
    await assert.rejects(fixture.runner.run(WORKSPACE, { query: forever, timeoutMs: 60_000 }, AbortSignal.abort()), {
      reason: 'unavailable',
    });
  });

  test('waiting counts as time; a full queue refuses at once; then slots are free again', async () => {
    await using fixture = await openSqlFixture({ running: 1, waiting: 1 });
    const first = fixture.query(forever, [], 1_500);
    const second = fixture.query('select 2', [], 200);
    await assert.rejects(fixture.query('select 3'), { reason: 'unavailable', message: /Too many/ });
    await assert.rejects(second, { reason: 'timeout', message: /200 ms/ });
    await assert.rejects(first, { reason: 'timeout' });
    assert.deepEqual((await fixture.query('select 4')).rows, [[4]]);
  });

  test('a query that does not end is reported once, and its asker gets an answer', async () => {
    // The connection stands in for an engine that never looks at interrupts: it runs on until the test lets it.
    const letGo = Promise.withResolvers<void>();
    let real: DuckDBConnection | undefined;
    await using fixture = await openSqlFixture({ stuckGraceMs: 100, running: 1, waiting: 1, connect: () => connect() });
    const connect = async (): Promise<DuckDBConnection> => {
      const connection = await fixture.connect();
      if (real !== undefined) return connection;
      real = connection;
      const run = connection.run.bind(connection);
      connection.run = async (sql) => (sql.startsWith('BEGIN') ? letGo.promise.then(() => run(sql)) : run(sql));
      return connection;
    };
    await assert.rejects(fixture.query('select 1', [], 50), { reason: 'timeout' });
    assert.deepEqual(fixture.stuck, [WORKSPACE]);
    await assert.rejects(fixture.query('select 2', [], 50), { reason: 'timeout' }, 'the slot is still taken');
    letGo.resolve();
    assert.deepEqual((await fixture.query('select 3')).rows, [[3]]);
    assert.deepEqual(fixture.stuck, [WORKSPACE]);
  });

  test('a store that cannot be opened makes the query unavailable, without naming the file', async () => {
    const connect = (): Promise<never> =>
      Promise.reject(new Error('IO Error: Cannot open file "/secret/place.duckdb"'));
    await using fixture = await openSqlFixture({ connect });
    await assert.rejects(fixture.query('select 1'), (error) => {
      assert.ok(error instanceof QueryError);
      assert.equal(error.reason, 'unavailable');
      assert.ok(!error.message.includes('/secret'));
      return true;
    });
  });
});
