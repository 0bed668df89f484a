import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { openSqlFixture } from './sql-runner.fixture.ts';
import type { SqlFixture } from './sql-runner.fixture.ts';
import { QueryError } from '#ports/store-reader.ts';

/** Each would read or change something beyond the workspace's visible tables. `DIR` is the data directory. */
const ESCAPES = [
  // Statements of another kind.
  `COPY persons TO 'DIR/out.csv'`,
  `COPY (SELECT 1) TO 'DIR/out.parquet'`,
  `COPY persons FROM 'DIR/secret.csv'`,
  `ATTACH 'DIR/other.duckdb' AS other`,
  `DETACH memory`,
  `USE inlet`,
  `INSTALL httpfs`,
  `LOAD httpfs`,
  `SET memory_limit = '100GB'`,
  `SET SESSION search_path = 'inlet-base'`,
  `RESET memory_limit`,
  `SET VARIABLE x = 1`,
  `PRAGMA database_list`,
  `PRAGMA enable_logging`,
  `CALL pragma_version()`,
  `CALL enable_logging(storage = 'file')`,
  `CHECKPOINT`,
  `FORCE CHECKPOINT`,
  `EXPORT DATABASE 'DIR/dump'`,
  `IMPORT DATABASE 'DIR/dump'`,
  `CREATE TABLE t (a integer)`,
  `CREATE TEMP TABLE t AS SELECT 1`,
  `CREATE OR REPLACE VIEW persons AS SELECT 1`,
  `CREATE MACRO m() AS 1`,
  `CREATE SECRET s (TYPE s3)`,
  `CREATE TYPE mood AS ENUM ('a')`,
  `INSERT INTO persons VALUES (1)`,
  `INSERT INTO "inlet-base".persons (id) VALUES (1) RETURNING *`,
  `UPDATE "inlet-base".persons SET email = 'x'`,
  `DELETE FROM "inlet-base".persons`,
  `TRUNCATE "inlet-base".persons`,
  `MERGE INTO "inlet-base".persons p USING (SELECT 1 AS id) s ON p.id = s.id WHEN MATCHED THEN DELETE`,
  `DROP VIEW persons`,
  `ALTER TABLE "inlet-base".persons ADD COLUMN x integer`,
  `VACUUM`,
  `ANALYZE`,
  `BEGIN`,
  `COMMIT`,
  `ROLLBACK`,
  `PREPARE p AS SELECT 1`,
  `EXECUTE p`,
  `DEALLOCATE p`,
  `COMMENT ON VIEW persons IS 'x'`,
  // Several statements.
  `SELECT 1; SELECT 2`,
  `SELECT 1; DROP VIEW persons`,
  `SELECT 1;;; COMMIT`,
  `SELECT 1 /* ; */ ; /* */ ROLLBACK`,
  `SELECT ';' ; COPY persons TO 'DIR/out.csv'`,
  `EXPLAIN SELECT 1; DELETE FROM "inlet-base".persons`,
  // Behind EXPLAIN, which runs what ANALYZE follows.
  `EXPLAIN ANALYZE DELETE FROM "inlet-base".persons`,
  `EXPLAIN ANALYZE COPY persons TO 'DIR/out.csv'`,
  `/* x */ EXPLAIN -- y\n ANALYZE INSERT INTO persons VALUES (1)`,
  `EXPLAIN EXPLAIN SELECT 1`,
  `EXPLAIN ANALYZE SELECT * FROM read_text('DIR/secret.csv')`,
  // Comments and letters that look like something else.
  `/* SELECT 1 */ COPY persons TO 'DIR/out.csv'`,
  `-- SELECT 1\nDROP VIEW persons`,
  `\u00a0DROP\u00a0VIEW\u00a0persons`,
  `SELECT\u2003*\u2003FROM\u2003'DIR/secret.csv'`,
  `SELECT 1\0; DROP VIEW persons`,
  `SELECT '\ud800'`,
  // Functions that read what is outside, by every way of calling them.
  `SELECT * FROM read_csv('DIR/secret.csv')`,
  `SELECT * FROM read_text('DIR/secret.csv')`,
  `SELECT * FROM read_blob('DIR/secret.csv')`,
  `SELECT * FROM read_parquet('https://example.com/x.parquet')`,
  `SELECT * FROM read_json_auto('DIR/*')`,
  `SELECT * FROM "READ_TEXT"('DIR/secret.csv')`,
  `SELECT * FROM main.read_csv('DIR/secret.csv')`,
  `SELECT * FROM system.main.read_text('DIR/secret.csv')`,
  `SELECT email.read_text() FROM persons`,
  `SELECT * FROM persons, LATERAL read_text(email)`,
  `SELECT * FROM glob('DIR/*')`,
  `SELECT * FROM sniff_csv('DIR/secret.csv')`,
  `SELECT * FROM parquet_metadata('DIR/x')`,
  `SELECT * FROM read_duckdb('DIR/x.duckdb')`,
  `SELECT * FROM query('COPY persons TO ''DIR/out.csv''')`,
  `SELECT * FROM query('SELECT 1')`,
  `SELECT * FROM query_table('inlet-base.persons')`,
  `SELECT * FROM query_table(['persons'])`,
  `SELECT * FROM json_execute_serialized_sql('{}')`,
  `SELECT json_serialize_sql('SELECT 1')`,
  `SELECT * FROM seq_scan('persons')`,
  `SELECT * FROM arrow_scan(1, 2, 3)`,
  `SELECT getenv('HOME')`,
  `SELECT getvariable('x')`,
  `SELECT current_setting('temp_directory')`,
  `SELECT system.main.current_setting('temp_directory')`,
  `SELECT current_query()`,
  `SELECT nextval('s')`,
  `SELECT setseed(0.5)`,
  `SELECT write_log('x')`,
  `SELECT sleep_ms(100000)`,
  `SELECT pg_sleep(100)`,
  `SELECT stats(email) FROM persons`,
  `SELECT txid_current()`,
  `SELECT version()`,
  // What the engine knows about itself.
  `SELECT * FROM duckdb_settings()`,
  `SELECT * FROM duckdb_secrets()`,
  `SELECT * FROM duckdb_tables()`,
  `SELECT * FROM duckdb_views`,
  `SELECT * FROM duckdb_databases()`,
  `SELECT * FROM duckdb_temporary_files()`,
  `SELECT * FROM duckdb_logs`,
  `SELECT * FROM information_schema.tables`,
  `SELECT * FROM pg_catalog.pg_class`,
  `SELECT * FROM sqlite_master`,
  `SELECT * FROM pragma_table_info('persons')`,
  `SELECT * FROM pragma_database_size()`,
  `SELECT * FROM checkpoint()`,
  `SELECT * FROM enable_logging()`,
  `SHOW DATABASES`,
  `SHOW TABLES FROM "inlet-base"`,
  `SUMMARIZE persons`,
  `SELECT * FROM (SHOW ALL TABLES)`,
  `SELECT * FROM (DESCRIBE "inlet-base".persons)`,
  `DESCRIBE "inlet-base".persons`,
  `DESCRIBE SELECT * FROM 'DIR/secret.csv'`,
  `SHOW "DIR/secret.csv"`,
  // Files and hidden tables as tables.
  `SELECT * FROM 'DIR/secret.csv'`,
  `FROM 'x.parquet'`,
  `FROM "DIR/secret.csv"`,
  `TABLE "DIR/secret.csv"`,
  `SELECT * FROM 'https://example.com/x.csv'`,
  `SELECT * FROM "inlet-base".persons`,
  `SELECT * FROM "INLET-BASE"."PERSONS"`,
  `SELECT * FROM "123-ABC-456"."inlet-base".persons`,
  `SELECT * FROM temp.persons`,
  `SELECT * FROM system.main.duckdb_tables`,
  `SELECT * FROM other.main.persons`,
  `SELECT * FROM requests`,
  `SELECT * FROM persons AT (VERSION => 1)`,
  // In every place of a query.
  `SELECT (SELECT content FROM read_text('DIR/secret.csv'))`,
  `SELECT 1 WHERE EXISTS (FROM 'DIR/secret.csv')`,
  `SELECT 1 IN (SELECT column0 FROM 'DIR/secret.csv')`,
  `SELECT * FROM persons ORDER BY (SELECT 1 FROM 'DIR/secret.csv')`,
  `SELECT * FROM persons LIMIT (SELECT count(*) FROM 'DIR/secret.csv')`,
  `SELECT * FROM persons OFFSET (SELECT count(*) FROM "inlet-base".persons)`,
  `SELECT * FROM persons QUALIFY row_number() OVER (ORDER BY getvariable('x')) = 1`,
  `SELECT sum(id) OVER (ORDER BY id ROWS (SELECT count(*) FROM 'DIR/secret.csv') PRECEDING) FROM persons`,
  `SELECT count(*) FILTER (WHERE current_setting('x') = '') FROM persons`,
  `SELECT id FROM persons GROUP BY id HAVING getvariable('x') IS NULL`,
  `SELECT list_transform([1], x -> current_setting('temp_directory'))`,
  `SELECT [current_setting(x) FOR x IN ['temp_directory']]`,
  `SELECT CASE WHEN true THEN current_setting('x') END`,
  `SELECT {'a': current_setting('temp_directory')}`,
  `SELECT * REPLACE (current_setting('x') AS id) FROM persons`,
  `SELECT COLUMNS(c -> current_setting('x') = c) FROM persons`,
  `SELECT DISTINCT ON (getvariable('x')) id FROM persons`,
  `VALUES (current_setting('temp_directory'))`,
  `WITH a AS (SELECT * FROM 'DIR/secret.csv') SELECT 1`,
  `WITH a AS (SELECT 1), b AS MATERIALIZED (FROM read_text('DIR/secret.csv')) FROM b`,
  `WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t, 'DIR/secret.csv') FROM t`,
  `SELECT 1 UNION ALL SELECT 2 FROM "inlet-base".persons`,
  `SELECT * FROM persons JOIN "inlet-base".persons p USING (id)`,
  `SELECT * FROM persons p JOIN persons q ON p.id = getvariable('x')`,
  `FROM (PIVOT "inlet-base".persons ON id IN (1) USING count(*))`,
  `PIVOT persons ON "lastName" USING count(*)`,
  `UNPIVOT "inlet-base".persons ON id INTO NAME k VALUE v`,
  `SELECT * FROM range(current_setting('threads')::integer)`,
  `SELECT id::my_type FROM persons`,
  `SELECT id::regclass FROM persons`,
  // A name of WITH holds in its query alone.
  `SELECT * FROM (WITH "DIR/secret.csv" AS (SELECT 1) SELECT 1), "DIR/secret.csv"`,
  `WITH "DIR/secret.csv" AS (FROM "DIR/secret.csv") FROM "DIR/secret.csv"`,
  // Around the guards of sql-guards.ts.
  `SELECT main.repeat('x', 1000000000)`,
  `SELECT system.main.range(1000000000)`,
  `SELECT email.lpad(1000000000, 'x') FROM persons`,
];

