/** Must show 5 of the ways in: two events of one idempotency key are one row, at once, later and after a crash. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../support/server/inlet-server.ts';
import { assertConserved } from '../support/server/bystander.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';
import type { ShownRequest } from '../support/server/workspace.ts';

interface KeyedRequest extends ShownRequest {
  readonly duplicateOf?: string;
  readonly duplicates?: readonly { readonly index: number; readonly of: string }[];
}

const RECORDS = 'application/vnd.treasuredata.v1+json';
const OPTIONS = ['--log-level', 'warn'];

function keyHeader(key: string | undefined): { readonly 'Idempotency-Key'?: string } {
  return key === undefined ? {} : { 'Idempotency-Key': key };
}

/** Stores an event that must be taken; gives its request's id. */
async function store(workspace: Workspace, v: number, key: string, table = 'db/tbl'): Promise<string> {
  const answer = await workspace.event(table, JSON.stringify({ v }), keyHeader(key));
  assert.equal(answer.status, 200, answer.text);
  return requestIdOf(answer);
}

/** Each event from a connection of its own, with their last bytes sent together. Gives the requests' ids. */
async function storeAtOnce(server: InletServer, bodies: readonly string[], key?: string): Promise<string[]> {
  const { url, writeKey } = server.credentials;
  const agent = new Agent({ keepAlive: false });
  const open = bodies.map((body) => {
    const headers = { 'Content-Type': 'application/json', 'X-TD-Write-Key': writeKey, ...keyHeader(key) };
    const own = { 'Content-Length': Buffer.byteLength(body) };
    const sending = request(`${url}/postback/v3/event/db/tbl`, {
      agent,
      method: 'POST',
      headers: { ...headers, ...own },
    });
    const answered = new Promise<string>((resolve, reject) => {
      sending.on('error', reject).on('response', (answer) => {
        assert.equal(answer.statusCode, 200);
        answer.resume().on('end', () => resolve(String(answer.headers['x-request-id'])));
      });
    });
    sending.write(body.slice(0, 1));
    return { end: () => sending.end(body.slice(1)), answered };
  });
  for (const { end } of open) end();
  return await Promise.all(open.map(({ answered }) => answered));
}

async function shown(workspace: Workspace, id: string): Promise<KeyedRequest> {
  return await workspace.decided(id);
}

async function rows(workspace: Workspace, table = 'db.tbl'): Promise<readonly unknown[]> {
  return (await workspace.sql(`select v from ${table} order by v`)).map(([v]) => v);
}

async function assertConservedBy(workspace: Workspace, requests: readonly ShownRequest[]): Promise<void> {
  for (const { requestId, objects } of requests) {
    assert.deepEqual([objects.received, objects.stored], [objects.stored, objects.received], requestId);
  }
  await assertConserved(workspace);
}

