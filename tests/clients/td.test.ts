/** npm `td`, unmodified, pointed at the server by its own options. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../support/server/inlet-server.ts';
import { packedImport, tdCaller } from '../support/server/td-import.ts';
import { Workspace } from '../support/server/workspace.ts';
import { TDClient } from 'td';

const ROWS = 100_000;

type Row = Readonly<Record<string, unknown>>;

/** What a call gives back to its callback. */
function result(call: (callback: (error: Error | null, result: unknown) => void) => void): Promise<Row> {
  return new Promise((resolve, reject) =>
    call((error, value) => (error === null ? resolve(value as Row) : reject(error))),
  );
}

async function finished(client: TDClient, jobId: string): Promise<Row> {
  for (const deadline = Date.now() + 60_000; ;) {
    const job = await result((done) => client.showJob(jobId, done));
    if (job['status'] !== 'queued' && job['status'] !== 'running') return job;
    assert.ok(Date.now() < deadline, 'the job comes to its end');
    await sleep(50);
  }
}

suite('td 0.5.0', () => {
  test('makes a table, imports 100,000 rows once, queries them, lists and deletes', async () => {
    await using server = await startServer('--log-level', 'warn');
    const { writeKey } = await tdCaller(new Workspace(server));
    const client = new TDClient(writeKey, { host: new URL(server.url).host, protocol: 'http' });
    assert.deepEqual(await result((done) => client.serverStatus(done)), { status: 'ok' });
    await result((done) => client.createDatabase('js_db', done));
    await result((done) => client.createLogTable('js_db', 'clicks', done));
    await assert.rejects(
      result((done) => client.createDatabase('js_db', done)),
      /exists already/,
    );

    const records = Array.from({ length: ROWS }, (_, n) => ({ time: 1_700_000_000 + n, n, name: `ü${n}` }));
    const body = packedImport(records);
    for (let sent = 0; sent < 2; sent += 1) {
      const stream = Readable.from([body], { objectMode: false });
      await result((done) => client.import('js_db', 'clicks', 'msgpack.gz', stream, body.length, 'chunk-1', done));
    }

    const query = 'select count(*), sum(n), min(name) from clicks';
    const issued = await result((done) => client.prestoQuery('js_db', query, done));
    const job = await finished(client, String(issued['job_id']));
    assert.equal(job['status'], 'success');
    assert.equal(job['num_records'], 1);
    const tsv = await result((done) => client.jobResult(String(issued['job_id']), 'tsv', done));
    assert.equal(tsv as unknown, `${ROWS}\t${(ROWS * (ROWS - 1)) / 2}\tü0\n`);

    const { databases } = (await result((done) => client.listDatabases(done))) as { databases: Row[] };
    assert.deepEqual(
      databases.map(({ name, count }) => [name, count]),
      [['js_db', ROWS]],
    );
    const { tables } = (await result((done) => client.listTables('js_db', done))) as { tables: Row[] };
    assert.deepEqual(
      tables.map(({ name, count, schema }) => [name, count, schema]),
      [['clicks', ROWS, '[["n","long","n"],["name","string","name"]]']],
    );
    const tail: unknown = await result((done) => client.tail('js_db', 'clicks', 1, done));
    assert.deepEqual(JSON.parse(tail as string), records.at(-1));
    const { jobs } = (await result((done) => client.listJobs(0, done))) as { jobs: Row[] };
    assert.deepEqual(
      jobs.map(({ job_id }) => job_id),
      [issued['job_id']],
    );
    const killed = await result((done) => client.kill(String(issued['job_id']), done));
    assert.equal(killed['former_status'], 'success');

    await result((done) => client.deleteTable('js_db', 'clicks', done));
    await result((done) => client.deleteDatabase('js_db', done));
    await assert.rejects(
      result((done) => client.listTables('js_db', done)),
      /no database 'js_db'/,
    );
  });
});
