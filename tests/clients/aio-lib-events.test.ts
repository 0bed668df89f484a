/** npm `@adobe/aio-lib-events` 4.1.0, unmodified, with the URL of the workspace's journal. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { init } from '@adobe/aio-lib-events';
import type { EventsClient, JournalItem } from '@adobe/aio-lib-events';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';
import type { ShownRequest } from '../support/server/workspace.ts';
import { journalIds } from '../support/server/journal-ids.ts';
import { faultsOfFollowing } from '../support/seen-events.ts';

const DEADLINE_MS = 120_000;

interface Results {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly requests: readonly { readonly requestId: string; readonly records: Records }[] };
}

interface Records {
  readonly received: number;
  readonly created: number;
  readonly updated: number;
  readonly stored?: number;
  readonly deleted?: number;
  readonly failed: Readonly<Record<string, number>>;
}

class Follower implements Disposable {
  readonly items: JournalItem[] = [];
  readonly errors: string[] = [];
  readonly #child;

  constructor(url: string, token: string, limit: number) {
    this.#child = fork(join(import.meta.dirname, 'journal-follower.ts'), [url, token, String(limit)]);
    this.#child.on('message', (message: { readonly item?: JournalItem; readonly error?: string }) => {
      if (message.item !== undefined) this.items.push(message.item);
      if (message.error !== undefined) this.errors.push(message.error);
    });
  }

  results(): readonly Results[] {
    return this.items.map(({ event }) => event as Results).filter(({ type }) => type.endsWith('.results'));
  }

  /** Resolves once results of all these requests have come, as many objects as each has. */
  async hasSeen(requests: readonly ShownRequest[]): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const sums = sumsOf(this.results());
      if (requests.every(({ requestId, objects }) => (sums.get(requestId)?.['received'] ?? 0) >= objects.received))
        return;
      assert.ok(performance.now() < deadline, `${sums.size} requests were heard of; errors: ${this.errors.join()}`);
      await sleep(50);
    }
  }

  [Symbol.dispose](): void {
    this.#child.disconnect();
  }
}

function sumsOf(results: readonly Results[]): Map<string, Record<string, number>> {
  const sums = new Map<string, Record<string, number>>();
  for (const { requestId, records } of results.flatMap(({ data: said }) => said.requests)) {
    const { failed, ...counts } = records;
    const sum = sums.get(requestId) ?? { received: 0, created: 0, updated: 0, stored: 0, deleted: 0, failed: 0 };
    for (const [fate, count] of Object.entries(counts)) sum[fate] = (sum[fate] ?? 0) + count;
    for (const count of Object.values(failed)) sum['failed'] = (sum['failed'] ?? 0) + count;
    sums.set(requestId, sum);
  }
  return sums;
}

suite('@adobe/aio-lib-events 4.1.0', () => {
  let server: InletServer;
  let workspace: Workspace;
  let url: string;
  let client: EventsClient;

  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    url = `${server.url}/v1/workspaces/${server.credentials.munchkinId}/journal`;
    client = await init('organization', 'api-key', await workspace.token());
  });
  after(() => server[Symbol.asyncDispose]());

  test('an empty journal answers with links, and with when to come again', async () => {
    const answer = await client.getEventsFromJournal(url);
    assert.equal(answer.events, undefined);
    assert.ok(answer.link?.['next']?.startsWith(`${url}?since=`));
    assert.ok(answer.link?.['validate']?.startsWith(`${url}/validate?since=`));
    assert.ok((answer.retryAfter ?? 0) >= 1_000);
  });

  test('follows a load from the first event over 204s to the last, each once and in order', async () => {
    using follower = new Follower(url, await workspace.token(), 3);
    const sent: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      const persons = Array.from({ length: 10 }, (_, n) => ({ email: `p${(round * 7 + n) % 90}@journal.example` }));
      sent.push(await workspace.accept('persons', { priority: round % 2 === 0 ? 'high' : 'normal', persons }));
      sent.push(
        await workspace.accept('persons', { persons: [{ email: 'no email' }, { email: `q${round}@journal.example` }] }),
      );
      sent.push(await workspace.store('journal/clicks', [{ round }, { round }]));
      // Sometimes long enough for the follower to reach the end and be sent away until later.
      if (round % 4 === 3) await sleep(2_500);
    }
    const requests = await Promise.all(sent.map((requestId) => workspace.done(requestId)));
    await follower.hasSeen(requests);
    assert.deepEqual(follower.errors, []);

    const sums = sumsOf(follower.results());
    for (const { requestId, objects } of requests) {
      const { pending, ...fates } = objects;
      assert.equal(pending, 0);
      assert.deepEqual(sums.get(requestId), fates);
    }
    const stored = await journalIds(workspace);
    const seen = follower.items.map(({ event }) => (event as Results).id);
    assert.deepEqual(faultsOfFollowing(seen, stored.slice(0, seen.length)), []);
    assert.ok(seen.length >= requests.length / 36, 'events came');
  });

  test('latest, since, limit and seek mean what they mean there', async () => {
    const latest = await client.getEventsFromJournal(url, { latest: true });
    assert.equal(latest.events, undefined);
    const all = await client.getEventsFromJournal(url, { latest: false, limit: 1_000 });
    const [first, second] = all.events ?? [];
    assert.ok(first && second);
    const behind = await client.getEventsFromJournal(url, { since: first.position, limit: 1 });
    assert.deepEqual(behind.events, [second]);
    assert.ok(behind.link?.['next']?.includes('limit=1'));
    const recent = await client.getEventsFromJournal(url, { seek: '-PT1H', limit: 1 });
    assert.deepEqual(recent.events, [first]);
    const refused = client.getEventsFromJournal(url, { seek: '-PT1H', since: first.position });
    await assert.rejects(refused, /400/);
  });

  test('the planted fault: an event that is left out of what was seen is found', async () => {
    const stored = await journalIds(workspace);
    assert.ok(stored.length >= 2);
    assert.equal(faultsOfFollowing(stored.slice(1), stored).length, 1);
    assert.equal(faultsOfFollowing([...stored, ...stored.slice(-1)], stored).length, 1);
  });
});
