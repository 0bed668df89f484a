/**
 * What stands around the browser: a shop's pages with the SDK, and a proxy that speaks https for the server.
 * Owns: their ports and the certificate. Never: changes a request or an answer.
 */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Where the proxy says that the browser is. */
export const BROWSER_ADDRESS = '203.0.113.7';

export interface Site extends AsyncDisposable {
  readonly port: number;
}

/** Where npm has put the SDKs. */
const SDKS: ReadonlyMap<string, string> = new Map([
  ['td-js-sdk-2', import.meta.resolve('td-js-sdk-2/dist/td.min.js')],
  ['td-js-sdk-3', import.meta.resolve('td-js-sdk-3/dist/td.min.js')],
  ['td-js-sdk-4', import.meta.resolve('td-js-sdk-4/dist/td.min.js')],
]);

/** `/<package>` is a page that loads the SDK of that package, unchanged; `/away` is another. */
export async function startShop(): Promise<Site> {
  const server = createServer((incoming, response) => {
    const path = (incoming.url ?? '').slice(1);
    const sdk = SDKS.get(path.replace(/\.js$/, ''));
    if (sdk !== undefined && path.endsWith('.js')) {
      response.setHeader('Content-Type', 'text/javascript');
      createReadStream(fileURLToPath(sdk)).pipe(response);
      return;
    }
    const script = sdk === undefined ? '' : `<script src="/${path}.js"></script>`;
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>Shop 🛒 \u{1F600}</title><h1>Shop</h1>${script}`);
  });
  return opened(server);
}

/** A request as a browser was seen to send it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Empty when there is none. */
  readonly body: string;
}

export interface TlsProxy extends Site {
  /** In the order of their ends. */
  readonly seen: readonly SeenRequest[];
}

/** Https for a server that speaks http, with the headers that such proxies set. */
export async function startTlsProxy(target: string): Promise<TlsProxy> {
  const seen: SeenRequest[] = [];
  const { hostname, port } = new URL(target);
  const forward = (incoming: IncomingMessage, response: ServerResponse): void => {
    const headers = { ...incoming.headers, 'x-forwarded-for': BROWSER_ADDRESS, 'x-forwarded-proto': 'https' };
    const options = { hostname, port, method: incoming.method, path: incoming.url, headers };
    const outgoing = request(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => seen.push(seenRequest(incoming, Buffer.concat(chunks).toString())));
  };
  return { ...(await opened(createTlsServer(await madeCertificate(), forward))), seen };
}

function seenRequest({ method = '', url = '', headers }: IncomingMessage, body: string): SeenRequest {
  return { method, url: new URL(url, 'https://proxy'), headers, body };
}

async function madeCertificate(): Promise<{ readonly key: string; readonly cert: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'inlet-certificate-'));
  try {
    const [key = '', cert = ''] = ['key.pem', 'cert.pem'].map((name) => join(directory, name));
    const wanted = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    await promisify(execFile)('openssl', [...wanted, '-subj', '/CN=localhost', '-keyout', key, '-out', cert]);
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function opened(server: Server | ReturnType<typeof createTlsServer>): Promise<Site> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
