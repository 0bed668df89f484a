/** Must show 9: SQL that takes too much or reaches too far is refused or ended, while a load goes on undisturbed. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertTells } from '../support/server/bystander.ts';
import type { Answer } from '../support/server/http.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { Load } from '../support/server/load.ts';
import { Workspace } from '../support/server/workspace.ts';

/** Statuses that the documentation names: refused, out of time, out of memory. */
const REFUSED = 400;
const OUT_OF_TIME = 408;
const OUT_OF_MEMORY = 503;

/** `DIR` stands for the data directory. */
const ESCAPES: readonly string[] = [
  // Reading files.
  `select * from read_csv('DIR/secret.csv')`,
  `select * from read_text('DIR/credentials.json')`,
  `select * from read_blob('DIR/token.key')`,
  `select * from read_json_auto('DIR/credentials.json')`,
  `select * from 'DIR/secret.csv'`,
  `select * from "DIR/secret.csv"`,
  `select * from glob('DIR/*')`,
  `select * from sniff_csv('DIR/secret.csv')`,
  `select (select content from read_text('/etc/passwd'))`,
  `select * from read_parquet('https://example.com/x.parquet')`,
  // Writing.
  `copy persons to 'DIR/out.csv'`,
  `copy (select 1) to 'DIR/out.parquet'`,
  `copy persons from 'DIR/secret.csv'`,
  `export database 'DIR/dump'`,
  `insert into persons (email) values ('x@y.example')`,
  `update persons set email = 'x@y.example'`,
  `delete from persons`,
  `truncate persons`,
  `drop table persons`,
  `drop schema load cascade`,
  `create table t (a integer)`,
  `create temp table t as select 1`,
  `alter table persons add column x integer`,
  `delete from load.events`,
  `merge into persons using (select 1 as id) s on persons.id = s.id when matched then delete`,
  `explain analyze delete from persons`,
  // Attaching and installing.
  `attach 'DIR/other.duckdb' as other`,
  `attach ':memory:' as other`,
  `detach persons`,
  `use memory`,
  `install httpfs`,
  `load httpfs`,
  `load 'DIR/evil.duckdb_extension'`,
  `import database 'DIR/dump'`,
  // Settings, and what the engine knows about itself.
  `set memory_limit = '100GB'`,
  `reset memory_limit`,
  `set enable_external_access = true`,
  `pragma database_list`,
  `pragma enable_logging`,
  `call pragma_version()`,
  `select current_setting('temp_directory')`,
  `select getenv('HOME')`,
  `select * from duckdb_settings()`,
  `select * from duckdb_secrets()`,
  `select * from information_schema.tables`,
  `checkpoint`,
  `vacuum`,
  // Ending its transaction, and statements after it.
  `begin`,
  `commit`,
  `rollback`,
  `select 1; commit`,
  `select 1; delete from persons`,
  `commit; drop table persons; begin`,
  `prepare p as delete from persons`,
  `execute p`,
];

/** Runs for ever, in little memory. */
const ENDLESS = 'with recursive t(n) as (select 1 union all select n + 1 from t) select max(n) from t';

/** Each would take all memory, or run for hours. */
const GREEDY: readonly string[] = [
  ENDLESS,
  'select * from range(1000000000) order by hash(range)',
  'select count(distinct range) from range(10000000000)',
  `select string_agg(range::varchar, ',') from range(10000000000)`,
  'select list(range) from range(10000000000)',
  'select count(*) from range(1000000000) a, range(1000000000) b',
  'select range, array_agg(range) over () from range(100000000)',
  'explain analyze select count(*) from range(1000000000) a, range(1000000000) b',
  `select count(*) from range(1000000000) where regexp_matches(repeat('a', 5000) || range, '(a*)*b(a|aa)+$')`,
];

