/** What headers say of a sender. */
import type { IncomingMessage } from 'node:http';
import { decodeUtf8 } from '#model/json.ts';

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
