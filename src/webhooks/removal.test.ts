import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryControl } from '#engines/memory/control.ts';
import { Receiver } from '../../tests/support/receiver.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';
import type { WebhookWorld } from '../../tests/support/webhook-world.ts';

function idsOf({ control }: WebhookWorld): readonly string[] {
  return [...control.definitions().webhooks.keys()];
}

async function isForgotten({ deliveries }: WebhookWorld, id: string): Promise<boolean> {
  const traces = await deliveries.traces(id, { from: 0, limit: 1 });
  return (await deliveries.standing(id)) === undefined && traces.length === 0;
}

test('a webhook is deleted at once while its receiver leaves the challenge open, and nothing of it remains', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const url = `${world.api.path}/webhooks`;
  receiver.meeting = 'hang';
  // The clock stands still: the receiver has as much time as it wants.
  const made = world.api.call('POST', url, { body: { url: receiver.url } });
  await receiver.until(({ received }) => received.length === 1);
  const [id = ''] = idsOf(world);
  assert.equal((await world.api.call('DELETE', `${url}/${id}`)).status, 204);
  const { status, json } = await made;
  assert.deepEqual([status, json.code], [404, 'webhook-unknown']);
  assert.ok(await isForgotten(world, id));
  receiver.meeting = 'text';
  assert.equal((await world.create({ url: receiver.url })).state, 'active');
});

test('while a webhook that is deleted comes to its end, others are changed', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  const forgotten = Promise.withResolvers<void>();
  const { deliveries } = world;
  const forget = deliveries.forget.bind(deliveries);
  deliveries.forget = (gone) => forgotten.promise.then(() => forget(gone));
  const deleted = world.api.call('DELETE', `${world.api.path}/webhooks/${id}`);
  assert.equal((await world.create({ url: receiver.url })).state, 'active');
  forgotten.resolve();
  assert.equal((await deleted).status, 204);
  assert.ok(await isForgotten(world, id));
  const [other = ''] = idsOf(world);
  assert.equal((await world.deliveries.standing(other))?.state, 'active');
});

test('a test, or a challenge, of a webhook that is deleted meanwhile is of none', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  const url = `${world.api.path}/webhooks`;
  const tested = await world.create({ url: receiver.url });
  const enabled = await world.create({ url: receiver.url, enabled: false });
  receiver.manner = () => 'hang';
  receiver.meeting = 'hang';
  const before = receiver.received.length;
  const answers = [
    world.api.call('POST', `${url}/${tested.id}/test`),
    world.api.call('PATCH', `${url}/${enabled.id}`, { body: { enabled: true } }),
  ];
  await receiver.until(({ received }) => received.length === before + 2);
  for (const { id } of [tested, enabled]) assert.equal((await world.api.call('DELETE', `${url}/${id}`)).status, 204);
  for (const { status, json } of await Promise.all(answers))
    assert.deepEqual([status, json.code], [404, 'webhook-unknown']);
  for (const { id } of [tested, enabled]) assert.ok(await isForgotten(world, id));
  assert.deepEqual(
    world.told.filter(({ event }) => event === 'fault'),
    [],
  );
});

test('a webhook that is deleted between the steps of its making or changing is unknown', async () => {
  const control = createMemoryControl();
  const putWebhook = control.putWebhook.bind(control);
  let afterPut = async (_id: string): Promise<void> => {};
  control.putWebhook = async (webhook) => {
    await putWebhook(webhook);
    await afterPut(webhook.id);
  };
  await using world = await openWebhookWorld({ control });
  const url = `${world.api.path}/webhooks`;
  const body = { url: 'http://example.com/', enabled: false };
  const { id } = await world.create(body);
  afterPut = async (gone) => {
    await control.removeWebhook(world.api.owner.munchkinId, gone);
    await world.room.webhooks.remove(gone);
  };
  const patched = await world.api.call('PATCH', `${url}/${id}`, { body: { name: 'other' } });
  assert.deepEqual([patched.status, patched.json.code], [404, 'webhook-unknown']);
  const made = await world.api.call('POST', url, { body });
  assert.deepEqual([made.status, made.json.code], [404, 'webhook-unknown']);
});
