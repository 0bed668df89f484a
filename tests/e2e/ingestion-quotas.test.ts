/** Must show 5: the documented limits, on a real server, and after SIGKILL. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../support/server/http.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { RawConnection } from '../support/server/raw-socket.ts';
import { Workspace } from '../support/server/workspace.ts';

const DAILY_OBJECTS = 10_000_000;
const REQUESTS_PER_SECOND = 5000;

/** A zone in which it is about noon, so that no day ends while a test runs. */
const ZONE = zoneAtNoon(new Date().getUTCHours());
const OPTIONS = ['--quota-timezone', ZONE, '--log-level', 'warn'];

// Etc/GMT-5 is five hours ahead of UTC.
function zoneAtNoon(utcHour: number): string {
  const ahead = 12 - utcHour;
  return ahead < 0 ? `Etc/GMT+${-ahead}` : `Etc/GMT-${ahead}`;
}

function today(): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(new Date());
}

function persons(count: number, name: string): { persons: object[] } {
  return { persons: Array.from({ length: count }, (_, n) => ({ email: `${name}${n}@quota.example` })) };
}

function codeOf({ status, text }: Answer): string {
  return status === 202 ? '202' : (JSON.parse(text) as { error_code: string }).error_code;
}

/** The intake log of a server that does not run. */
class StoppedLog implements Disposable {
  readonly #database: DatabaseSync;

  constructor({ directory }: InletServer) {
    this.#database = new DatabaseSync(join(directory, 'intake.db'));
  }

  setToday(workspace: string, objects: number): void {
    this.#database.prepare('INSERT OR REPLACE INTO daily_objects VALUES (?, ?, ?)').run(workspace, today(), objects);
  }

  today(): number {
    return this.#number('SELECT sum(objects) FROM daily_objects');
  }

  /** Ever appended. */
  appended(): number {
    return this.#number('SELECT sum(objects) FROM lanes');
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #number(query: string): number {
    return Number(Object.values(this.#database.prepare(query).get() ?? {})[0]);
  }
}

/** A server whose first workspace has taken so many objects today already. */
async function startedWith(objects: number): Promise<InletServer> {
  const server = await startServer(...OPTIONS);
  await server.stop();
  setToday(server, objects);
  await server.start(...OPTIONS);
  return server;
}

function setToday(server: InletServer, objects: number): void {
  using log = new StoppedLog(server);
  log.setToday(new Workspace(server).credentials.munchkinId, objects);
}

suite('must show 5: 10,000,000 objects a day', () => {
  test('the 10,000,001st is 4290801, and the count is right after SIGKILL', async () => {
    await using server = await startedWith(DAILY_OBJECTS - 1001);
    const workspace = new Workspace(server);
    const thousand = await workspace.ingest('persons', persons(1000, 'a'));
    assert.equal(codeOf(thousand), '202');
    assert.match(String(thousand.headers['ratelimit']), /, "day";r=1;t=\d+$/);
    assert.equal(codeOf(await workspace.ingest('persons', persons(2, 'b'))), '4290801');
    assert.equal(codeOf(await workspace.ingest('persons', persons(1, 'c'))), '202');
    const over = await workspace.ingest('persons', persons(1, 'd'));
    assert.equal(codeOf(over), '4290801');
    assert.match(String(over.headers['ratelimit']), /, "day";r=0;t=\d+$/);

    await server.kill();
    {
      using log = new StoppedLog(server);
      assert.equal(log.today(), DAILY_OBJECTS);
    }
    await server.start(...OPTIONS);
    assert.equal(codeOf(await workspace.ingest('persons', persons(1, 'e'))), '4290801');
    const after = await workspace.store('quota/events', { events: 'know no quota' });
    await workspace.sql('select 1', { after });
    assert.deepEqual(await workspace.sql('select count(*) from persons'), [[1001]]);
  });

  test('SIGKILL while requests are under way: what the log took is what the day counts', async () => {
    const left = 10_000;
    const objects = 50;
    await using server = await startedWith(DAILY_OBJECTS - left);
    const workspace = new Workspace(server);
    let acknowledged = 0;
    const sendAll = async (sender: number): Promise<void> => {
      for (let n = 0; ; n += 1) {
        const answer = await workspace.ingest('persons', persons(objects, `s${sender}n${n}p`)).catch(() => undefined);
        // Nobody answers any more; or, when the kill comes late, the day is used up.
        if (answer === undefined || codeOf(answer) === '4290801') return;
        assert.equal(codeOf(answer), '202');
        acknowledged += objects;
      }
    };
    const senders = Array.from({ length: 8 }, (_, sender) => sendAll(sender));
    while (acknowledged < left / 4) await sleep(1);
    await server.kill();
    await Promise.all(senders);
    {
      using log = new StoppedLog(server);
      assert.equal(log.today(), DAILY_OBJECTS - left + log.appended());
      assert.ok(log.appended() >= acknowledged, 'law 1: what was acknowledged is in the log');
    }

    await server.start(...OPTIONS);
    const rest = await Promise.all(
      Array.from({ length: (2 * left) / objects }, async (_, n) =>
        codeOf(await workspace.ingest('persons', persons(objects, `r${n}p`))),
      ),
    );
    assert.deepEqual(new Set(rest), new Set(['202', '4290801']));
    await server.stop();
    using log = new StoppedLog(server);
    assert.deepEqual([log.today(), log.appended()], [DAILY_OBJECTS, left]);
  });
});

suite('must show 5: 5,000 requests of one client in a second', () => {
  // src/gateway/ingestion-limits.test.ts shows the exact number, under a clock of its own.
  test('no second takes more, however fast they come, and what is refused is not stored', async () => {
    await using server = await startServer(...OPTIONS);
    const workspace = new Workspace(server);
    const body = '{"persons":[{"email":"fast@quota.example"}]}';
    const head = [
      `POST /subscriptions/${server.credentials.munchkinId}/persons HTTP/1.1`,
      'Host: inlet',
      'Content-Type: application/json',
      `X-Mkto-User-Token: ${await workspace.token()}`,
      `Content-Length: ${body.length}`,
    ];
    const requests = `${head.join('\r\n')}\r\n\r\n${body}`.repeat(1000);
    const start = performance.now();
    const answers = (await Promise.all(Array.from({ length: 8 }, () => pipelined(server.url, requests)))).flat();
    // The first window and the last may be seen in part.
    const windows = 2 + Math.floor((performance.now() - start) / 1000);
    const taken = answers.filter((answer) => answer.startsWith('202 ')).length;
    const refused = answers.filter((answer) => /^429 [^]*\r\nRetry-After: 1\r\n[^]*"429001"/.test(answer)).length;
    assert.equal(taken + refused, 8000);
    assert.ok(taken >= REQUESTS_PER_SECOND && taken <= REQUESTS_PER_SECOND * windows, `${taken} in ${windows} windows`);
    await server.stop();
    using log = new StoppedLog(server);
    assert.deepEqual([log.today(), log.appended()], [taken, taken]);
  });
});

/** The 1,000 answers to as many requests, each from its status on. */
async function pipelined(url: string, requests: string): Promise<readonly string[]> {
  using connection = new RawConnection(url);
  await connection.write(requests);
  for (;;) {
    const answers = connection.received.split('HTTP/1.1 ').slice(1);
    if (answers.length === 1000 && /\r\n\r\n$|"}$/.test(answers.at(-1) ?? '')) return answers;
    await sleep(20);
  }
}
