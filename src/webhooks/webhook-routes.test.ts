import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessTokenOf } from '../../tests/support/http-api.ts';
import { Receiver } from '../../tests/support/receiver.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';

const UNKNOWN = '0199aa00-0000-7000-8000-000000000001';

test('webhooks are made, listed, shown, changed and deleted', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const url = `${world.api.path}/webhooks`;
  const body = { url: receiver.url, name: 'status', types: ['results', 'status'], delivery: 'batch' };
  const made = await world.create(body);
  const { id, createdAt, updatedAt, ...shown } = made;
  const zero = { cursor: 0, pending: 0, delivered: 0, dropped: 0, lostEvents: 0 };
  assert.deepEqual(shown, { ...body, enabled: true, state: 'active', ...zero });
  assert.equal(createdAt, new Date(world.clock.now()).toISOString());
  assert.equal(updatedAt, createdAt);
  assert.deepEqual((await world.api.call('GET', url)).json.items, [made]);
  assert.deepEqual(await world.show(id), made);
  world.clock.advance(1_000);
  const renamed = await world.patch(id, { name: 'other' });
  assert.deepEqual([renamed.name, renamed.types, renamed.createdAt], ['other', body.types, createdAt]);
  assert.notEqual(renamed.updatedAt, updatedAt);
  assert.equal((await world.api.call('DELETE', `${url}/${id}`)).status, 204);
  assert.equal((await world.api.call('DELETE', `${url}/${id}`)).json.code, 'webhook-unknown');
  assert.equal(await world.deliveries.standing(id), undefined);
  assert.deepEqual((await world.api.call('GET', url)).json.items, []);
});

test('bad bodies are refused member by member, and unknown webhooks with 404', async () => {
  await using world = await openWebhookWorld();
  const url = `${world.api.path}/webhooks`;
  const good = { url: 'http://example.com/' };
  for (const wrong of [
    {},
    { ...good, types: [] },
    { ...good, types: ['results', 'results'] },
    { ...good, types: ['other'] },
    { ...good, delivery: 'journal' },
    { ...good, secret: 'x' },
    { ...good, name: '' },
  ]) {
    assert.equal(
      (await world.api.call('POST', url, { body: wrong })).json.code,
      'invalid-input',
      JSON.stringify(wrong),
    );
  }
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['PATCH', '', {}],
    ['DELETE', '', undefined],
    ['POST', '/test', undefined],
    ['GET', '/deliveries', undefined],
  ] as const) {
    const options = body === undefined ? {} : { body };
    const answer = await world.api.call(method, `${url}/${UNKNOWN}${path}`, options);
    assert.equal(answer.json.code, 'webhook-unknown', `${method} ${path}`);
  }
});

test('a webhook belongs to its workspace, and clients do not see it (law 7)', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  const other = (await world.api.call('POST', '/v1/workspaces', { body: {} })).json;
  const foreign = `/v1/workspaces/${other.munchkinId}/webhooks`;
  for (const path of [`/${id}`, `/${id}/deliveries`])
    assert.equal((await world.api.call('GET', foreign + path)).json.code, 'webhook-unknown');
  assert.equal((await world.api.call('DELETE', `${foreign}/${id}`)).status, 404);
  const own = `${world.api.path}/webhooks/${id}`;
  assert.equal((await world.api.call('GET', own, { token: other.adminToken })).json.code, 'workspace-forbidden');
  const token = accessTokenOf(world.api.owner.clientId);
  assert.equal((await world.api.call('GET', own, { token })).json.code, 'token-insufficient');
  const rotate = await world.api.call('POST', '/v1/webhook-keys/rotate', { token: other.adminToken });
  assert.equal(rotate.json.code, 'token-insufficient');
  assert.equal((await world.show(id)).id, id);
});

test('deliveries are paged, newest first, and forgotten after 7 days', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  world.feed.append(7);
  await world.pass(0, async () => (await world.show(id)).delivered === 7);
  let next: string | undefined = `${world.api.path}/webhooks/${id}/deliveries?limit=3`;
  const sizes: number[] = [];
  const ids = new Set<string>();
  while (next !== undefined) {
    const { json }: { json: { items: { deliveryId: string }[]; next?: string } } = await world.api.call('GET', next);
    sizes.push(json.items.length);
    for (const { deliveryId } of json.items) ids.add(deliveryId);
    next = json.next;
  }
  assert.deepEqual([sizes, ids.size], [[3, 3, 2], 8]);
  const wrong = await world.api.call('GET', `${world.api.path}/webhooks/${id}/deliveries?after=x`);
  assert.equal(wrong.json.code, 'invalid-input');
  world.clock.advance(7 * 24 * 60 * 60_000 + 1);
  assert.deepEqual(await world.traces(id), []);
});

test('a workspace has 100 webhooks at most (law 6)', async () => {
  await using world = await openWebhookWorld();
  const body = { url: 'http://example.com/', enabled: false };
  for (let made = 0; made < 100; made += 1) await world.create(body);
  const answer = await world.api.call('POST', `${world.api.path}/webhooks`, { body });
  assert.deepEqual([answer.status, answer.json.code], [409, 'limit-reached']);
});

test('while the journal cannot be read nothing begins: 503', async () => {
  await using world = await openWebhookWorld();
  const { StoreError } = await import('#ports/store.ts');
  world.feed.failure = Object.assign(Object.create(StoreError.prototype) as Error, { message: 'down' });
  const answer = await world.api.call('POST', `${world.api.path}/webhooks`, { body: { url: 'http://example.com/' } });
  assert.deepEqual([answer.status, answer.json.code], [503, 'unavailable']);
});

test('public keys are for anyone, by their paths alone, and none is made for asking', async () => {
  await using world = await openWebhookWorld();
  const get = (path: string): Promise<{ status: number; text: string }> => world.api.call('GET', path, { token: null });
  assert.equal((await get(`/webhook-keys/${UNKNOWN}.pem`)).status, 404);
  const { items } = (await world.api.call('GET', '/v1/webhook-keys')).json;
  assert.equal(items.length, 2);
  for (const { path, publicKey } of items) {
    const { status, text } = await get(path);
    assert.deepEqual([status, text], [200, publicKey]);
    assert.match(text, /^-----BEGIN PUBLIC KEY-----/);
    assert.equal((await get(path.replace('.pem', ''))).status, 404);
  }
});
