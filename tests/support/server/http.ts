/** Plain HTTP for tests: paths and bodies go out byte for byte as they are given, which fetch would tidy first. */
import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

export type Body = string | Uint8Array;

export interface Sent {
  readonly method?: string;
  /** With its query; not encoded any further. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Several pieces go out chunked, without a length. */
  readonly body?: Body | readonly Body[];
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends a request, POST unless it says otherwise. Rejects when the connection ends without an answer. */
export async function send(url: string, { method = 'POST', path, headers = {}, body }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const outgoing = request({ agent, hostname, port, method, path, headers });
  const answered = Promise.withResolvers<Answer>();
  outgoing.on('error', answered.reject);
  outgoing.on('response', (response) => {
    const { statusCode: status = 0, headers: received } = response;
    buffer(response).then(
      (bytes) => answered.resolve({ status, headers: received, text: bytes.toString('utf8') }),
      answered.reject,
    );
  });
  if (isPieces(body)) for (const piece of body) outgoing.write(piece);
  outgoing.end(isPieces(body) ? undefined : body);
  return answered.promise;
}

function isPieces(body: Sent['body']): body is readonly Body[] {
  return Array.isArray(body);
}
