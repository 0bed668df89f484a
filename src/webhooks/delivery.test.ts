import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { test } from 'node:test';
import { Receiver } from '../../tests/support/receiver.ts';
import type { Manner, Received } from '../../tests/support/receiver.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';
import type { WebhookWorld } from '../../tests/support/webhook-world.ts';

const MINUTE = 60_000;

function header(received: Received | undefined, name: string): string {
  return String(received?.headers[name]);
}

/** How many of the two signatures are good, with keys fetched from where the headers say. */
async function goodSignatures({ api }: WebhookWorld, received: Received): Promise<number> {
  let good = 0;
  for (const number of [1, 2]) {
    const { status, text } = await api.call('GET', header(received, `x-adobe-public-key${number}-path`), {
      token: null,
    });
    if (status !== 200) continue;
    const signature = Buffer.from(header(received, `x-adobe-digital-signature-${number}`), 'base64');
    if (verify('rsa-sha256', received.body, text, signature)) good += 1;
  }
  return good;
}

test('an event is posted as it stands in the journal, with the documented headers', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  const [eventId] = world.feed.append(1);
  await receiver.until(({ posts }) => posts.length === 1);
  const [post] = receiver.posts;
  const { events } = await world.feed.read('any' as never, { after: 0, limit: 1, maxBytes: 1 });
  assert.equal(post?.body.toString(), events[0]?.event);
  assert.equal(post?.url, '/hook?team=a%20b');
  assert.equal(header(post, 'content-type'), 'application/json');
  assert.equal(header(post, 'user-agent'), 'Inlet/1.2.3');
  assert.equal(header(post, 'x-adobe-event-id'), eventId);
  assert.equal(header(post, 'x-adobe-event-code'), 'com.adobe.platform.marketo.observability.results');
  assert.match(header(post, 'x-adobe-provider'), /^\S+$/);
  assert.match(header(post, 'x-adobe-delivery-id'), /^[\da-f-]{36}$/);
  assert.match(header(post, 'x-adobe-public-key1-path'), /^\/webhook-keys\/[\w-]+\.pem$/);
  assert.equal(post?.headers['x-adobe-retry-count'], undefined);
  await world.pass(0, async () => (await world.show(id)).delivered === 1);
  const [trace] = await world.traces(id);
  assert.equal(trace.request.body, events[0]?.event);
  assert.deepEqual([trace.succeeded, trace.response.status, trace.attempt, trace.kind], [true, 200, 1, 'events']);
});

test('a new webhook begins at the end of the journal, and its types choose', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  world.feed.append(3);
  await world.create({ url: receiver.url, types: ['status', 'metrics'] });
  world.feed.append(2, 'results');
  const wanted = [...world.feed.append(1, 'status'), ...world.feed.append(1, 'metrics')];
  world.feed.append(1, 'results');
  await receiver.until(({ posts }) => posts.length === 2);
  assert.deepEqual(receiver.eventIds.toSorted(), wanted.toSorted());
});

test('a batch has at most 20 events and 2 MB, and the order of the journal', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url, delivery: 'batch', enabled: false });
  await world.patch(id, { enabled: true });
  // Two bytes a character: three of these do not fit into one batch.
  const large = world.feed.append(3, 'results', 400_000);
  const small = world.feed.append(50);
  await receiver.until(({ eventIds }) => eventIds.length === 53);
  for (const { body } of receiver.posts) {
    const events = JSON.parse(body.toString()) as readonly { readonly ordinal: number }[];
    assert.ok(events.length <= 20 && body.byteLength <= 2 * 1024 * 1024);
    const ordinals = events.map(({ ordinal }) => ordinal);
    assert.deepEqual(
      ordinals,
      ordinals.toSorted((a, b) => a - b),
    );
  }
  assert.deepEqual(new Set(receiver.eventIds), new Set([...large, ...small]));
  const [post] = receiver.posts;
  assert.equal(header(post, 'x-adobe-event-id'), header(post, 'x-adobe-delivery-id'));
});

test('both signatures are good, and one of them still is after a rotation', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  await world.create({ url: receiver.url });
  world.feed.append(1);
  await receiver.until(({ posts }) => posts.length === 1);
  const [before] = receiver.posts as [Received];
  assert.equal(await goodSignatures(world, before), 2);
  // A body that was touched on its way has none.
  assert.equal(await goodSignatures(world, { ...before, body: Buffer.from(`${before.body.toString()} `) }), 0);
  const rotated = (await world.api.call('POST', '/v1/webhook-keys/rotate')).json.items;
  const paths = rotated.map(({ path }: { path: string }) => path);
  assert.deepEqual(paths.filter((path: string) => path === header(before, 'x-adobe-public-key2-path')).length, 1);
  assert.ok(!paths.includes(header(before, 'x-adobe-public-key1-path')), 'the older key is gone');
  assert.equal(await goodSignatures(world, before), 1, 'what was sent before can still be verified');
  world.feed.append(1);
  await receiver.until(({ posts }) => posts.length === 2);
  const after = receiver.posts[1] as Received;
  assert.equal(await goodSignatures(world, after), 2);
  assert.deepEqual([header(after, 'x-adobe-public-key1-path'), header(after, 'x-adobe-public-key2-path')], paths);
});

