import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { JournalEvent } from '#model/journal.ts';
import type { JournalPage, JournalPageRequest } from '#ports/store-reader.ts';
import { ALL, openFeed, WORKSPACE } from '../../tests/support/feed-world.ts';
import type { FeedWorld } from '../../tests/support/feed-world.ts';
import { faultsOfFollowing } from '../../tests/support/seen-events.ts';

/** What a follower does next, and what happens around it. */
type Step =
  | { readonly do: 'append'; readonly count: number; readonly isTold: boolean; readonly time: number }
  | { readonly do: 'forget'; readonly before: number }
  | { readonly do: 'read'; readonly follower: number; readonly limit: number; readonly maxBytes: number }
  | { readonly do: 'pass' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('append' as const),
    count: fc.integer({ min: 1, max: 9 }),
    isTold: fc.boolean(),
    // Times do not rise with ordinals: some are too old behind young ones.
    time: fc.nat({ max: 9 }),
  }),
  fc.record({ do: fc.constant('forget' as const), before: fc.nat({ max: 9 }) }),
  fc.record({
    do: fc.constant('read' as const),
    follower: fc.nat({ max: 3 }),
    limit: fc.integer({ min: 1, max: 7 }),
    maxBytes: fc.integer({ min: 1, max: 2_000 }),
  }),
  fc.constant({ do: 'pass' as const }),
);

async function followed(steps: readonly Step[], world: FeedWorld): Promise<readonly string[]> {
  const followers = Array.from({ length: 4 }, () => ({ after: 0, seen: [] as string[] }));
  const take = async (
    follower: (typeof followers)[0],
    page: Omit<JournalPageRequest, 'after'>,
  ): Promise<JournalPage> => {
    const got = await world.feed.read(WORKSPACE, { ...page, after: follower.after });
    assert.ok(got.through > follower.after || got.through >= got.last, 'a page without progress is the last');
    follower.seen.push(...got.events.map(({ id }) => id));
    follower.after = got.through;
    return got;
  };
  const written: string[] = [];
  for (const each of steps) {
    if (each.do === 'append') {
      await world.append(each.count, each.isTold, each.time);
      const { events } = await world.store.reader().journal(WORKSPACE, { after: written.length, ...ALL });
      written.push(...events.map(({ id }) => id));
    } else if (each.do === 'forget') await world.forget(each.before);
    else if (each.do === 'pass') world.clock.advance(30_000);
    else await take(followers[each.follower] as (typeof followers)[0], each);
  }
  world.feed.doubt();
  const { events } = await world.store.reader().journal(WORKSPACE, { after: 0, ...ALL });
  const kept = new Set(events.map(({ id }) => id));
  const faults: string[] = [];
  for (const follower of followers) {
    while ((await take(follower, ALL)).through < written.length);
    // What was forgotten before it came there it may have missed, and nothing else.
    const seen = new Set(follower.seen);
    const readable = written.filter((id) => kept.has(id) || seen.has(id));
    faults.push(...faultsOfFollowing(follower.seen, readable));
  }
  return faults;
}

suite('following, whatever happens', () => {
  test('everybody sees every event that is kept once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        using world = openFeed();
        assert.deepEqual(await followed(steps, world), []);
      }),
      { numRuns: 300 },
    );
  });

  const planted: readonly (readonly [string, (events: readonly JournalEvent[]) => readonly JournalEvent[]])[] = [
    ['skips an event', (events) => events.filter(({ ordinal }) => ordinal !== 7)],
    ['repeats an event', (events) => events.flatMap((event) => (event.ordinal === 7 ? [event, event] : [event]))],
    ['swaps two events', (events) => events.toSorted((a, b) => Number(b.ordinal === 8) - Number(a.ordinal === 8))],
  ];
  for (const [fault, tamper] of planted) {
    test(`a journal that ${fault} is found out`, async () => {
      using world = openFeed((reader) => ({
        journal: async (...call) => {
          const page = await reader.journal(...call);
          return { ...page, events: tamper(page.events) };
        },
      }));
      await world.append(20);
      const seen: string[] = [];
      for (let after = 0; after < 20;) {
        const page = await world.feed.read(WORKSPACE, { after, ...ALL });
        seen.push(...page.events.map(({ id }) => id));
        after = page.through;
      }
      const written = (await world.store.reader().journal(WORKSPACE, { after: 0, ...ALL })).events.map(({ id }) => id);
      assert.ok(faultsOfFollowing(seen, written).length > 0);
    });
  }
});
