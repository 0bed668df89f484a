/** The body of a call other than an import, whole. */
import type { IncomingMessage } from 'node:http';
import { tdError } from '#protocols/td-rest/errors.ts';

const MAX_BODY_BYTES = 1_048_576;

/** Rejects with a TdError (413). */
export async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw tdError('td-413', 'it may have 1 MiB');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
