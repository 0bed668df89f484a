/** Treasure Data's REST API on a real server: set-up, imports, jobs, deletion (spec: postback, "Neighbours"). */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { packedImport, tdCaller } from '../support/server/td-import.ts';
import type { TdCaller } from '../support/server/td-import.ts';
import { RawConnection } from '../support/server/raw-socket.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';
import type { Answer } from '../support/server/http.ts';

function jsonOf({ status, text }: Answer, wanted = 200): Record<string, unknown> {
  assert.equal(status, wanted, text);
  return JSON.parse(text) as Record<string, unknown>;
}

async function finished(td: TdCaller, jobId: unknown): Promise<string> {
  for (const deadline = Date.now() + 60_000; ;) {
    const { status } = jsonOf(await td.call('GET', `job/status/${String(jobId)}`));
    if (status !== 'queued' && status !== 'running') return String(status);
    assert.ok(Date.now() < deadline, 'the job comes to its end');
    await sleep(20);
  }
}

/** Runs a job that must succeed; its rows as JSON. */
async function rowsOf(td: TdCaller, database: string, query: string): Promise<readonly unknown[]> {
  const issued = await td.call('POST', `job/issue/presto/${database}?${new URLSearchParams({ query }).toString()}`);
  const { job_id } = jsonOf(issued);
  assert.equal(await finished(td, job_id), 'success');
  const { text } = await td.call('GET', `job/result/${String(job_id)}?format=json`);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}

