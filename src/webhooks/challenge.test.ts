import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Receiver } from '../../tests/support/receiver.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';
import type { WebhookWorld } from '../../tests/support/webhook-world.ts';

const MINUTE = 60_000;

for (const meeting of ['text', 'json'] as const) {
  test(`a receiver that gives the challenge back as ${meeting} is active at once`, async () => {
    await using world = await openWebhookWorld();
    await using receiver = await Receiver.open();
    receiver.meeting = meeting;
    const { id, state } = await world.create({ url: receiver.url });
    assert.equal(state, 'active');
    const [get, ...others] = receiver.received;
    assert.match(get?.url ?? '', /^\/hook\?team=a%20b&challenge=[\da-f-]{36}$/);
    assert.deepEqual(others, []);
    assert.equal((await world.traces(id))[0].kind, 'challenge');
  });
}

/** The path of the validation URL that the receiver was sent. */
function validationPath(receiver: Receiver): string {
  const post = receiver.received.find(({ headers }) => headers['x-adobe-event-code'] === 'challenge');
  const { validationUrl } = JSON.parse(post?.body.toString() ?? '{}') as { validationUrl: string };
  assert.ok(validationUrl.startsWith('http://inlet.test/webhooks/validate?id='), validationUrl);
  return validationUrl.slice('http://inlet.test'.length);
}

async function statusOf({ api }: WebhookWorld, path: string): Promise<number> {
  return (await api.call('GET', path, { token: null })).status;
}

test('200 with another answer brings a validation URL, and a GET on it within 5 minutes verifies', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  receiver.meeting = 'other';
  const { id, state, reason } = await world.create({ url: receiver.url });
  assert.equal(state, 'unverified');
  assert.match(reason, /validation URL/);
  const [first] = world.feed.append(1);
  const path = validationPath(receiver);
  world.clock.advance(5 * MINUTE);
  assert.equal(await statusOf(world, `${path}x`), 404);
  assert.equal(await statusOf(world, path.replace(/id=[^&]+/, 'id=0')), 404);
  assert.equal(receiver.posts.length, 0, 'nothing is sent before');
  assert.equal(await statusOf(world, path), 200);
  assert.equal((await world.show(id)).state, 'active');
  await receiver.until(({ posts }) => posts.length === 1);
  assert.deepEqual(receiver.eventIds, [first], 'it begins where it was made');
  assert.equal(await statusOf(world, path), 404, 'the URL is good once');
});

test('the validation URL is in nothing that operators read, nor in what is kept (law 8)', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  receiver.meeting = 'other';
  const { id } = await world.create({ url: receiver.url });
  const challenge = new URL(validationPath(receiver), 'http://inlet.test').searchParams.get('challenge') ?? '';
  assert.match(challenge, /^[\da-f-]{36}$/);
  const kept = {
    shown: [await world.show(id), await world.traces(id)],
    traces: await world.deliveries.traces(id, { from: 0, limit: 100 }),
    standing: await world.deliveries.standing(id),
    told: world.told,
  };
  // A part of it would be enough to guess the rest.
  for (const part of [challenge, challenge.slice(0, 18), challenge.slice(18)])
    assert.ok(!JSON.stringify(kept).includes(part), JSON.stringify(kept));
  const [sent] = await world.traces(id);
  assert.deepEqual(
    [sent.kind, sent.request.method, sent.response.status, sent.succeeded],
    ['challenge', 'POST', 200, true],
  );
});

test('after 5 minutes the validation URL is good for nothing, and enabling challenges anew', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  receiver.meeting = 'other';
  const { id } = await world.create({ url: receiver.url });
  world.clock.advance(5 * MINUTE + 1);
  const { state, reason } = await world.show(id);
  assert.equal(state, 'disabled');
  assert.match(reason, /5 minutes/);
  assert.equal(await statusOf(world, validationPath(receiver)), 404);
  receiver.meeting = 'text';
  world.feed.append(3);
  assert.equal((await world.patch(id, { enabled: true })).state, 'active');
  const [next] = world.feed.append(1);
  await receiver.until(({ posts }) => posts.length === 1);
  assert.deepEqual(receiver.eventIds, [next], 'what was written while it was disabled is not sent later');
});

