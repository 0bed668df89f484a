/**
 * A webhook's receiver: a real server of http or https that answers as it is told.
 * Owns: its port, and what has come in. Never: verifies a signature; tests do.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Certified } from './certificates.ts';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** That the connection was made for (SNI), over https. */
  readonly servername: string | undefined;
}

/** How a POST is answered. `hang`: never. `cut`: the connection ends without an answer. */
export type Manner =
  | number
  | 'hang'
  | 'cut'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** How the challenge is: its value as text or as JSON, other text with 200, or a failure. */
export type Meeting = 'text' | 'json' | 'other' | 'refuse' | 'hang';

/** What never comes within this time does not come. */
const PATIENCE_MS = 30_000;

export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  manner: (received: Received) => Manner = () => 200;
  meeting: Meeting = 'text';
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';

  private constructor(server: Server, scheme: 'http' | 'https') {
    this.#server = server;
    this.#scheme = scheme;
  }

  /** Speaks https when it has a certificate. */
  static async open(certified?: Certified): Promise<Receiver> {
    const server = certified === undefined ? createServer() : createTlsServer(certified);
    const receiver = new Receiver(server, certified === undefined ? 'http' : 'https');
    server.on('request', (request, response) => void receiver.#take(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return this.urlFor('127.0.0.1');
  }

  /** Under a name that leads here. */
  urlFor(host: string): string {
    return `${this.#scheme}://${host}:${this.port}/hook?team=a%20b`;
  }

  /** Deliveries that came in, without challenges. */
  get posts(): readonly Received[] {
    return this.received.filter(
      ({ method, headers }) => method === 'POST' && headers['x-adobe-event-id'] !== undefined,
    );
  }

  /** Ids of all events that came in, in the order of coming. */
  get eventIds(): readonly string[] {
    return this.posts
      .flatMap(({ body }) => [JSON.parse(body.toString()) as unknown].flat())
      .map((event) => {
        return (event as { id: string }).id;
      });
  }

  /** Resolves when the condition holds. */
  async until(condition: (receiver: Receiver) => boolean, what = 'what was waited for'): Promise<void> {
    await until(() => condition(this), `${what}; ${this.posts.length} posts came`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const { method = '', url = '', headers } = request;
    const servername = (request.socket as Partial<TLSSocket>).servername || undefined;
    const received = { method, url, headers, body: Buffer.concat(chunks), servername };
    this.received.push(received);
    if (method === 'GET') this.#meet(url, response);
    else if (headers['x-adobe-event-code'] === 'challenge') echo(received, response);
    else answer(response, this.manner(received));
  }

  #meet(url: string, response: ServerResponse): void {
    const challenge = new URL(url, this.url).searchParams.get('challenge') ?? '';
    switch (this.meeting) {
      case 'text':
        return void response.setHeader('content-type', 'text/plain; charset=utf-8').end(challenge);
      case 'json':
        return void response.setHeader('content-type', 'application/json').end(JSON.stringify({ challenge }));
      case 'other':
        return void response.setHeader('content-type', 'text/html').end('<p>hello</p>');
      case 'refuse':
        return void response.writeHead(404).end();
      case 'hang':
        return;
    }
  }
}

// As a receiver that tells everything it knows would, even what nobody but it should.
function echo({ body }: Received, response: ServerResponse): void {
  response.setHeader('x-received', body.toString('latin1')).end(body);
}

function answer(response: ServerResponse, manner: Manner): void {
  if (manner === 'hang') return;
  if (manner === 'cut') return void response.destroy();
  const { status, headers = {}, body = '' } = typeof manner === 'number' ? { status: manner } : manner;
  response.writeHead(status, headers).end(body);
}

/** Polls until the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `it never came: ${what}`);
    await sleep(5);
  }
}
