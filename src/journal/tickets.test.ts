import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { accessTokenOf } from '../../tests/support/http-api.ts';
import { journalEvents, openJournalWorld } from '../../tests/support/journal-world.ts';
import type { JournalWorld } from '../../tests/support/journal-world.ts';
import { openLiveStream } from '../../tests/support/live-stream.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { MAX_TICKETS } from './tickets.ts';

suite('tickets', () => {
  const ask = async (
    world: JournalWorld,
    token?: string,
  ): Promise<{ ticket: string; url: string; expiresAt: string }> => {
    const answer = await world.api.call(
      'POST',
      `${world.api.path}/journal/tickets`,
      token === undefined ? {} : { token },
    );
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['cache-control'], 'no-store');
    return answer.json;
  };

  test('a ticket opens the stream once, without a header', async () => {
    await using world = await openJournalWorld();
    const { url } = await ask(world, accessTokenOf(world.api.owner.clientId));
    const events = journalEvents(2);
    await world.append(events);
    using stream = await openLiveStream(`${world.url}${url}&since=oldest`);
    assert.equal(stream.status, 200);
    await stream.until((each) => each.events.length === 2);
    using again = await openLiveStream(`${world.url}${url}`);
    assert.equal(again.status, 401);
    assert.match(String(again.headers['www-authenticate']), /Bearer/);
  });

  test('is good for a minute', async () => {
    const clock = new TestClock();
    await using world = await openJournalWorld({ clock });
    const { url, expiresAt } = await ask(world);
    assert.equal(Date.parse(expiresAt), clock.now() + 60_000);
    clock.advance(60_000);
    using stream = await openLiveStream(`${world.url}${url}`);
    assert.equal(stream.status, 401);
  });

  test('opens nothing else: no other workspace, no other route (law 7)', async () => {
    await using world = await openJournalWorld();
    const { ticket } = await ask(world);
    await world.api.control.createWorkspace('111-AAA-111' as never, 0);
    const paths = ['/v1/workspaces/111-AAA-111/journal/live', '/v1/workspaces/222-BBB-222/journal/live'];
    const bodies: string[] = [];
    for (const path of paths) {
      const answer = await world.api.call('GET', `${path}?ticket=${ticket}`, { token: null });
      assert.equal(answer.status, 401);
      bodies.push(answer.json.detail);
    }
    assert.equal(bodies[0], bodies[1], 'nobody learns which workspaces there are');
    assert.equal(
      (await world.api.call('GET', `${world.api.path}/journal?ticket=${ticket}`, { token: null })).status,
      401,
    );
    assert.equal((await world.api.call('GET', `${world.api.path}/journal/live`, { token: null })).status, 401);
    using stream = await openLiveStream(`${world.url}${world.api.path}/journal/live?ticket=${ticket}`);
    assert.equal(stream.status, 200, 'and is good still');
  });

  test('a token that is there and wrong is not made good by a ticket', async () => {
    await using world = await openJournalWorld();
    const { url } = await ask(world);
    assert.equal((await world.api.call('GET', url, { token: 'wrong' })).status, 401);
  });

  test('unused ones are bounded, and time makes room', async () => {
    const clock = new TestClock();
    await using world = await openJournalWorld({ clock });
    for (let n = 0; n < MAX_TICKETS; n += 1) await ask(world);
    const refused = await world.api.call('POST', `${world.api.path}/journal/tickets`);
    assert.deepEqual([refused.status, refused.json.code], [409, 'limit-reached']);
    clock.advance(60_001);
    await ask(world);
  });
});
