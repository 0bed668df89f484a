/**
 * Reads a request's body into memory.
 * Owns: every limit on its size, while it comes in and while it is inflated (law 6). Never: looks into it.
 */
import type { IncomingMessage } from 'node:http';
import { giveBack } from './body-memory.ts';
import type { BodyShare } from './body-memory.ts';
import { inflate, isKnownCoding } from './inflate.ts';

/** `gone`: the sender closed the connection. `no-memory`: other bodies fill what may be held at once. */
export type BodyFault = 'too-large' | 'unknown-coding' | 'broken-coding' | 'gone' | 'no-memory';

// What a coding may add to bytes that it cannot make smaller.
const CODING_OVERHEAD_BYTES = 4096;

/** The body, inflated, at most `limitBytes` long, to be read until the caller disposes of the share. */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
  share: BodyShare,
): Promise<Uint8Array | BodyFault> {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (coding === 'identity') return receive(request, limitBytes, share);
  if (!isKnownCoding(coding)) return 'unknown-coding';
  const received = await receive(request, limitBytes + CODING_OVERHEAD_BYTES, share);
  if (typeof received === 'string') return received;
  const inflated = await inflate(received, coding, limitBytes);
  if (typeof inflated === 'string') return inflated;
  share.endsWithShare(inflated);
  return share.hold(inflated.length) ? inflated : 'no-memory';
}

function receive(request: IncomingMessage, limitBytes: number, share: BodyShare): Promise<Uint8Array | BodyFault> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let receivedBytes = 0;
    let isSettled = false;
    // Listeners stay on: taking three of them off would cost every request more than ignoring late calls.
    const settle = (outcome: Uint8Array | BodyFault): void => {
      isSettled = true;
      resolve(outcome);
    };
    const take = (chunk: Buffer): void => {
      if (isSettled) return;
      receivedBytes += chunk.length;
      if (receivedBytes > limitBytes) settle('too-large');
      else if (share.hold(chunk.length)) chunks.push(chunk);
      else settle('no-memory');
    };
    request.on('data', take);
    request.on('end', () => isSettled || settle(joined(chunks, share)));
    request.on('close', () => isSettled || settle('gone'));
  });
}

function joined(chunks: readonly Buffer[], share: BodyShare): Uint8Array {
  const [only] = chunks;
  const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  if (body !== only) chunks.forEach(giveBack);
  share.endsWithShare(body);
  return body;
}
