import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { accessTokenOf } from '../../tests/support/http-api.ts';
import { journalEvents, openJournalWorld } from '../../tests/support/journal-world.ts';
import type { JournalWorld } from '../../tests/support/journal-world.ts';
import { openLiveStream } from '../../tests/support/live-stream.ts';
import { TestClock } from '../../tests/support/test-clock.ts';

async function ticketUrl(world: JournalWorld): Promise<string> {
  const token = accessTokenOf(world.api.owner.clientId);
  const { json } = await world.api.call('POST', `${world.api.path}/journal/tickets`, { token });
  return `${world.url}${json.url}`;
}

async function deleteClient({ api }: JournalWorld): Promise<void> {
  const { status } = await api.call('DELETE', `${api.path}/clients/${api.owner.clientId}`);
  assert.equal(status, 204);
}

suite('a live stream ends with what opened it', () => {
  test('that of a deleted client, and it hears nothing more; that of an admin token goes on', async () => {
    await using world = await openJournalWorld();
    const { adminToken, clientId } = world.api.owner;
    const url = `${world.url}${world.api.path}/journal/live?since=oldest`;
    const headers = { authorization: `Bearer ${accessTokenOf(clientId)}` };
    using byToken = await openLiveStream(url, headers);
    using byTicket = await openLiveStream(`${await ticketUrl(world)}&since=oldest`);
    using byAdmin = await openLiveStream(url, { authorization: `Bearer ${adminToken}` });
    await world.append(journalEvents(1));
    for (const stream of [byToken, byTicket, byAdmin]) await stream.until(({ events }) => events.length === 1);
    await deleteClient(world);
    await world.append(journalEvents(1));
    await Promise.all([byToken.ended, byTicket.ended]);
    await byAdmin.until(({ events }) => events.length === 2);
    assert.deepEqual([byToken.events.length, byTicket.events.length], [1, 1]);
    using again = await openLiveStream(url, headers);
    assert.equal(again.status, 401);
  });

  test('also when nothing happens in its journal', async () => {
    const clock = new TestClock();
    await using world = await openJournalWorld({ clock });
    const headers = { authorization: `Bearer ${accessTokenOf(world.api.owner.clientId)}` };
    using stream = await openLiveStream(`${world.url}${world.api.path}/journal/live`, headers);
    await stream.until(({ frames }) => frames.length === 1);
    await deleteClient(world);
    let hasEnded = false;
    void stream.ended.then(() => (hasEnded = true));
    for (let waited = 0; !hasEnded && waited < 1_000; waited += 1) {
      clock.advance(15_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(hasEnded);
    assert.equal(stream.events.length, 0);
  });

  test('and a ticket that nobody has used yet', async () => {
    await using world = await openJournalWorld();
    const url = await ticketUrl(world);
    await deleteClient(world);
    using stream = await openLiveStream(url);
    assert.equal(stream.status, 401);
  });
});
