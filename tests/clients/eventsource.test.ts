/** npm `eventsource` 5.1.5, unmodified, through a network that cuts its connections. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import type { NewJournalEvent } from '#model/journal.ts';
import type { JournalPage } from '#ports/store-reader.ts';
import { startServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';
import { SeededRandom } from '../support/crash/seeded-random.ts';
import { openCuttingProxy } from '../support/cutting-proxy.ts';
import { journalIds } from '../support/server/journal-ids.ts';
import { journalEvents, openJournalWorld } from '../support/journal-world.ts';
import type { JournalSetup } from '../support/journal-world.ts';
import { faultsOfFollowing } from '../support/seen-events.ts';

const EVENTS = 12_000;
const DEADLINE_MS = 240_000;

interface Seen extends Disposable {
  readonly ids: string[];
  /** Statuses of answers after which it does not connect again. */
  readonly refusals: unknown[];
  readonly opened: () => number;
}

/** Follows as a program does: with a token in a header. */
function follow(url: string, token: string): Seen {
  const ids: string[] = [];
  const refusals: unknown[] = [];
  let opened = 0;
  const source = new EventSource(url, {
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } }),
  });
  source.addEventListener('open', () => (opened += 1));
  source.addEventListener('error', ({ code }) => {
    if (code !== undefined) refusals.push(code);
  });
  source.addEventListener('message', ({ data: text }) => ids.push((JSON.parse(String(text)) as { id: string }).id));
  return { ids, refusals, opened: () => opened, [Symbol.dispose]: () => source.close() };
}

async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `never came: ${what()}`);
    await sleep(10);
  }
}

function seedOf(t: { diagnostic(message: string): void }): number {
  const seed = Number(process.env['INLET_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`INLET_TEST_SEED=${seed}`);
  return seed;
}

/** Half lies in the store before anybody comes, half is written while the connection is cut again and again. */
async function followed(seed: number, events: number, setup: JournalSetup = {}): Promise<readonly string[]> {
  const random = new SeededRandom(seed);
  await using world = await openJournalWorld(setup);
  const written: NewJournalEvent[] = [];
  const append = async (count: number): Promise<void> => {
    const more = journalEvents(count);
    written.push(...more);
    // A hint in ten is lost.
    await world.append(more, !random.oneIn(10));
  };
  await append(events / 2);
  await using proxy = await openCuttingProxy({ target: world.url, random, maxBytes: events * 20 });
  using seen = follow(`${proxy.url}${world.api.path}/journal/live?since=oldest`, world.api.owner.adminToken);
  while (written.length < events) {
    await append(Math.min(events - written.length, random.integer(1, 40)));
    await sleep(5);
  }
  await until(
    () => proxy.cuts() >= 5 || new Set(seen.ids).size >= events * 0.99,
    () => `${proxy.cuts()} cuts`,
  );
  proxy.spare();
  const last = written.at(-1)?.id ?? '';
  world.feed.doubt();
  await until(
    () => seen.ids.includes(last),
    () => `the last of ${events} events; ${seen.ids.length} are there`,
  );
  assert.ok(proxy.cuts() >= 3 && seen.opened() > proxy.cuts() / 2, `${proxy.cuts()} cuts, ${seen.opened()} openings`);
  assert.deepEqual(world.faults, []);
  return faultsOfFollowing(
    seen.ids,
    written.map(({ id }) => id),
  );
}

suite('eventsource 5.1.5', () => {
  test(`sees each of ${EVENTS} events once and in order, however often it is cut off`, async (t) => {
    assert.deepEqual(await followed(seedOf(t), EVENTS), []);
  });

  const planted: Readonly<Record<string, (page: JournalPage) => JournalPage>> = {
    skips: (page) => ({ ...page, events: page.events.filter(({ ordinal }) => ordinal !== 500) }),
    repeats: (page) => ({
      ...page,
      events: page.events.flatMap((each) => (each.ordinal === 500 ? [each, each] : [each])),
    }),
  };
  for (const [fault, aroundPage] of Object.entries(planted)) {
    test(`a feed that ${fault} one event is found out`, async (t) => {
      assert.equal((await followed(seedOf(t), 2_000, { aroundPage })).length, 1);
    });
  }

  test('follows a whole server over a restart of its store process', async (t) => {
    const random = new SeededRandom(seedOf(t));
    await using server = await startServer('--log-level', 'error');
    const workspace = new Workspace(server);
    const { munchkinId, adminToken } = server.credentials;
    await using proxy = await openCuttingProxy({ target: server.url, random, maxBytes: 60_000 });
    using seen = follow(`${proxy.url}/v1/workspaces/${munchkinId}/journal/live?since=oldest&type=results`, adminToken);
    const sent: string[] = [];
    for (let n = 0; n < 150; n += 1) {
      sent.push(await workspace.store('live/clicks', { n }));
      // Decided one by one, so that there are many events.
      if (n % 5 === 0) await isDone(workspace, sent.at(-1) ?? '');
      if (n === 77) for (const pid of server.childPids) process.kill(pid, 'SIGKILL');
    }
    for (const requestId of sent) await isDone(workspace, requestId);
    proxy.spare();
    const stored = await journalIds(workspace, '?type=results&limit=1000');
    await until(
      () => seen.ids.length >= stored.length,
      () => `${seen.ids.length} of ${stored.length} events, refused with ${seen.refusals.join()}`,
    );
    assert.deepEqual(faultsOfFollowing(seen.ids, stored), []);
  });

  test('a browser page opens the stream with a ticket', async () => {
    await using world = await openJournalWorld();
    const events = journalEvents(3);
    await world.append(events);
    const answer = await world.api.call('POST', `${world.api.path}/journal/tickets`);
    const source = new EventSource(`${world.url}${answer.json.url}&since=oldest`);
    const ids: string[] = [];
    source.addEventListener('message', ({ data: text }) => ids.push((JSON.parse(String(text)) as { id: string }).id));
    await until(
      () => ids.length === 3,
      () => `${ids.length} events`,
    );
    source.close();
    assert.deepEqual(
      ids,
      events.map(({ id }) => id),
    );
  });
});

/** Waits over the restart of the store process, too. */
async function isDone(workspace: Workspace, requestId: string): Promise<void> {
  let answer = '';
  const deadline = performance.now() + DEADLINE_MS;
  while (!answer.includes('"state":"done"')) {
    assert.ok(performance.now() < deadline, `never done: ${answer}`);
    answer = (await workspace.admin('GET', `/requests/${requestId}`)).text;
    await sleep(2);
  }
}
