/**
 * The one port: collection routes go to the gateway, everything else to the HTTP API.
 * Owns: the listening server and its end. Never: answers anything itself.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { configureHttpServer, HTTP_SERVER_OPTIONS } from '#gateway/http-server.ts';
import type { Gateway } from '#gateway/gateway.ts';
import type { RequestId } from '#model/words.ts';
import type { FastifyInstance } from 'fastify';
import type { TlsFiles } from './tls-files.ts';

export interface Listening extends AsyncDisposable {
  readonly url: string;
  /** Resolves when the port can take nothing any more. */
  readonly failed: Promise<Error>;
}

export interface ListenParts {
  readonly host: string;
  readonly port: number;
  /** Https when given. */
  readonly tls?: TlsFiles;
  readonly gateway: Gateway;
  readonly api: FastifyInstance;
  readonly newRequestId: () => RequestId;
}

/** Idle connections are closed at once; what is in flight gets this long. */
const CLOSE_DEADLINE_MS = 5_000;

/** Resolves once the port is open. Rejects when the address cannot be had, naming it. */
export async function listen(parts: ListenParts): Promise<Listening> {
  const { host, port, tls, gateway, api } = parts;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (!gateway.handle(request, response)) api.routing(request, response);
  };
  const server = createHttpServer(listener, tls);
  configureHttpServer(server, parts.newRequestId);
  await opened(server, host, port);
  const scheme = tls === undefined ? 'http' : 'https';
  const url = `${scheme}://${shownHost(host)}:${(server.address() as AddressInfo).port}`;
  const failed = once(server, 'error').then(([error]) => error as Error);
  return { url, failed, [Symbol.asyncDispose]: () => closed(server, gateway) };
}

function createHttpServer(listener: RequestListener, tls: ListenParts['tls']): Server {
  if (tls === undefined) return createServer(HTTP_SERVER_OPTIONS, listener);
  return createTlsServer({ ...HTTP_SERVER_OPTIONS, ...tls }, listener);
}

async function opened(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(listenProblem(error as NodeJS.ErrnoException, host, port), { cause: error });
  }
}

function listenProblem({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `port ${port} of ${host} is in use; choose another with --port, or --port 0 for any`;
  if (code === 'EACCES') return `port ${port} needs more rights; choose one from 1024 on with --port`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is no address of this machine; see --host`;
  return `cannot listen on ${host}:${port}: ${message}`;
}

// An address that stands for all of them is of no use in a URL.
function shownHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

// New connections are refused first, then what is in flight is answered.
async function closed(server: Server, gateway: Gateway): Promise<void> {
  const ended = new Promise((resolve) => server.close(resolve));
  const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_DEADLINE_MS);
  await gateway.drain();
  server.closeIdleConnections();
  await ended;
  clearTimeout(deadline);
}