test('a receiver that refuses the challenge, or gives no answer, is disabled and sent nothing', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  receiver.meeting = 'refuse';
  const refused = await world.create({ url: receiver.url });
  assert.deepEqual([refused.state, /status 404/.test(refused.reason)], ['disabled', true]);
  receiver.meeting = 'hang';
  let isMade = false;
  const made = world.create({ url: receiver.url }).finally(() => (isMade = true));
  await world.pass(1_000, () => isMade);
  const silent = await made;
  assert.deepEqual([silent.state, /timeout/.test(silent.reason)], ['disabled', true]);
  world.feed.append(2);
  assert.equal(receiver.posts.length, 0);
});

test('a webhook that is made switched off is challenged when it is enabled', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id, state } = await world.create({ url: receiver.url, enabled: false });
  assert.deepEqual([state, receiver.received.length], ['unverified', 0]);
  assert.equal((await world.patch(id, { name: 'mine', enabled: true })).state, 'active');
});

test('a webhook that is switched off and on keeps its verification, and events of that time are not sent', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  await world.patch(id, { enabled: false });
  world.feed.append(5);
  assert.equal((await world.patch(id, { enabled: true })).state, 'active');
  const [next] = world.feed.append(1);
  await receiver.until(({ posts }) => posts.length === 1);
  assert.deepEqual(receiver.eventIds, [next]);
  assert.equal(receiver.received.filter(({ method }) => method === 'GET').length, 1);
});

test('another URL is challenged; other changes are not, and lose no event', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  await using other = await Receiver.open();
  const { id } = await world.create({ url: receiver.url, name: 'first', types: ['results'] });
  world.feed.append(1);
  await receiver.until(({ posts }) => posts.length === 1);
  const changed = await world.patch(id, { delivery: 'batch', name: null, types: null });
  assert.deepEqual([changed.name, changed.types, changed.delivery], [undefined, undefined, 'batch']);
  world.feed.append(1, 'status');
  await receiver.until(({ eventIds }) => eventIds.length === 2);
  assert.equal((await world.patch(id, { url: other.url })).state, 'active');
  world.feed.append(1);
  await other.until(({ eventIds }) => eventIds.length === 1);
  assert.deepEqual(
    [receiver, other].map(({ received }) => received.filter(({ method }) => method === 'GET').length),
    [1, 1],
  );
  other.meeting = 'refuse';
  assert.equal((await world.patch(id, { url: `${other.url}&moved` })).state, 'disabled');
});

test('a challenge that the end of the process broke off is made again', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  receiver.meeting = 'hang';
  const made = world.api.call('POST', `${world.api.path}/webhooks`, { body: { url: receiver.url } });
  await receiver.until(({ received }) => received.length === 1);
  receiver.meeting = 'text';
  await world.restart();
  assert.equal((await made).json.code, 'unavailable');
  const [id = ''] = world.control.definitions().webhooks.keys();
  await world.pass(0, async () => (await world.deliveries.standing(id))?.state === 'active');
});

test('10 failures of 10 within 30 minutes make it unstable, successes make it active again', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  receiver.manner = () => 404;
  world.feed.append(9);
  await world.pass(0, async () => (await world.show(id)).dropped === 9);
  assert.equal((await world.show(id)).state, 'active');
  world.feed.append(1);
  await world.pass(0, async () => (await world.show(id)).state === 'unstable');
  assert.match((await world.show(id)).reason, /80 %/);
  receiver.manner = () => 200;
  world.clock.advance(36 * MINUTE);
  world.feed.append(10);
  await world.pass(0, async () => (await world.show(id)).state === 'active');
  const states = world.told.filter(({ event }) => event === 'stateChanged').map(({ what }) => what.state);
  assert.deepEqual(states, ['active', 'unstable', 'active']);
});

test('a webhook of 24 hours of failures is disabled, keeps nothing pending, and is sent nothing', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  receiver.manner = () => 500;
  world.feed.append(2);
  await world.retries(async () => (await world.show(id)).state === 'disabled');
  await world.pass(0, async () => (await world.show(id)).pending === 0);
  const tries = receiver.posts.length;
  world.feed.append(3);
  receiver.manner = () => 200;
  world.clock.advance(60 * MINUTE);
  assert.equal((await world.patch(id, { enabled: true })).state, 'active');
  const [next] = world.feed.append(1);
  await receiver.until(({ posts }) => posts.length === tries + 1);
  assert.equal(receiver.eventIds.at(-1), next);
});
