/**
 * What to do with the rest of a body that nobody will read.
 * Owns: how much of it is thrown away, and for how long. Never: lets a sender hold a connection with it (law 6).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '#protocols/answer.ts';

/** A declared rest up to this size is read and thrown away by node, and the connection lives on. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024;
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;
const MAX_DISCARDING_MS = 5_000;

/** True when the request is whole, or what is missing of it is declared and small. */
export function discardsByItself(request: IncomingMessage): boolean {
  if (request.complete) return true;
  const { 'transfer-encoding': coding, 'content-length': length = '0' } = request.headers;
  return coding === undefined && Number(length) <= MAX_KEPT_BYTES;
}

/**
 * Writes the answer at once, then throws the rest of the request away for a bounded time, then closes.
 * A socket that is closed over unread bytes is reset, and the sender might never see its answer.
 */
export function answerAndDiscard(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, [...answer.headers, 'Connection', 'close']);
  response.write(answer.body);
  let discardedBytes = 0;
  const finish = (): void => {
    clearTimeout(timer);
    request.removeAllListeners('data');
    response.end();
  };
  // ambient: it guards a socket, which a clock that a test drives would let hang.
  const timer = setTimeout(finish, MAX_DISCARDING_MS).unref();
  request.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.length;
    if (discardedBytes > MAX_DISCARDED_BYTES) finish();
  });
  request.once('end', finish);
  request.once('close', finish);
  request.resume();
}