suite('Must show 5: idempotency keys', () => {
  test('two connections at once with one key: one row; without a key: two (law 2)', async () => {
    await using server = await startServer(...OPTIONS);
    const workspace = new Workspace(server);
    const ids = await storeAtOnce(server, ['{"v":1}', '{"v":1}'], 'one key');
    const keyed = await Promise.all(ids.map((id) => shown(workspace, id)));
    assert.deepEqual(await rows(workspace), [1]);
    const [stored, repeated] = keyed.toSorted((a, b) => Number('duplicateOf' in a) - Number('duplicateOf' in b));
    assert.equal(stored?.duplicateOf, undefined);
    assert.equal(repeated?.duplicateOf, stored?.requestId);
    await assertConservedBy(workspace, keyed);

    const plain = await storeAtOnce(server, ['{"v":2}', '{"v":2}']);
    await assertConservedBy(workspace, await Promise.all(plain.map((id) => shown(workspace, id))));
    assert.deepEqual(await rows(workspace), [1, 2, 2]);

    await shown(workspace, await store(workspace, 3, 'one key', 'db/other'));
    assert.deepEqual(await rows(workspace, 'db.other'), [3], 'a key of another table is another');
    const many = await workspace.event('db/tbl', '[{"v":4},{"v":5}]', keyHeader('one key'));
    assert.equal((await shown(workspace, requestIdOf(many))).duplicateOf, stored?.requestId, 'whatever it holds');
    assert.deepEqual(
      await workspace.sql(
        'select "duplicateOf", stored from inlet.requests where "duplicateOf" is not null order by 2',
      ),
      [
        [stored?.requestId, 1],
        [stored?.requestId, 2],
      ],
    );
  });

  test('a key that cannot be one is 400, and nothing is stored', async () => {
    await using server = await startServer(...OPTIONS);
    const workspace = new Workspace(server);
    for (const [key, status] of [
      ['', 400],
      ['x'.repeat(256), 400],
      ['x'.repeat(255), 200],
    ] as const) {
      const answer = await workspace.event('db/tbl', '{"v":1}', keyHeader(key));
      assert.equal(answer.status, status, answer.text);
      if (status === 400) assert.match(answer.text, /Idempotency-Key must have 1 to 255 characters/);
      else await shown(workspace, requestIdOf(answer));
    }
    assert.deepEqual(await rows(workspace), [1]);
  });

  test('records with a uuid are one by one what they are, and their receipts say success', async () => {
    await using server = await startServer(...OPTIONS);
    const workspace = new Workspace(server);
    const uuid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
    const post = async (...numbers: readonly number[]): Promise<KeyedRequest> => {
      const body = JSON.stringify({ events: numbers.map((v) => ({ v, uuid: uuid(v) })) });
      const headers = { 'Content-Type': RECORDS, 'X-TD-Write-Key': server.credentials.writeKey };
      const answer = await workspace.send({ path: '/db/tbl', headers, body });
      const { receipts } = JSON.parse(answer.text) as { receipts: readonly unknown[] };
      assert.deepEqual(
        receipts,
        numbers.map((v) => ({ success: true, uuid: uuid(v) })),
      );
      return await shown(workspace, requestIdOf(answer));
    };
    const first = await post(1, 2, 1);
    const second = await post(3, 2);
    const third = await post(2, 1);
    assert.deepEqual(await rows(workspace), [1, 2, 3]);
    assert.deepEqual(first.duplicates, [{ index: 2, of: first.requestId }]);
    assert.deepEqual(second.duplicates, [{ index: 1, of: first.requestId }]);
    assert.equal(third.duplicateOf, first.requestId);
    await assertConservedBy(workspace, [first, second, third]);
  });

  test('after SIGKILL and a start a key is still taken (law 3)', async () => {
    await using server = await startServer(...OPTIONS);
    const workspace = new Workspace(server);
    const first = await store(workspace, 1, 'k');
    await server.kill();
    await server.start(...OPTIONS);
    const second = await store(workspace, 2, 'k');
    assert.equal((await shown(workspace, second)).duplicateOf, first);
    await server.kill();
    await server.start(...OPTIONS);
    assert.equal((await shown(workspace, await store(workspace, 3, 'k'))).duplicateOf, first);
    assert.deepEqual(await rows(workspace), [1]);
  });

  test('after --idempotency-window a key brings a row again', async () => {
    await using server = await startServer(...OPTIONS, '--idempotency-window', '2s');
    const workspace = new Workspace(server);
    await shown(workspace, await store(workspace, 1, 'k'));
    // Until the window is over; how often it is asked until then, a busy machine decides.
    for (const deadline = Date.now() + 60_000; ;) {
      const { duplicateOf } = await shown(workspace, await store(workspace, 2, 'k'));
      if (duplicateOf === undefined) break;
      assert.ok(Date.now() < deadline, 'the window does not end');
      await sleep(200);
    }
    assert.deepEqual(await rows(workspace), [1, 2]);
  });
});
