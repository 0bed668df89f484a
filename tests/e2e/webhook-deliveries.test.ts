/** Webhooks of a real server: what becomes of requests reaches a receiver, whatever ends the server. */
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Receiver, until } from '../support/receiver.ts';
import type { Manner } from '../support/receiver.ts';
import { startServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';

interface ResultsEvent {
  readonly data: { readonly requests: readonly { readonly requestId: string }[] };
}

/** Ids of the requests whose results have come in. */
function requestIds({ posts }: Receiver): ReadonlySet<string> {
  const events = posts.flatMap(({ body }) => [JSON.parse(body.toString()) as ResultsEvent | ResultsEvent[]].flat());
  return new Set(events.flatMap(({ data: said }) => said.requests.map(({ requestId }) => requestId)));
}

interface ShownWebhook {
  readonly id: string;
  readonly state: string;
  readonly delivered: number;
}

async function createWebhook(workspace: Workspace, body: object): Promise<ShownWebhook> {
  const answer = await workspace.admin('POST', '/webhooks', body);
  assert.equal(answer.status, 201, answer.text);
  return JSON.parse(answer.text) as ShownWebhook;
}

test('results of requests are delivered, signed by keys that anyone can fetch', async () => {
  await using receiver = await Receiver.open();
  await using server = await startServer('--webhook-allow-private');
  const workspace = new Workspace(server);
  const { state } = await createWebhook(workspace, { url: receiver.url, types: ['results'], delivery: 'batch' });
  assert.equal(state, 'active');
  const sent = await workspace.store('test_db/test_tbl', { a: 1 });
  await receiver.until((each) => requestIds(each).has(sent));
  const [post] = receiver.posts;
  for (const number of [1, 2]) {
    const path = String(post?.headers[`x-adobe-public-key${number}-path`]);
    const pem = (await workspace.send({ method: 'GET', path, headers: {} })).text;
    const signature = Buffer.from(String(post?.headers[`x-adobe-digital-signature-${number}`]), 'base64');
    assert.ok(verify('rsa-sha256', post?.body ?? Buffer.alloc(0), pem, signature));
  }
  const keys = join(server.directory, 'webhook-keys');
  const modes = readdirSync(keys).map((file) => statSync(join(keys, file)).mode & 0o777);
  assert.deepEqual(modes, [0o600, 0o600], 'law 8');
});

test('deliveries survive SIGKILL: each request is told of at least once, and retries go on', async () => {
  await using receiver = await Receiver.open();
  await using server = await startServer('--webhook-allow-private');
  const first = new Workspace(server);
  const { id } = await createWebhook(first, { url: receiver.url, types: ['results'] });
  const pending = async (workspace: Workspace): Promise<number> =>
    (JSON.parse((await workspace.admin('GET', `/webhooks/${id}`)).text) as { pending: number }).pending;
  receiver.manner = () => 503;
  const failed = await first.store('test_db/test_tbl', { number: 0 });
  await receiver.until((each) => requestIds(each).has(failed));
  await until(async () => (await first.admin('GET', `/webhooks/${id}/deliveries`)).text.includes('503'), 'its trace');
  // Some are under way when the server ends, and nobody has told it what became of them.
  const manners: readonly Manner[] = [200, 'hang'];
  receiver.manner = () => manners[receiver.posts.length % 2] ?? 200;
  const sent: string[] = [];
  for (let number = 1; number < 6; number += 1) sent.push(await first.store('test_db/test_tbl', { number }));
  await receiver.until(({ posts }) => posts.length > 1, 'a delivery before the kill');
  await server.kill();
  receiver.manner = () => 200;
  const before = receiver.posts.length;
  await server.start('--webhook-allow-private');
  const again = new Workspace(server);
  for (let number = 6; number < 9; number += 1) sent.push(await again.store('test_db/test_tbl', { number }));
  await receiver.until((each) => sent.every((requestId) => requestIds(each).has(requestId)), 'every request');
  assert.ok(receiver.posts.length > before);
  await until(async () => (await pending(again)) <= 1, 'nothing but the retry is pending');
  const retried = receiver.posts.slice(before).some((post) => post.headers['x-adobe-retry-count'] === '1');
  assert.ok(retried || (await pending(again)) === 1, 'what has failed before the kill is tried again after its minute');
});

test('a receiver that hangs does not delay the end of the server', async () => {
  await using receiver = await Receiver.open();
  await using server = await startServer('--webhook-allow-private');
  const workspace = new Workspace(server);
  await createWebhook(workspace, { url: receiver.url, types: ['results'] });
  receiver.manner = () => 'hang';
  const sent = await workspace.store('test_db/test_tbl', { a: 1 });
  await receiver.until(({ posts }) => posts.length > 0);
  await server.stop();
  receiver.manner = () => 200;
  const before = receiver.posts.length;
  await server.start('--webhook-allow-private');
  await receiver.until(({ posts }) => posts.length > before);
  assert.ok(requestIds(receiver).has(sent));
});

test('without the option a private address is refused, in registration and afterwards', async () => {
  await using receiver = await Receiver.open();
  await using server = await startServer('--webhook-allow-private');
  await createWebhook(new Workspace(server), { url: receiver.url, types: ['results'] });
  await server.restart();
  const workspace = new Workspace(server);
  for (const url of ['http://127.0.0.1/', 'http://169.254.169.254/latest/', 'http://[::1]:80/', 'http://localhost/']) {
    const { status, text } = await workspace.admin('POST', '/webhooks', { url });
    assert.equal(status, 400, text);
    assert.match(text, /--webhook-allow-private/);
  }
  const before = receiver.received.length;
  await workspace.store('test_db/test_tbl', { a: 1 });
  const { items } = JSON.parse((await workspace.admin('GET', '/webhooks')).text) as { items: ShownWebhook[] };
  await until(async () => {
    const { text } = await workspace.admin('GET', `/webhooks/${items[0]?.id}/deliveries`);
    return text.includes('address refused');
  }, 'a delivery that is refused');
  assert.equal(receiver.received.length, before);
});
