import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as requestOf } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Receiver, until } from '../support/receiver.ts';
import { startServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';

const PREFIX = '/in/let';

/** Serves what its `target` serves below a path of its own, which the target is not told of. */
class ReverseProxy implements AsyncDisposable {
  target = '';
  readonly #server = createServer((request, response) => this.#pass(request, response));

  static async open(): Promise<ReverseProxy> {
    const proxy = new ReverseProxy();
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${PREFIX}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', method, headers } = request;
    if (!url.startsWith(`${PREFIX}/`)) return void response.writeHead(404).end('not below the path of Inlet');
    const passed = requestOf(this.target + url.slice(PREFIX.length), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  }
}

interface Page {
  readonly events: readonly { readonly event: { readonly id: string } }[];
}

const nextOf = ({ headers, url }: Response): URL | undefined => {
  const [, target] = /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '') ?? [];
  return target === undefined ? undefined : new URL(target, url);
};

test('behind a proxy with a path of its own, every URL that is handed out leads through it', async () => {
  await using proxy = await ReverseProxy.open();
  await using receiver = await Receiver.open();
  await using server = await startServer('--public-url', `${proxy.url}/`, '--webhook-allow-private');
  proxy.target = server.url;
  const { adminToken, munchkinId } = server.credentials;
  const headers = { authorization: `Bearer ${adminToken}` };
  const workspacePath = `${proxy.url}/v1/workspaces/${munchkinId}`;
  const workspace = new Workspace(server);
  // One after the other is decided, so that each has an event of its own.
  for (const n of [1, 2]) await workspace.decided(await workspace.store('db/tbl', { n }));

  // The validation URL, called by the receiver.
  receiver.meeting = 'other';
  const made = await workspace.administer<{ id: string; state: string }>('POST', '/webhooks', { url: receiver.url });
  assert.equal(made.state, 'unverified');
  const asked = receiver.received.find((each) => each.headers['x-adobe-event-code'] === 'challenge');
  const { validationUrl } = JSON.parse(String(asked?.body)) as { validationUrl: string };
  assert.ok(validationUrl.startsWith(`${proxy.url}/webhooks/validate?id=${made.id}&`), validationUrl);
  assert.equal((await fetch(validationUrl)).status, 200);
  assert.equal((await workspace.administer<{ state: string }>('GET', `/webhooks/${made.id}`)).state, 'active');

  // The journal, page by page, by nothing but its links.
  await until(async () => {
    let count = 0;
    for (let url: URL | undefined = new URL(`${workspacePath}/journal?limit=1&type=results`); url !== undefined;) {
      const page: Response = await fetch(url, { headers });
      assert.ok(page.status === 200 || page.status === 204, `${page.status} ${url.href}`);
      if (page.status === 204) break;
      count += ((await page.json()) as Page).events.length;
      url = nextOf(page);
    }
    return count === 2;
  }, 'an event of each request in the journal');

  // A live stream, by a ticket.
  const ticket = await fetch(`${workspacePath}/journal/tickets`, { method: 'POST', headers });
  const { url } = (await ticket.json()) as { url: string };
  const leaving = new AbortController();
  const live = await fetch(url, { signal: leaving.signal });
  assert.deepEqual([live.status, live.headers.get('content-type')], [200, 'text/event-stream']);
  leaving.abort();

  const another = await fetch(`${proxy.url}/v1/workspaces`, { method: 'POST', headers });
  assert.equal(((await another.json()) as { url: string }).url, proxy.url);
  const document = (await (await fetch(`${proxy.url}/openapi.json`)).json()) as { servers: readonly { url: string }[] };
  assert.equal(document.servers[0]?.url, proxy.url);
  const page = await fetch(`${proxy.url}/docs`);
  const [, script] = /src="([^"]*swagger-ui-bundle\.js[^"]*)"/.exec(await page.text()) ?? [];
  assert.equal((await fetch(new URL(script ?? 'none', page.url))).status, 200, `the readable page loads ${script}`);
});

test('a public URL without a path leaves links as paths, which are right at each address', async () => {
  await using server = await startServer('--public-url', 'https://inlet.example.com');
  const { munchkinId, adminToken } = server.credentials;
  const answer = await fetch(`${server.url}/v1/workspaces/${munchkinId}/journal`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  assert.match(answer.headers.get('link') ?? '', /^<\/v1\/[^>]*>; rel="next"/);
});
