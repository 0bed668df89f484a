import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RequestId } from '#model/words.ts';
import type { JournalPage } from '#ports/store-reader.ts';
import { ALL, openFeed, WORKSPACE } from '../../tests/support/feed-world.ts';
import { journalEvent, journalEvents } from '../../tests/support/journal-world.ts';

const REQUEST = '01a218a4-709a-7a0d-88b9-787c62e13464' as RequestId;
const OTHER_REQUEST = '01a218a4-709a-7a0d-88b9-787c62e13465' as RequestId;

const ordinals = (page: JournalPage): number[] => page.events.map(({ ordinal }) => ordinal);

suite('the feed', () => {
  test('gives pages as the store does, and its ends', async () => {
    using world = openFeed();
    assert.deepEqual(await world.feed.read(WORKSPACE, { after: 0, ...ALL }), {
      events: [],
      through: 0,
      first: 0,
      last: 0,
    });
    await world.append(5);
    const page = await world.feed.read(WORKSPACE, { after: 1, ...ALL, limit: 2 });
    assert.deepEqual(ordinals(page), [2, 3]);
    assert.deepEqual([page.through, page.last], [3, 5]);
  });

  test('asks the store once for all who stand at the end', async () => {
    using world = openFeed();
    await world.append(3);
    await world.feed.read(WORKSPACE, { after: 0, ...ALL });
    world.asked.length = 0;
    await world.append(2);
    const pages = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        world.feed.read(WORKSPACE, { after: 3, limit: 1 + n, maxBytes: 1_000_000 }),
      ),
    );
    assert.deepEqual(ordinals(pages[0] as JournalPage), [4]);
    assert.deepEqual(ordinals(pages[99] as JournalPage), [4, 5]);
    assert.equal(world.asked.length, 1);
    // The same objects: what is made of an event is made once.
    assert.equal(pages[0]?.events[0], pages[99]?.events[0]);
  });

  test('asks the store once for all who stand at the same place behind', async () => {
    using world = openFeed();
    await world.append(50);
    const page = { after: 7, limit: 10, maxBytes: 1_000_000 };
    const pages = await Promise.all(Array.from({ length: 100 }, () => world.feed.read(WORKSPACE, page)));
    assert.equal(world.asked.length, 1);
    assert.ok(pages.every((each) => each === pages[0]));
    await world.feed.read(WORKSPACE, page);
    assert.equal(world.asked.length, 1, 'and later, too');
  });

  test('at the end nobody asks the store until a hint comes, or half a minute has passed', async () => {
    using world = openFeed();
    await world.append(3);
    await world.feed.read(WORKSPACE, { after: 0, ...ALL });
    world.asked.length = 0;
    await world.feed.read(WORKSPACE, { after: 3, ...ALL });
    assert.equal(world.asked.length, 0);
    await world.append(1, false);
    assert.deepEqual(ordinals(await world.feed.read(WORKSPACE, { after: 3, ...ALL })), [], 'nobody has told');
    world.clock.advance(30_000);
    assert.deepEqual(ordinals(await world.feed.read(WORKSPACE, { after: 3, ...ALL })), [4]);
  });

  test('filters what it has in memory as the store does', async () => {
    using world = openFeed();
    await world.append(1);
    await world.feed.read(WORKSPACE, { after: 0, ...ALL });
    const mixed = [
      journalEvent({ requestIds: [REQUEST], time: 10 }),
      journalEvent({ type: 'status', time: 20 }),
      journalEvent({ requestIds: [OTHER_REQUEST], time: 30 }),
      journalEvent({ requestIds: [OTHER_REQUEST, REQUEST], time: 40 }),
    ];
    const last = await world.store.transaction(WORKSPACE, (transaction) => transaction.appendJournal(mixed));
    world.feed.grown(WORKSPACE, last);
    for (const filter of [{ requestId: REQUEST }, { types: ['status'] }, { from: 20, to: 40 }, {}] as const) {
      const page = { after: 1, ...ALL, ...filter };
      const fromFeed = await world.feed.read(WORKSPACE, page);
      assert.deepEqual(fromFeed.events, (await world.store.reader().journal(WORKSPACE, page)).events);
      assert.equal(fromFeed.through, last);
    }
    assert.equal(world.asked.length, 2, 'the first page, and what followed it');
  });

  test('a page out of memory says what can be read, also when the store has forgotten it', async () => {
    using world = openFeed();
    await world.append(10);
    await world.feed.read(WORKSPACE, { after: 0, ...ALL });
    await world.store.transaction(WORKSPACE, (transaction) => transaction.retain({ before: 1, maxBytes: 0, now: 1 }));
    assert.equal((await world.store.reader().journal(WORKSPACE, { after: 0, ...ALL })).first, 10);
    const page = await world.feed.read(WORKSPACE, { after: 4, ...ALL });
    assert.deepEqual(ordinals(page), [5, 6, 7, 8, 9, 10]);
    assert.ok(page.first <= 5);
  });

  test('who stands where events are gone is told by the first that there is', async () => {
    using world = openFeed();
    await world.append(10);
    await world.store.transaction(WORKSPACE, (transaction) => transaction.retain({ before: 1, maxBytes: 0, now: 1 }));
    const page = await world.feed.read(WORKSPACE, { after: 4, ...ALL });
    assert.equal(page.first, 10);
  });

  test('a gap between what it knows and what the store keeps is not closed over', async () => {
    using world = openFeed();
    await world.append(5);
    await world.feed.read(WORKSPACE, { after: 0, ...ALL });
    await world.append(20, false);
    await world.store.transaction(WORKSPACE, (transaction) => transaction.retain({ before: 1, maxBytes: 0, now: 1 }));
    world.feed.doubt();
    const page = await world.feed.read(WORKSPACE, { after: 5, ...ALL });
    assert.ok(page.first > 6, `first ${page.first}`);
    assert.deepEqual(ordinals(await world.feed.read(WORKSPACE, { after: 24, ...ALL })), [25]);
  });

  test('gives all that is kept around gaps, out of memory and from any place', async () => {
    const gaps = new Set([2, 4, 5, 7, 8]);
    using world = openFeed((reader) => ({
      journal: async (workspace, page) => {
        const { events, ...ends } = await reader.journal(workspace, page);
        return { ...ends, events: events.filter(({ ordinal }) => !gaps.has(ordinal)) };
      },
    }));
    await world.append(6, false);
    const readers = [0, 1, 2, 3, 4, 5].flatMap((after) => [1, 2, 1_000].map((limit) => ({ ...ALL, after, limit })));
    await world.feed.read(WORKSPACE, { after: 0, ...ALL });
    const asked = world.asked.length;
    for (const page of readers) {
      const expected = [1, 3, 6].filter((ordinal) => ordinal > page.after).slice(0, page.limit);
      const got = await world.feed.read(WORKSPACE, page);
      assert.deepEqual(ordinals(got), expected, JSON.stringify(page));
      assert.ok(got.through > page.after, 'whoever goes on behind it gets on');
    }
    assert.equal(world.asked.length, asked, 'the store is not needed for it');
    await world.append(3);
    for (const after of [6, 7, 8]) {
      assert.deepEqual(ordinals(await world.feed.read(WORKSPACE, { after, ...ALL })), [9]);
    }
  });

  test('what was forgotten behind the last event that it has is passed over', async () => {
    let end = 5;
    using world = openFeed((reader) => ({
      journal: async (workspace, page) => {
        const { events, ...ends } = await reader.journal(workspace, page);
        // As of a store that looks at a stretch at a time, and has nothing left at the end of it.
        return { ...ends, events: events.filter(({ ordinal }) => ordinal !== 5), through: Math.max(page.after, end) };
      },
    }));
    await world.append(4);
    end = 4;
    await world.feed.read(WORKSPACE, { after: 0, ...ALL });
    await world.append(1);
    end = 5;
    assert.deepEqual(ordinals(await world.feed.read(WORKSPACE, { after: 3, limit: 1, maxBytes: 1 })), [4]);
    const page = await world.feed.read(WORKSPACE, { after: 4, ...ALL });
    assert.deepEqual([page.events.length, page.through], [0, 5]);
    assert.equal((await world.feed.read(WORKSPACE, { after: 3, ...ALL })).through, 5);
  });

  test('a hint that comes while a journal is read for the first time is remembered', async () => {
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    using world = openFeed((reader) => ({
      journal: async (...call) => {
        const page = await reader.journal(...call);
        begun.resolve();
        await goOn.promise;
        return page;
      },
    }));
    await world.append(3);
    const reading = world.feed.read(WORKSPACE, { after: 0, ...ALL });
    await begun.promise;
    await world.append(2);
    goOn.resolve();
    await reading;
    assert.equal(await world.feed.end(WORKSPACE), 5);
    assert.deepEqual(ordinals(await world.feed.read(WORKSPACE, { after: 3, ...ALL })), [4, 5]);
  });

  test('a page that others asked for is forgotten a minute after it was read', async () => {
    using world = openFeed();
    await world.append(50);
    const page = { after: 7, limit: 10, maxBytes: 1_000_000 };
    await world.feed.read(WORKSPACE, page);
    await world.forget(1);
    world.clock.advance(59_999);
    assert.equal((await world.feed.read(WORKSPACE, page)).events.length, 10);
    world.clock.advance(1);
    const late = await world.feed.read(WORKSPACE, page);
    assert.deepEqual([late.first, ...ordinals(late)], [50, 50]);
  });

  test('what it remembers of a journal is bounded', async () => {
    using world = openFeed();
    await world.feed.read(WORKSPACE, { after: 0, ...ALL });
    const padding = 200_000;
    for (let after = 0; after < 40; after += 1) {
      const events = journalEvents(1, { padding });
      const last = await world.store.transaction(WORKSPACE, (transaction) => transaction.appendJournal(events));
      world.feed.grown(WORKSPACE, last);
      await world.feed.read(WORKSPACE, { after, ...ALL });
    }
    const kept = Array.from({ length: 40 }, (_, after) => world.feed.peek(WORKSPACE, { after, limit: 1, maxBytes: 1 }));
    const remembered = kept.filter((page) => page !== undefined).length;
    assert.ok(remembered >= 8 && remembered <= 11, `${remembered} events of 200 kB`);
  });

  test('a reading that fails fails for those who wait for it, and for nobody else', async () => {
    let fails = true;
    using world = openFeed((reader) => ({
      journal: (...call) => (fails ? Promise.reject(new Error('down')) : reader.journal(...call)),
    }));
    await world.append(1);
    const page = { after: 0, ...ALL };
    const both = await Promise.allSettled([world.feed.read(WORKSPACE, page), world.feed.read(WORKSPACE, page)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    fails = false;
    assert.deepEqual(ordinals(await world.feed.read(WORKSPACE, page)), [1]);
  });

  test('those who listen are called at a hint, now and then without one, and not after they have left', async () => {
    using world = openFeed();
    const stop = new AbortController();
    let calls = 0;
    world.feed.onGrowth(WORKSPACE, () => (calls += 1), stop.signal);
    world.feed.grown(WORKSPACE, 1);
    assert.equal(calls, 1);
    world.clock.advance(10_000);
    await new Promise(setImmediate);
    assert.equal(calls, 2);
    world.feed.doubt();
    assert.equal(calls, 3);
    stop.abort();
    world.feed.grown(WORKSPACE, 2);
    assert.equal(calls, 3);
  });

  test('the end of a journal is asked for once, and a hint moves it', async () => {
    using world = openFeed();
    await world.append(7, false);
    assert.equal(await world.feed.end(WORKSPACE), 7);
    await world.append(1);
    assert.equal(await world.feed.end(WORKSPACE), 8);
    assert.equal(world.asked.length, 1);
    assert.deepEqual(ordinals(await world.feed.read(WORKSPACE, { after: 7, ...ALL })), [8]);
  });
});
