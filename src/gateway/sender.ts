/** What headers say of a sender. */
import type { IncomingMessage } from 'node:http';
import { decodeUtf8 } from '#model/json.ts';

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const ASCII = /^[\x20-\x7e\t]*$/;

/**
 * A header's text. Node reads header bytes as Latin-1, senders write UTF-8 (law 10);
 * bytes that are not UTF-8 stay as node read them.
 */
export function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  if (typeof value !== 'string' || ASCII.test(value)) return value as string | undefined;
  return decodeUtf8(Buffer.from(value, 'latin1')) ?? value;
}

/** The sender's address: the first of `X-Forwarded-For` when a proxy is trusted, else the socket's other end. */
export function senderAddress(request: IncomingMessage, trustProxy: boolean): string | undefined {
  if (trustProxy) {
    const forwarded = request.headers['x-forwarded-for'];
    const first = String(forwarded ?? '')
      .split(',', 1)[0]
      ?.trim();
    if (first) return first;
  }
  return request.socket.remoteAddress;
}

/** The W3C trace context, when it has the form of version 00; anything else is no trace. */
export function traceparent(request: IncomingMessage): string | undefined {
  const header = request.headers['traceparent'];
  return typeof header === 'string' && TRACEPARENT.test(header) ? header : undefined;
}
