/** Must show 3: the limits of the Data Ingestion API, which are refused with 429 and 503. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Answer } from './support/http.ts';
import { startServer } from './support/inlet-server.ts';
import { requestIdOf, Workspace } from './support/workspace.ts';

const SECONDS_A_DAY = 86_400;

function persons(count: number, from: number = 0): { persons: object[] } {
  return { persons: Array.from({ length: count }, (_, at) => ({ email: `p${from + at}@quota.example` })) };
}

function refused(answer: Answer, status: number, code: string, message: string): number {
  const body = JSON.parse(answer.text) as { error_code: string; message: string };
  assert.deepEqual([answer.status, body.error_code], [status, code], answer.text);
  assert.ok(body.message.startsWith(message), body.message);
  requestIdOf(answer);
  return Number(answer.headers['retry-after']);
}

suite('Must show 3: limits', () => {
  test('4290801 Daily quota reached: refused whole, a smaller one passes, and a restart forgets nothing', async () => {
    const options = ['--daily-objects', '100', '--log-level', 'warn'];
    await using server = await startServer(...options);
    const workspace = new Workspace(server);
    await workspace.accept('persons', persons(90));
    const waitSeconds = refused(await workspace.ingest('persons', persons(11)), 429, '4290801', 'Daily quota reached');
    assert.ok(waitSeconds > 0 && waitSeconds <= SECONDS_A_DAY, String(waitSeconds));
    // What is refused for another reason counts for nothing.
    assert.equal((await workspace.ingest('persons', { persons: [1, 2, 3] })).status, 400);
    await workspace.accept('persons', persons(4, 90));

    await server.restart(...options);
    refused(await workspace.ingest('persons', persons(7)), 429, '4290801', 'Daily quota reached');
    await workspace.accept('persons', persons(6, 94));
    refused(await workspace.ingest('persons', persons(1)), 429, '4290801', 'Daily quota reached');
    const after = await workspace.store('quota/events', { events: 'know no quota' });
    assert.deepEqual(await workspace.sql('select count(*) from quota.events', { after }), [[1]]);
    assert.deepEqual(await workspace.sql('select count(*) from persons'), [[100]]);
  });

  test('429001 Service usage limit reached: by client and second', async () => {
    await using server = await startServer('--requests-per-second', '5', '--log-level', 'warn');
    const workspace = new Workspace(server);
    const other = await workspace.administer<{ clientId: string; clientSecret: string }>('POST', '/clients', {
      name: 'other',
      permissions: ['Read-Write Lead'],
    });
    const otherToken = await workspace.tokenOf(other);
    await workspace.token();
    const start = Date.now();
    const answers = await Promise.all(Array.from({ length: 30 }, () => workspace.ingest('persons', persons(1))));
    const taken = answers.filter(({ status }) => status === 202);
    // On a busy machine the requests fall into several windows of a second, the first and the last perhaps in part.
    const windows = 2 + Math.floor((Date.now() - start) / 1000);
    assert.ok(taken.length >= 5 && taken.length <= 5 * windows, `${taken.length} in at most ${windows} windows`);
    const [first] = answers.filter(({ status }) => status !== 202);
    assert.ok(first);
    assert.equal(refused(first, 429, '429001', 'Service usage limit reached'), 1);
    assert.equal((await workspace.ingest('persons', persons(1), { 'X-Mkto-User-Token': otherToken })).status, 202);
    assert.equal((await workspace.event('rate/events', '{}')).status, 200);
  });

  test('a token ends after its lifetime', async () => {
    await using server = await startServer('--token-lifetime', '1s', '--log-level', 'warn');
    const workspace = new Workspace(server);
    assert.equal((await workspace.ingest('persons', persons(1))).status, 202);
    const deadline = Date.now() + 10_000;
    let answer = await workspace.ingest('persons', persons(1));
    while (answer.status === 202 && Date.now() < deadline) answer = await workspace.ingest('persons', persons(1));
    refused(answer, 401, '401013', 'Oauth token is invalid');
    const fresh = { 'X-Mkto-User-Token': await workspace.tokenOf(server.credentials) };
    assert.equal((await workspace.ingest('persons', persons(1), fresh)).status, 202);
  });

  test('an unknown partition is refused where requests may not create one', async () => {
    await using server = await startServer('--create-partitions', 'false', '--log-level', 'warn');
    const workspace = new Workspace(server);
    const body = { partitionName: 'EMEA', ...persons(1) };
    refused(await workspace.ingest('persons', body), 400, '4000802', 'Invalid data');
    await workspace.administer('POST', '/partitions', { name: 'EMEA' });
    assert.equal((await workspace.ingest('persons', body)).status, 202);
  });
});
