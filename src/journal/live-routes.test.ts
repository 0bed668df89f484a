import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { QueryError } from '#ports/store-reader.ts';
import type { JournalPage } from '#ports/store-reader.ts';
import type { NewJournalEvent } from '#model/journal.ts';
import type { RequestId } from '#model/words.ts';
import { journalEvent, journalEvents, openJournalWorld } from '../../tests/support/journal-world.ts';
import type { JournalWorld } from '../../tests/support/journal-world.ts';
import { openLiveStream } from '../../tests/support/live-stream.ts';
import type { LiveStream } from '../../tests/support/live-stream.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { faultsOfFollowing } from '../../tests/support/seen-events.ts';

const idsOf = (events: readonly NewJournalEvent[]): string[] => events.map(({ id }) => id);

function follow(world: JournalWorld, query: string = '', headers: Record<string, string> = {}): Promise<LiveStream> {
  const authorization = `Bearer ${world.api.owner.adminToken}`;
  return openLiveStream(`${world.url}${world.api.path}/journal/live${query}`, { authorization, ...headers });
}

suite('the live stream', () => {
  test('begins with what comes next, and tells its place first', async () => {
    await using world = await openJournalWorld();
    await world.append(journalEvents(3));
    using stream = await follow(world);
    assert.equal(stream.status, 200);
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    assert.equal(stream.headers['cache-control'], 'no-store');
    assert.match(String(stream.headers['x-request-id']), /^[\da-f-]{36}$/);
    await stream.until(({ frames }) => frames.length > 0);
    assert.equal(stream.frames[0]?.id, `inlet:${world.workspace}:3`);
    const late = journalEvents(2);
    await world.append(late);
    await stream.until(({ events }) => events.length === 2);
    assert.deepEqual(stream.ids(), idsOf(late));
    assert.deepEqual(
      stream.events.map(({ id }) => id),
      [4, 5].map((ordinal) => `inlet:${world.workspace}:${ordinal}`),
    );
  });

  test('goes on behind Last-Event-ID, from the store over to live without a gap or a double', async () => {
    await using world = await openJournalWorld();
    const events = journalEvents(400);
    await world.append(events.slice(0, 300));
    using stream = await follow(world, '?since=oldest', { 'last-event-id': `inlet:${world.workspace}:10` });
    for (let at = 300; at < 400; at += 10) {
      await world.append(events.slice(at, at + 10));
      await new Promise(setImmediate);
    }
    await stream.until((each) => each.events.length >= 390);
    assert.deepEqual(faultsOfFollowing(stream.ids(), idsOf(events.slice(10))), []);
  });

  test('a hint that is lost delays, and loses nothing', async () => {
    const clock = new TestClock();
    await using world = await openJournalWorld({ clock });
    using stream = await follow(world, '?since=oldest');
    const events = journalEvents(5);
    await world.append(events, false);
    for (let looked = 0; stream.events.length < 5 && looked < 1_000; looked += 1) {
      clock.advance(10_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.deepEqual(stream.ids(), idsOf(events));
  });

  test('hears what is kept behind a forgotten stretch, and what comes then', async () => {
    await using world = await openJournalWorld();
    const old = [10, 900, 10, 100, 10, 100].map((time) => journalEvent({ time }));
    await world.append(old);
    await world.store.transaction(world.workspace, (transaction) =>
      transaction.retain({ before: 50, maxBytes: Number.MAX_SAFE_INTEGER, now: 100 }),
    );
    using first = await follow(world, '?since=oldest');
    await first.until(({ events }) => events.length === 3);
    using second = await follow(world, '', { 'last-event-id': `inlet:${world.workspace}:4` });
    const late = journalEvents(2, { time: 100 });
    await world.append(late);
    const kept = [...old.slice(3), ...late].map(({ id }) => id);
    await first.until(({ events }) => events.length === 5);
    await second.until(({ events }) => events.length === 4);
    assert.deepEqual(first.ids(), kept);
    assert.deepEqual(second.ids(), kept.slice(1));
  });

  test('filters by type, request and time', async () => {
    await using world = await openJournalWorld();
    const requestId = '01a218a4-709a-7a0d-88b9-787c62e13464' as RequestId;
    const mixed = [
      journalEvent({ type: 'status', time: 1 }),
      journalEvent({ requestIds: [requestId], time: 2 }),
      journalEvent({ type: 'metrics', time: 3 }),
    ];
    await world.append(mixed);
    using types = await follow(world, '?since=oldest&type=status&type=metrics');
    using ofRequest = await follow(world, `?since=oldest&requestId=${requestId}`);
    using times = await follow(world, '?from=1970-01-01T00:00:00.002Z');
    const live = journalEvent({ requestIds: [requestId], time: 9 });
    await world.append([journalEvent({ type: 'status', time: 1 }), live]);
    await types.until(({ events }) => events.length === 3);
    await ofRequest.until(({ events }) => events.length === 2);
    await times.until(({ events }) => events.length === 3);
    assert.deepEqual(ofRequest.ids(), [mixed[1]?.id, live.id]);
    assert.deepEqual(times.ids(), [mixed[1]?.id, mixed[2]?.id, live.id]);
  });

  test('a hundred readers are served from one reading of what is new', async () => {
    await using world = await openJournalWorld();
    await world.append(journalEvents(1));
    const streams = await Promise.all(Array.from({ length: 100 }, () => follow(world)));
    const before = world.readings();
    const events = journalEvents(20);
    await world.append(events);
    await Promise.all(streams.map((stream) => stream.until((each) => each.events.length === 20)));
    for (const stream of streams) assert.deepEqual(stream.ids(), idsOf(events));
    assert.ok(world.readings() - before <= 2, `${world.readings() - before} readings`);
    for (const stream of streams) stream[Symbol.dispose]();
  });

  test('a reader that takes nothing harms no other, is not buffered for, and catches up', async () => {
    await using world = await openJournalWorld();
    using slow = await follow(world, '?since=oldest');
    using quick = await follow(world, '?since=oldest');
    slow.pause();
    const events: NewJournalEvent[] = [];
    // More than sockets and the shared memory hold together.
    for (let n = 0; n < 60; n += 1) {
      const [event] = journalEvents(1, { padding: 400_000 });
      if (event === undefined) continue;
      events.push(event);
      await world.append([event]);
      await quick.until((each) => each.events.length === events.length);
    }
    assert.ok(slow.events.length < 40, `${slow.events.length} events reached the slow one`);
    slow.resume();
    await slow.until((each) => each.events.length >= events.length);
    assert.deepEqual(faultsOfFollowing(slow.ids(), idsOf(events)), []);
    assert.deepEqual(faultsOfFollowing(quick.ids(), idsOf(events)), []);
  });

  test('one that stayed behind for too long is told so, and its stream ends', async () => {
    await using world = await openJournalWorld();
    using stream = await follow(world, '?since=oldest');
    await stream.until(({ frames }) => frames.length > 0);
    await world.append(journalEvents(10), false);
    await world.store.transaction(world.workspace, (transaction) =>
      transaction.retain({ before: 1, maxBytes: 0, now: 1 }),
    );
    world.feed.doubt();
    await stream.ended;
    const last = stream.frames.at(-1);
    assert.equal(last?.event, 'expired');
    assert.match(last?.data ?? '', /have expired/);
  });

  test('who hears nothing for a while gets a sign of life with its place', async () => {
    const clock = new TestClock();
    await using world = await openJournalWorld({ clock });
    await world.append(journalEvents(2));
    using stream = await follow(world, '?type=metrics');
    await stream.until(({ frames }) => frames.length === 1);
    await world.append(journalEvents(2));
    for (let waited = 0; stream.frames.at(-1)?.id !== `inlet:${world.workspace}:4` && waited < 1_000; waited += 1) {
      clock.advance(15_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(stream.frames.at(-1)?.id, `inlet:${world.workspace}:4`, 'a place behind what it did not want');
    assert.equal(stream.events.length, 0);
  });

  test('all streams end at once when the server stops, and no more are opened', async () => {
    await using world = await openJournalWorld();
    const streams = await Promise.all([follow(world), follow(world), follow(world)]);
    world.readers[Symbol.dispose]();
    await Promise.all(streams.map(({ ended }) => ended));
    using late = await follow(world);
    assert.equal(late.status, 503);
    assert.ok(late.headers['retry-after']);
  });

  test('waits for a store that starts, since an EventSource does not come back after a 503', async () => {
    let failures = 2;
    await using world = await openJournalWorld({
      aroundReader: (reader) => ({
        journal: (...call) => {
          failures -= 1;
          if (failures >= 0) return Promise.reject(new QueryError('unavailable', 'starting'));
          return reader.journal(...call);
        },
      }),
    });
    const events = journalEvents(2);
    await world.append(events);
    using stream = await follow(world, '?since=oldest');
    assert.equal(stream.status, 200);
    // And while it is open.
    failures = 2;
    world.feed.doubt();
    await stream.until((each) => each.events.length === 2);
    assert.deepEqual(stream.ids(), idsOf(events));
  });

  test('a fault of the feed that skips or repeats an event is seen by who follows', async () => {
    const planted: ((page: JournalPage) => JournalPage)[] = [
      (page) => ({ ...page, events: page.events.filter(({ ordinal }) => ordinal !== 7) }),
      (page) => ({ ...page, events: page.events.flatMap((event) => (event.ordinal === 7 ? [event, event] : [event])) }),
    ];
    for (const aroundPage of planted) {
      await using world = await openJournalWorld({ aroundPage });
      const events = journalEvents(20);
      await world.append(events);
      using stream = await follow(world, '?since=oldest');
      await stream.until(({ frames }) => frames.at(-1)?.id === `inlet:${world.workspace}:20`);
      assert.equal(faultsOfFollowing(stream.ids(), idsOf(events)).length, 1);
    }
  });
});
