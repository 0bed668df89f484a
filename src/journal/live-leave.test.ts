import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { Pacer } from '#kit/pacer.ts';
import { openFeed, WORKSPACE } from '../../tests/support/feed-world.ts';
import { accessTokenOf } from '../../tests/support/http-api.ts';
import { journalEvents, openJournalWorld } from '../../tests/support/journal-world.ts';
import type { JournalWorld } from '../../tests/support/journal-world.ts';
import { openLiveStream } from '../../tests/support/live-stream.ts';
import type { LiveStream } from '../../tests/support/live-stream.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { LiveReaders } from './live-readers.ts';

async function ticketUrl(world: JournalWorld): Promise<string> {
  const token = accessTokenOf(world.api.owner.clientId);
  const { json } = await world.api.call('POST', `${world.api.path}/journal/tickets`, { token });
  return `${world.url}${json.url}`;
}

async function deleteClient({ api }: JournalWorld): Promise<void> {
  const { status } = await api.call('DELETE', `${api.path}/clients/${api.owner.clientId}`);
  assert.equal(status, 204);
}

async function ends(stream: LiveStream): Promise<void> {
  let hasEnded = false;
  void stream.ended.then(() => (hasEnded = true));
  await stream.until(() => hasEnded);
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
    await ends(byToken);
    await ends(byTicket);
    await byAdmin.until(({ events }) => events.length === 2);
    assert.deepEqual([byToken.events.length, byTicket.events.length], [1, 1]);
    using again = await openLiveStream(url, headers);
    assert.equal(again.status, 401);
  });

  test('also when nothing happens in its journal', async () => {
    // The feed's own clock stands still, so that it calls nobody.
    using world = openFeed();
    const clock = new TestClock();
    const pacer = new Pacer({ clock, activeMs: () => 0 });
    using readers = new LiveReaders({ feed: world.feed, clock, pacer, onFault: assert.ifError });
    await world.feed.end(WORKSPACE);
    let isGood = true;
    const open = (leave: () => boolean): ServerResponse => {
      const response = new ServerResponse(new IncomingMessage(new Socket()));
      const place = readers.admit(WORKSPACE);
      readers.open({ workspace: WORKSPACE, after: 0, filter: {}, response, leave, place });
      return response;
    };
    const ending = open(() => isGood);
    const staying = open(() => true);
    const pass = async (): Promise<void> => {
      clock.advance(15_000);
      for (let turn = 0; turn < 40; turn += 1) await new Promise(setImmediate);
    };
    await pass();
    assert.ok(!ending.writableEnded);
    isGood = false;
    await pass();
    assert.ok(ending.writableEnded);
    assert.ok(!staying.writableEnded);
    pacer.stop();
  });

  test('and a ticket that nobody has used yet', async () => {
    await using world = await openJournalWorld();
    const url = await ticketUrl(world);
    await deleteClient(world);
    using stream = await openLiveStream(url);
    assert.equal(stream.status, 401);
  });
});
