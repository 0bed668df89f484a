import { openTestApi } from '../../tests/support/http-api.ts';
import { openEventPages } from './event-pages.ts';
import type { ReadPage } from './event-pages.ts';
import type { EventPage, StoreReader } from '#ports/store-reader.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/** A table of `count` events, and the pages that were read of it. */
function table(count: number, characters: number): { readPage: ReadPage; limits: number[] } {
  const limits: number[] = [];
  const readPage: ReadPage = async ({ start, limit }): Promise<EventPage> => {
    limits.push(limit);
    const end = Math.min(start + limit, count);
    const events = Array.from({ length: end - start }, (_, at) => String(start + at).padEnd(characters, ' '));
    return end < count ? { events, next: end } : { events };
  };
  return { readPage, limits };
}

async function linesOf(pages: AsyncGenerator<string> | undefined): Promise<number[]> {
  assert.ok(pages);
  const lines: string[] = [];
  for await (const chunk of pages) lines.push(...chunk.trimEnd().split('\n'));
  return lines.map(Number);
}

test('pages together hold each event once, in order, whatever their number', async () => {
  for (const count of [1, 31, 32, 33, 1000, 25_000]) {
    const lines = await linesOf(await openEventPages(table(count, 6).readPage));
    assert.deepEqual(
      lines,
      Array.from({ length: count }, (_, at) => at),
    );
  }
});

test('pages grow for small events and shrink for large ones (law 6)', async () => {
  const small = table(30_000, 10);
  await linesOf(await openEventPages(small.readPage));
  assert.deepEqual(small.limits.slice(0, 5), [32, 128, 512, 2048, 8192]);
  const large = table(40, 400_000);
  await linesOf(await openEventPages(large.readPage));
  assert.deepEqual(large.limits.slice(0, 3), [32, 2, 2]);
});

test('an empty page in the middle ends nothing, and a missing table is told apart from an empty one', async () => {
  const pages: EventPage[] = [{ events: ['1'], next: 1 }, { events: [], next: 5 }, { events: ['2'] }];
  assert.deepEqual(await linesOf(await openEventPages(async () => pages.shift())), [1, 2]);
  assert.equal(await openEventPages(async () => undefined), undefined);
  const empty = await openEventPages(async () => ({ events: [] }));
  assert.equal((await empty?.next())?.done, true);
});

const ENDLESS = 'x'.repeat(10_000);

/** Serves an endless table over a socket and counts the pages that are read. */
async function serveEndlessTable(): Promise<
  { open: () => Promise<IncomingMessage>; pagesRead: () => number } & AsyncDisposable
> {
  let pagesRead = 0;
  const reader = {
    events: async (_workspace: unknown, { start, limit }: { start: number; limit: number }) => {
      pagesRead += 1;
      return { events: Array.from({ length: limit }, () => ENDLESS), next: start + limit };
    },
  } as unknown as StoreReader;
  const api = await openTestApi({ query: { reader } });
  const server = createServer((request, response) => api.app.routing(request, response)).listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const headers = { authorization: `Bearer ${api.owner.adminToken}` };
  const path = `${api.path}/databases/db/tables/tbl/events`;
  return {
    pagesRead: () => pagesRead,
    open: async () => {
      const [response] = (await once(get({ port, path, headers, agent: false }), 'response')) as [IncomingMessage];
      response.on('error', () => undefined);
      return response;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await api.app.close();
    },
  };
}

async function untilStill(figure: () => number): Promise<number> {
  for (let before = -1; ;) {
    if (figure() === before) return before;
    before = figure();
    await sleep(150);
  }
}

test('a slow reader holds the reading back: nothing gathers in memory', async () => {
  await using served = await serveEndlessTable();
  const response = await served.open();
  const heldAt = await untilStill(served.pagesRead);
  assert.ok(heldAt < 30, `an endless table stood still after ${heldAt} pages`);
  let taken = 0;
  response.on('data', (chunk: Buffer) => (taken += chunk.length));
  while (taken < 50_000_000) await sleep(5);
  assert.ok(served.pagesRead() > heldAt, 'reading goes on when the reader does');
});

test('a reader that goes away ends the reading', async () => {
  await using served = await serveEndlessTable();
  const response = await served.open();
  response.resume();
  while (served.pagesRead() < 20) await sleep(5);
  response.destroy();
  const endedAt = await untilStill(served.pagesRead);
  await sleep(100);
  assert.equal(served.pagesRead(), endedAt);
});
