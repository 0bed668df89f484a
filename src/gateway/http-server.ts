/**
 * The settings of the HTTP server below the gateway, and its answers to what is no HTTP at all.
 * Owns: the limits on heads and slow senders (law 6). Never: sees a request that node could read.
 */
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestId } from '#model/words.ts';

/** For `http.createServer` and `https.createServer`; these cannot be set later. */
export const HTTP_SERVER_OPTIONS: ServerOptions = {
  /** Of all headers and the request line together. */
  maxHeaderSize: 32 * 1024,
  /** How often connections are looked at; a slow sender is ended at most this much late. */
  connectionsCheckingInterval: 2_000,
  /** From the first byte of a request to the last of its headers. */
  headersTimeout: 20_000,
  /** From the first byte of a request to the last of its body. */
  requestTimeout: 60_000,
  /** Longer than the minute after which common balancers close, so that the server is not the first to. */
  keepAliveTimeout: 65_000,
};

const STATUS_BY_ERROR: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
};

const REASONS: Readonly<Record<number, readonly [error: string, message: string]>> = {
  400: ['BadRequest', 'The request is not HTTP, or its body ended too early'],
  408: ['RequestTimeout', 'The request did not arrive in time'],
  413: ['PayloadTooLarge', 'The chunk extensions are too large'],
  417: ['ExpectationFailed', 'Of expectations only 100-continue is understood'],
  431: ['RequestHeaderFieldsTooLarge', 'The headers are too large'],
};

/** Makes the server answer malformed and slow requests with JSON and `X-Request-Id`, as every other answer. */
export function configureHttpServer(server: Server, newRequestId: () => RequestId): void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    latest.set(request.socket, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isLong(latest.get(socket))) return;
    const status = STATUS_BY_ERROR[error.code ?? ''] ?? 400;
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else endConnection(socket, latest.get(socket), messageOf(status, newRequestId()));
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = bodyOf(417);
    response.writeHead(417, [...headersOf(body, newRequestId())]);
    response.end(body);
  });
}

/** Imports may take long; whoever serves them looks after senders that stand still. Node tells of each but once. */
const LONG_BODIES = /^(?:https?:\/\/[^/?#]*)?\/+v3\/+table\/+import(?:_with_id)?\//i;

function isLong(last: ServerResponse | undefined): boolean {
  return last !== undefined && !last.headersSent && !last.req.complete && LONG_BODIES.test(last.req.url ?? '');
}

// An answer that is due to an earlier, whole request goes first and alone:
// an error in its place would tell a sender that its accepted request was refused.
function endConnection(socket: Duplex, last: ServerResponse | undefined, message: string): void {
  if (last === undefined || (last.writableFinished && last.req.complete)) {
    socket.end(message);
    return;
  }
  if (last.headersSent) {
    socket.destroy();
  } else if (last.req.complete) {
    last.once('finish', () => socket.destroy());
  } else {
    socket.end(message);
  }
}

function messageOf(status: number, requestId: RequestId): string {
  const body = bodyOf(status);
  const headers = headersOf(body, requestId);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

function headersOf(body: string, requestId: RequestId): readonly string[] {
  return [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Connection',
    'close',
    'X-Request-Id',
    requestId,
  ];
}

function bodyOf(status: number): string {
  const [error, message] = REASONS[status] ?? ['BadRequest', 'The request cannot be read'];
  return JSON.stringify({ error, message });
}
