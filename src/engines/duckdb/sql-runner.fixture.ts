/**
 * A small workspace for the tests of SQL: an instance set up as the store does it, with views over hidden tables.
 * Owns: the instance and its directory. Never: used outside tests.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { createSqlRunner } from './sql-runner.ts';
import type { SqlRunner, SqlRunnerOptions } from './sql-runner.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { SqlAnswer } from '#ports/store-reader.ts';

export const WORKSPACE: MunchkinId = '123-ABC-456' as MunchkinId;

export const REAL_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

const SCHEMA = `
  create schema "inlet-base"; create schema inlet; create schema test_db;
  create table "inlet-base".persons (
    "#emailHash" ubigint, id bigint, email varchar, "firstName" varchar, "lastName" varchar, "leadScore" bigint,
    "annualRevenue" double, unsubscribed boolean, "dateOfBirth" date, "createdAt" timestamp);
  insert into "inlet-base".persons
    select hash(i), i, 'p' || i || '@example.com', ['Ann', 'Ben', 'Cy'][1 + i % 3], 'Doe' || i % 10, i % 100, i * 1.5,
      i % 2 = 0, date '1990-01-01' + i::int, timestamp '2026-01-01 00:00:00' + to_hours(i)
    from range(1, 1001) t(i);
  create table "inlet-base".events (
    "#ordinal" bigint, time bigint, td_ip varchar, page varchar, ms bigint, tags json, "_extra" json);
  insert into "inlet-base".events
    select i, 1767225600 + i * 60, '10.0.0.' || i % 5, '/p/' || i % 7, i % 250,
      json_object('a', i, 'list', [1, 2, i], 'deep', json_object('x', 'y' || i)), null
    from range(2000) t(i);
  create table "inlet-base".requests (requestid varchar, received bigint);
  create view main.persons as select * exclude ("#emailHash") from "inlet-base".persons;
  create view test_db.test_tbl as select * exclude ("#ordinal") from "inlet-base".events;
  create view inlet.requests as select * from "inlet-base".requests;
  set global TimeZone = 'UTC'; set autoinstall_known_extensions = false; set autoload_known_extensions = false;
  set enable_external_access = false; set allowed_configs = ['streaming_buffer_size']; set lock_configuration = true;
`;

export interface SqlFixture extends AsyncDisposable {
  readonly directory: string;
  readonly runner: SqlRunner;
  readonly stuck: MunchkinId[];
  connect(): Promise<DuckDBConnection>;
  query(sql: string, params?: readonly unknown[], timeoutMs?: number): Promise<SqlAnswer>;
}

/** Opens the workspace; `memoryLimit` is the instance's own, as DuckDB writes it. */
export async function openSqlFixture(
  options: Partial<SqlRunnerOptions> & { readonly memoryLimit?: string } = {},
): Promise<SqlFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'inlet-sql-'));
  const instance = await DuckDBInstance.create(join(directory, `${WORKSPACE}.duckdb`), {
    memory_limit: options.memoryLimit ?? '1GB',
    threads: '2',
    temp_directory: join(directory, 'temp'),
    max_temp_directory_size: '1GB',
  });
  const setUp = await instance.connect();
  await setUp.run(SCHEMA);
  setUp.closeSync();
  const stuck: MunchkinId[] = [];
  const connect = (): Promise<DuckDBConnection> => instance.connect();
  const onStuck = (workspace: MunchkinId): void => void stuck.push(workspace);
  const runner = createSqlRunner({ connect, clock: REAL_CLOCK, memoryBytes: 256_000_000, onStuck, ...options });
  return {
    directory,
    runner,
    stuck,
    connect,
    query: (sql, params = [], timeoutMs = 20_000) =>
      runner.run(WORKSPACE, { query: sql, params, timeoutMs }, new AbortController().signal),
    [Symbol.asyncDispose]: async () => {
      instance.closeSync();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
