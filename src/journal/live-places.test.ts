import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MunchkinId } from '#model/words.ts';
import { QueryError } from '#ports/store-reader.ts';
import { journalEvents, openJournalWorld } from '../../tests/support/journal-world.ts';
import { openLiveStream } from '../../tests/support/live-stream.ts';
import type { LiveStream } from '../../tests/support/live-stream.ts';
import type { JournalWorld } from '../../tests/support/journal-world.ts';
import { LivePlaces, MAX_PLACES, MODEST_PLACES } from './live-places.ts';

const A = '100-AAA-100' as MunchkinId;
const B = '200-BBB-200' as MunchkinId;

function takeAll(places: LivePlaces, workspace: MunchkinId): readonly Disposable[] {
  const taken: Disposable[] = [];
  for (let place = places.take(workspace); place !== undefined; place = places.take(workspace)) taken.push(place);
  return taken;
}

suite('places of live streams', () => {
  test('a workspace alone has half of all, the next half of the rest', () => {
    const places = new LivePlaces();
    assert.equal(takeAll(places, A).length, MAX_PLACES / 2);
    assert.equal(takeAll(places, B).length, MAX_PLACES / 4);
  });

  test('a few are there for each, however many others have, until all are taken', () => {
    const places = new LivePlaces();
    const counts = Array.from({ length: 20 }, (_, n) => takeAll(places, `${100 + n}-CCC-100` as MunchkinId).length);
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      MAX_PLACES,
    );
    const crowded = counts.findIndex((count) => count < MODEST_PLACES);
    assert.ok(crowded > 4, counts.join());
    assert.ok(counts.slice(crowded + 1).every((count) => count === 0));
  });

  test('one that is given back is free again, once', () => {
    const places = new LivePlaces();
    const [first] = takeAll(places, A);
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    assert.equal(takeAll(places, A).length, 1);
  });
});

suite('who is let in', () => {
  const follow = (world: JournalWorld, query = '', headers: Record<string, string> = {}): Promise<LiveStream> =>
    openLiveStream(`${world.url}${world.api.path}/journal/live${query}`, {
      authorization: `Bearer ${world.api.owner.adminToken}`,
      ...headers,
    });

  /** Places that are free, as far as the workspace can take them. */
  function free({ readers, workspace }: JournalWorld): number {
    using held = new DisposableStack();
    for (let count = 0; ; count += 1) {
      try {
        held.use(readers.admit(workspace));
      } catch {
        return count;
      }
    }
  }

  async function becomes(world: JournalWorld, places: number): Promise<void> {
    for (let looked = 0; free(world) !== places && looked < 1_000; looked += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(free(world), places);
  }

  test('nobody, when there is no place; the answer does not tell how full the server is', async () => {
    await using world = await openJournalWorld();
    using held = new DisposableStack();
    for (let left = free(world); left > 0; left -= 1) held.use(world.readers.admit(world.workspace));
    const ownLimit = await world.api.call('GET', `${world.api.path}/journal/live`);
    assert.deepEqual([ownLimit.status, ownLimit.json.code], [503, 'streams-full']);
    assert.ok(ownLimit.headers['retry-after']);
    for (let n = 0; n < 20; n += 1) {
      const other = `${100 + n}-CCC-100` as MunchkinId;
      try {
        for (;;) held.use(world.readers.admit(other));
      } catch (error) {
        assert.equal((error as Error).message, ownLimit.json.detail);
      }
    }
    const full = await world.api.call('GET', `${world.api.path}/journal/live`);
    assert.equal(full.json.detail, ownLimit.json.detail);
    assert.doesNotMatch(full.json.detail, /\d/);
  });

  test('a stream has its place until it ends, and a refused one none', async () => {
    await using world = await openJournalWorld();
    await world.append(journalEvents(1));
    const all = free(world);
    using stream = await follow(world);
    await becomes(world, all - 1);
    const gone = await follow(world, '', { 'last-event-id': `inlet:${world.workspace}:99` });
    assert.equal(gone.status, 410);
    await becomes(world, all - 1);
    stream[Symbol.dispose]();
    await becomes(world, all);
  });

  test('who waits for a store that does not answer has a place already, and gives it back when it leaves', async () => {
    await using world = await openJournalWorld({
      aroundReader: () => ({ journal: () => Promise.reject(new QueryError('unavailable', 'starting')) }),
    });
    const all = free(world);
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${world.api.owner.adminToken}` };
    const url = `${world.url}${world.api.path}/journal/live`;
    const waiting = [1, 2, 3].map(() => fetch(url, { headers, signal: leaving.signal }).catch(() => 'left'));
    await becomes(world, all - 3);
    leaving.abort();
    assert.deepEqual(await Promise.all(waiting), ['left', 'left', 'left']);
    await becomes(world, all);
  });
});