test('500 and 429 are tried again by the documented schedule, counted in x-adobe-retry-count', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  receiver.manner = () => (receiver.posts.length % 2 === 0 ? 500 : 429);
  world.feed.append(1);
  const waits: number[] = [];
  for (let tries = 1; tries <= 8; tries += 1) {
    await receiver.until(({ posts }) => posts.length === tries, `try ${tries}`);
    await world.pass(0, async () => (await world.traces(id)).filter(({ kind }) => kind === 'events').length === tries);
    const [waiting] = await world.deliveries.pending(id);
    const waitMs = (waiting?.nextAttemptAt ?? 0) - world.clock.now();
    waits.push(waitMs / MINUTE);
    world.clock.advance(waitMs - 1);
    world.clock.advance(1);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 15, 15, 15, 15]);
  assert.equal(receiver.posts[0]?.headers['x-adobe-retry-count'], undefined);
  assert.deepEqual(
    receiver.posts.slice(1, 8).map((post) => header(post, 'x-adobe-retry-count')),
    ['1', '2', '3', '4', '5', '6', '7'],
  );
  assert.equal(new Set(receiver.posts.map((post) => header(post, 'x-adobe-delivery-id'))).size, 1);
  receiver.manner = () => 200;
  await world.retries(async () => (await world.show(id)).delivered === 1);
});

test('after 24 hours of retries a delivery is dropped, with a trace of why', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  receiver.manner = () => 503;
  const begun = world.clock.now();
  world.feed.append(1);
  await world.retries(async () => (await world.show(id)).dropped === 1);
  const hours = (world.clock.now() - begun) / 60 / MINUTE;
  assert.ok(hours > 23 && hours < 24.5, String(hours));
  assert.deepEqual(await world.deliveries.pending(id), []);
  // A receiver that failed for so long is disabled, and so tells that it was.
  assert.equal((await world.show(id)).state, 'disabled');
});

test('Retry-After of a 429 lengthens the wait, and never shortens it', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  const asked = ['600', '1'];
  receiver.manner = () => ({ status: 429, headers: { 'retry-after': asked[receiver.posts.length - 1] ?? '1' } });
  const waits: number[] = [];
  world.feed.append(1);
  for (const tries of [1, 2]) {
    await world.pass(0, async () => (await world.traces(id)).filter(({ kind }) => kind === 'events').length === tries);
    const waitMs = ((await world.deliveries.pending(id))[0]?.nextAttemptAt ?? 0) - world.clock.now();
    waits.push(waitMs / MINUTE);
    world.clock.advance(waitMs);
  }
  assert.deepEqual(waits, [10, 2]);
});

for (const status of [301, 404, 400, 505]) {
  test(`${status} is not tried again and not followed, and what comes behind goes on`, async () => {
    await using world = await openWebhookWorld();
    await using receiver = await Receiver.open();
    await using elsewhere = await Receiver.open();
    const { id } = await world.create({ url: receiver.url });
    receiver.manner = () =>
      receiver.posts.length === 1 ? { status, headers: { location: elsewhere.url }, body: 'x'.repeat(5_000) } : 200;
    world.feed.append(1);
    await world.pass(0, async () => (await world.show(id)).dropped === 1);
    world.feed.append(2);
    await world.pass(0, async () => (await world.show(id)).delivered === 2);
    world.clock.advance(60 * MINUTE);
    world.feed.append(1);
    await world.pass(0, async () => (await world.show(id)).delivered === 3);
    assert.equal(receiver.posts.length, 4);
    assert.equal(elsewhere.received.length, 0);
    const trace = (await world.traces(id)).find(({ response }) => response?.status === status);
    assert.deepEqual([trace.response.body.length, trace.response.bodyIsCut], [2_048, true]);
  });
}

test('no answer in 10 seconds, and a connection that ends, are tried again', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  const manners: readonly Manner[] = ['hang', 'cut', 200];
  receiver.manner = () => manners[receiver.posts.length - 1] ?? 200;
  world.feed.append(1);
  await receiver.until(({ posts }) => posts.length === 1);
  world.clock.advance(9_999);
  assert.equal((await world.traces(id)).length, 1, 'the challenge alone');
  await world.pass(1, async () => (await world.traces(id)).length === 2);
  await world.retries(async () => (await world.show(id)).delivered === 1);
  const faults = (await world.traces(id)).map(({ fault }) => fault);
  assert.deepEqual(faults.slice(1, 3), ['connection ended before the answer was whole', 'timeout after 10 s']);
});

test('a port that nobody listens at is tried again', async () => {
  await using world = await openWebhookWorld();
  const receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  await receiver[Symbol.asyncDispose]();
  world.feed.append(1);
  await world.pass(0, async () => (await world.traces(id)).length === 2);
  assert.equal((await world.traces(id))[0].fault, 'connection refused');
  assert.equal((await world.show(id)).pending, 1);
});

test('a test sends a signed event of its own, in any state, and is no delivery', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  receiver.meeting = 'refuse';
  const { id, state } = await world.create({ url: receiver.url, delivery: 'batch' });
  assert.equal(state, 'disabled');
  receiver.manner = () => ({ status: 418, body: 'teapot' });
  const { json } = await world.api.call('POST', `${world.api.path}/webhooks/${id}/test`);
  assert.deepEqual(
    [json.kind, json.succeeded, json.response.status, json.response.body],
    ['test', false, 418, 'teapot'],
  );
  const [post] = receiver.posts as [Received];
  assert.equal(header(post, 'x-adobe-event-code'), 'inlet.webhook.test');
  assert.equal((JSON.parse(post.body.toString()) as unknown[]).length, 1);
  assert.equal(await goodSignatures(world, post), 2);
  const { delivered, dropped } = await world.show(id);
  assert.deepEqual([delivered, dropped], [0, 0]);
});