/** All that an escape could change: rows, tables, and files. */
async function fingerprint(fixture: SqlFixture): Promise<unknown> {
  const persons = await fixture.query('select count(*), sum(hash(email, id)) from persons');
  const tables = await fixture.query('show tables');
  // The write-ahead log comes and goes with checkpoints.
  const files = (await readdir(fixture.directory)).filter((file) => !file.endsWith('.wal')).toSorted();
  return [persons.rows, tables.rows, files];
}

suite('SQL that tries to leave its workspace', () => {
  let fixture: SqlFixture;
  let untouched: unknown;
  before(async () => {
    fixture = await openSqlFixture();
    await writeFile(join(fixture.directory, 'secret.csv'), 'a,b\n1,hidden\n');
    untouched = await fingerprint(fixture);
  });
  after(() => fixture[Symbol.asyncDispose]());

  for (const escape of ESCAPES) {
    test(JSON.stringify(escape), async () => {
      const query = escape.replaceAll('DIR', fixture.directory);
      await assert.rejects(fixture.query(query), (error) => {
        assert.ok(error instanceof QueryError);
        assert.equal(error.reason, 'refused', error.message);
        return true;
      });
    });
  }

  test('nothing was changed by any of them', async () => {
    assert.deepEqual(await fingerprint(fixture), untouched);
  });

  test('a change would be noticed: in a table, a view, a file', async () => {
    const changes = [`update "inlet-base".persons set email = 'x' where id = 7`, 'create view main.added as select 1'];
    for (const change of changes) {
      const connection = await fixture.connect();
      const before = await fingerprint(fixture);
      await connection.run(change);
      connection.closeSync();
      assert.notDeepEqual(await fingerprint(fixture), before, change);
    }
    const before = await fingerprint(fixture);
    await writeFile(join(fixture.directory, 'out.csv'), '');
    assert.notDeepEqual(await fingerprint(fixture), before);
  });

  test('the second wall holds by itself: without the sandbox, files are out of reach too', async () => {
    const connection = await fixture.connect();
    const attempts = [
      `from read_text('${fixture.directory}/secret.csv')`,
      `set memory_limit = '9GB'`,
      'install httpfs',
    ];
    for (const attempt of attempts) await assert.rejects(connection.run(attempt));
    connection.closeSync();
  });

  test('no error shows a path of the machine', async () => {
    const wrong = [
      'select nope from persons',
      'select upper(1, 2)',
      `select 'a'::integer`,
      'select * from persons where',
      'from x.y.z',
      `select strptime('a', '%Y')`,
      'select 1::decimal(50, 2)',
      `select '{'::json -> 'a'`,
      `select error('mine')`,
    ];
    for (const query of wrong) {
      await assert.rejects(fixture.query(query), (error) => {
        assert.ok(error instanceof QueryError);
        assert.ok(!error.message.includes(fixture.directory), error.message);
        return ['failed', 'refused'].includes(error.reason);
      });
    }
  });
});