suite("Treasure Data's REST API", () => {
  let server: InletServer;
  let workspace: Workspace;
  let td: TdCaller;
  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    td = await tdCaller(workspace);
  });
  after(() => server[Symbol.asyncDispose]());

  async function makeTable(database: string, table = 'clicks'): Promise<void> {
    jsonOf(await td.call('POST', `database/create/${database}`));
    jsonOf(await td.call('POST', `table/create/${database}/${table}/log`));
  }

  test('a table is made, filled, described, queried by its own name and tailed', async () => {
    await makeTable('web');
    const records = Array.from({ length: 25_000 }, (_, n) => ({ time: 1_700_000_000 + n, n, name: `é${n}` }));
    const answer = await td.call('PUT', 'table/import/web/clicks/msgpack.gz', [packedImport(records)]);
    const { elapsed_time, md5_hex, unique_id, database, table } = jsonOf(answer);
    assert.equal(typeof elapsed_time, 'number');
    assert.match(String(md5_hex), /^[0-9a-f]{32}$/);
    assert.equal(unique_id, requestIdOf(answer));
    assert.deepEqual([database, table], ['web', 'clicks']);
    assert.deepEqual(await rowsOf(td, 'web', 'select count(*), sum(n), max(name) from clicks'), [
      [25_000, 312_487_500, 'é9999'],
    ]);
    const { tables } = jsonOf(await td.call('GET', 'table/list/web')) as { tables: Record<string, unknown>[] };
    assert.equal(tables[0]?.['count'], 25_000);
    assert.equal(tables[0]?.['schema'], '[["n","long","n"],["name","string","name"]]');
    const tail = await td.call('GET', 'table/tail/web/clicks?count=2');
    assert.deepEqual(
      tail.text.split('\n').map((line) => (line === '' ? '' : (JSON.parse(line) as { n: number }).n)),
      [24_999, 24_998, ''],
    );
  });

  test('law 2: a fault in the middle of an import leaves nothing of it', async () => {
    await makeTable('whole');
    const good = Array.from({ length: 30_000 }, (_, n) => ({ n }));
    const broken = packedImport([...good, [1] as object]);
    const refused = await td.call('PUT', 'table/import/whole/clicks/msgpack.gz', broken);
    assert.match(String(jsonOf(refused, 422)['error']), /every record must be a map/);
    const cut = packedImport(good).subarray(0, 20_000);
    assert.match(
      String(jsonOf(await td.call('PUT', 'table/import/whole/clicks/msgpack.gz', cut), 422)['error']),
      /gzip/,
    );
    jsonOf(await td.call('PUT', 'table/import/whole/clicks/msgpack.gz', packedImport([{ n: -1 }])));
    assert.deepEqual(await rowsOf(td, 'whole', 'select count(*), min(n) from clicks'), [[1, -1]]);
  });

  test('law 3: an id is imported once, over a restart too', async () => {
    await makeTable('once');
    const path = 'table/import_with_id/once/clicks/chunk%2F1/msgpack.gz';
    const body = packedImport([{ n: 1 }, { n: 2 }]);
    const first = jsonOf(await td.call('PUT', path, body));
    assert.equal(first['unique_id'], 'chunk/1');
    assert.equal(jsonOf(await td.call('PUT', path, body))['md5_hex'], first['md5_hex']);
    await server.stop();
    await server.start('--log-level', 'warn');
    jsonOf(await td.call('PUT', path, body));
    jsonOf(await td.call('PUT', 'table/import_with_id/once/clicks/chunk2/msgpack.gz', body));
    assert.deepEqual(await rowsOf(td, 'once', 'select count(*) from clicks'), [[4]]);
  });

  test('law 4: a table is deleted with what was before, and begins anew with what comes behind', async () => {
    await makeTable('gone');
    jsonOf(await td.call('PUT', 'table/import/gone/clicks/msgpack.gz', packedImport([{ a: 1 }, { b: 'x' }])));
    jsonOf(await td.call('POST', 'table/delete/gone/clicks'));
    jsonOf(await td.call('GET', 'table/show/gone/clicks'), 404);
    jsonOf(await td.call('POST', 'table/delete/gone/clicks'), 404);
    const id = await workspace.store('gone/clicks', { b: 7 });
    await workspace.decided(id);
    assert.deepEqual(await workspace.sql('select * exclude (time) from gone.clicks'), [[7]]);
    assert.deepEqual(await workspace.events('gone/clicks'), ['{"b":7}']);
    jsonOf(await td.call('POST', 'database/delete/gone'));
    jsonOf(await td.call('GET', 'table/list/gone'), 404);
    assert.equal((await workspace.sqlAnswer('select * from gone.clicks')).status, 400);
  });

  test('an operator deletes a table by the admin API', async () => {
    await makeTable('admin_db');
    await workspace.decided(await workspace.store('admin_db/clicks', { a: 1 }));
    const path = '/databases/Admin_DB/tables/clicks';
    assert.equal((await workspace.admin('DELETE', path)).status, 204);
    assert.equal((await workspace.admin('GET', path)).status, 404);
    assert.equal((await workspace.admin('DELETE', path)).status, 404);
    jsonOf(await td.call('GET', 'table/show/admin_db/clicks'), 404);
  });

  test('a job that fails says why, one that is killed stays killed, and both are listed', async () => {
    await makeTable('jobs');
    const issue = async (query: string): Promise<unknown> =>
      jsonOf(await td.call('POST', `job/issue/presto/jobs?${new URLSearchParams({ query }).toString()}`))['job_id'];
    const wrong = await issue('select * from nowhere');
    assert.equal(await finished(td, wrong), 'error');
    const shown = jsonOf(await td.call('GET', `job/show/${String(wrong)}`)) as { debug: { stderr: string } };
    assert.match(shown.debug.stderr, /no table "nowhere"/);
    const long = await issue('select count(*) from range(5000000000) a');
    assert.match(String(jsonOf(await td.call('POST', `job/kill/${String(long)}`))['former_status']), /queued|running/);
    assert.equal(await finished(td, long), 'killed');
    const large = await issue('select * from range(20000)');
    assert.equal(await finished(td, large), 'error');
    const { jobs } = jsonOf(await td.call('GET', 'job/list?to=2')) as { jobs: { job_id: string }[] };
    assert.deepEqual(
      jobs.map(({ job_id }) => job_id),
      [large, long, wrong],
    );
  });

  test('a job that was open when the server was killed is an error afterwards', async () => {
    await makeTable('killed');
    const query = new URLSearchParams({ query: 'select count(*) from range(5000000000) a' }).toString();
    const { job_id } = jsonOf(await td.call('POST', `job/issue/presto/killed?${query}`));
    await server.kill();
    await server.start('--log-level', 'warn');
    assert.equal(await finished(td, job_id), 'error');
    const shown = jsonOf(await td.call('GET', `job/show/${String(job_id)}`)) as { debug: { stderr: string } };
    assert.match(shown.debug.stderr, /The server ended/);
  });

  test('law 2: a body that ends before it is whole is refused, and leaves nothing', async () => {
    await makeTable('cut');
    const records = packedImport([{ n: 1 }, { n: 2 }]);
    const chunk = Buffer.concat([Buffer.from(`${records.length.toString(16)}\r\n`), records, Buffer.from('\r\n')]);
    const query = Buffer.from('query=select+1');
    const importPath = '/v3/table/import/cut/clicks/msgpack.gz';
    const cases: readonly (readonly [head: string, body: Uint8Array])[] = [
      [`PUT ${importPath} HTTP/1.1\r\nContent-Length: ${records.length + 1}`, records],
      // Its records are all there: only the end of the body is missing.
      [`PUT ${importPath} HTTP/1.1\r\nTransfer-Encoding: chunked`, chunk],
      [`POST /v3/job/issue/presto/cut HTTP/1.1\r\nContent-Length: ${query.length + 1}`, query],
    ];
    for (const [head, body] of cases) {
      for (const leave of ['end', Symbol.dispose] as const) {
        const connection = new RawConnection(server.url);
        await connection.write(`${head}\r\nHost: inlet\r\nAuthorization: TD1 ${td.writeKey}\r\n\r\n`);
        await connection.write(body);
        connection[leave]();
        assert.match((await connection.closed(30_000)) ?? 'the server keeps the connection', /^(?:HTTP\/1\.1 400 |$)/);
      }
    }
    jsonOf(await td.call('PUT', 'table/import/cut/clicks/msgpack.gz', packedImport([{ n: 3 }])));
    assert.deepEqual(await rowsOf(td, 'cut', 'select n from clicks'), [[3]]);
    const { jobs } = jsonOf(await td.call('GET', 'job/list')) as { jobs: { database: string }[] };
    assert.equal(jobs.filter(({ database }) => database === 'cut').length, 1, 'only the job that counted the rows');
    assert.doesNotMatch(server.stderr, /internal fault/);
  });

  test('law 6: what a GET sends besides its address is neither waited for nor held', async () => {
    using connection = new RawConnection(server.url);
    const lines = ['GET /v3/database/list HTTP/1.1', 'Host: inlet', `Authorization: TD1 ${td.writeKey}`];
    await connection.write([...lines, 'Content-Length: 9', '', ''].join('\r\n'));
    assert.equal(await connection.status(), 200);
  });

  test('laws 7 and 8: keys open what they are for', async () => {
    await makeTable('mine');
    const writer = await tdCaller(workspace, { access: 'write-only' });
    jsonOf(await writer.call('PUT', 'table/import/mine/clicks/msgpack.gz', packedImport([{ n: 1 }])));
    assert.match(String(jsonOf(await writer.call('GET', 'database/list'), 403)['error']), /full access/);
    const limited = await tdCaller(workspace, { access: 'full', databases: ['web'] });
    jsonOf(await limited.call('GET', 'table/list/mine'), 403);
    jsonOf(await limited.call('POST', 'job/issue/presto/web?query=select+1'), 403);
    jsonOf(await workspace.send({ method: 'GET', path: '/v3/database/list' }), 401);
    const unknown = { Authorization: 'TD1 1/none' };
    jsonOf(await workspace.send({ method: 'GET', path: '/v3/database/list', headers: unknown }), 401);
    assert.deepEqual(jsonOf(await workspace.send({ method: 'GET', path: '/v3/system/server_status' })), {
      status: 'ok',
    });
  });

  test('what is there already is 409, what is not is 404, what cannot be is 422', async () => {
    await makeTable('codes');
    jsonOf(await td.call('POST', 'database/create/codes'), 409);
    jsonOf(await td.call('POST', 'database/create/web'), 409);
    jsonOf(await td.call('POST', 'table/create/codes/clicks/log'), 409);
    jsonOf(await td.call('POST', 'table/create/nothing/clicks/log'), 404);
    jsonOf(await td.call('PUT', 'table/import/codes/nothing/msgpack.gz', packedImport([{}])), 404);
    jsonOf(await td.call('POST', 'table/create/codes/clicks/item'), 422);
    jsonOf(await td.call('POST', 'database/create/pg_x'), 422);
    jsonOf(await td.call('GET', 'job/show/17'), 404);
    jsonOf(await td.call('GET', 'nothing/at/all'), 404);
    jsonOf(await td.call('GET', 'database/create/x'), 405);
  });
});