suite('Must show 9: SQL in its sandbox, under load', () => {
  let server: InletServer;
  let workspace: Workspace;
  let load: Load;

  before(async () => {
    server = await startServer('--query-memory', '100MB', '--log-level', 'warn');
    workspace = new Workspace(server);
    await workspace.decided(await workspace.accept('persons', { persons: [{ email: 'first@load.example' }] }));
    writeFileSync(join(server.directory, 'secret.csv'), 'a,b\n1,hidden\n');
    load = new Load(workspace);
    while (load.acknowledged < 100) await sleep(20);
  });
  after(async () => {
    await load.stop();
    await server[Symbol.asyncDispose]();
  });

  test('a sound query passes, so that the refusals below mean something', async () => {
    const [[persons] = []] = await workspace.sql(`select count(*) from persons where email like 'p%'`);
    assert.ok(Number(persons) >= 0);
  });

  for (const escape of ESCAPES) {
    test(`refused: ${escape}`, async () => {
      const before = load.acknowledged;
      const answer = await workspace.sqlAnswer(escape.replaceAll('DIR', server.directory));
      assertQuiet(answer);
      assert.equal(answer.status, REFUSED, answer.text);
      await goesOn(before);
    });
  }

  for (const greedy of GREEDY) {
    test(`ended: ${greedy}`, { timeout: 30_000 }, async () => {
      const before = load.acknowledged;
      const answer = await workspace.sqlAnswer(greedy, { timeoutMs: 1500 });
      assertQuiet(answer);
      assert.ok([OUT_OF_TIME, OUT_OF_MEMORY].includes(answer.status), answer.text.slice(0, 1000));
      const { code } = JSON.parse(answer.text) as { code: string };
      assert.equal(code, answer.status === OUT_OF_TIME ? 'query-timeout' : 'query-memory');
      await goesOn(before);
    });
  }

  test('several greedy queries at once', { timeout: 60_000 }, async () => {
    const answers = await Promise.all(
      [...GREEDY, ...GREEDY].map((query) => workspace.sqlAnswer(query, { timeoutMs: 1500 })),
    );
    for (const answer of answers) assert.ok([OUT_OF_TIME, OUT_OF_MEMORY].includes(answer.status), answer.text);
    assert.equal((await workspace.sql('select 1'))[0]?.[0], 1);
  });

  test('a caller that goes away ends its query', async () => {
    const { munchkinId, adminToken } = server.credentials;
    for (let n = 0; n < 6; n += 1) {
      const asked = fetch(`${server.url}/v1/workspaces/${munchkinId}/sql`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ query: ENDLESS, timeoutMs: 60_000 }),
        signal: AbortSignal.timeout(200),
      });
      await assert.rejects(asked);
    }
    // More of them than there are slots: were they still running, this would time out.
    assert.deepEqual(await workspace.sql('select 1', { timeoutMs: 10_000 }), [[1]]);
  });

  test('nothing was written beside the data', () => {
    assert.ok(!existsSync(join(server.directory, 'out.csv')) && !existsSync(join(server.directory, 'out.parquet')));
    assert.deepEqual(
      readdirSync(join(server.directory)).filter((name) => /dump|other|out/.test(name)),
      [],
    );
  });

  test('the store process killed by hand: restarted, nothing refused, nothing lost', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 3; round += 1) {
      const [pid] = await storeProcess();
      process.kill(Number(pid), 'SIGKILL');
      const before = load.acknowledged;
      while (load.acknowledged < before + 100) await sleep(20);
      // The kernel may take longer to end a process with much memory than the server to acknowledge so many.
      while ((await storeProcess())[0] === pid) await sleep(20);
    }
  });

  test('all the while no request was refused, and nothing was lost', async () => {
    await load.stop();
    assert.deepEqual(load.refusals, []);
    await load.assertNothingLost();
  });

  /** The load gets further than it was. */
  async function goesOn(acknowledged: number): Promise<void> {
    while (load.acknowledged === acknowledged) await sleep(5);
  }

  async function storeProcess(): Promise<readonly number[]> {
    for (;;) {
      const pids = server.childPids;
      if (pids.length > 0) return pids;
      await sleep(20);
    }
  }

  // What an error quotes of the query itself is no secret.
  function assertQuiet(answer: Answer): void {
    const text = answer.text.replaceAll(server.directory, '');
    assertTells({ ...answer, text });
    assert.ok(!text.includes('hidden') && !text.includes('root:'), text);
  }
});
